// The batches of a cell, or those in the chosen states, a page at a time.
import { LOADING_PAUSE, abreast } from "./api.js";
import { badge, element, setContent, table } from "./dom.js";
import { batchName, count, milliseconds, moment } from "./format.js";

/** As many batches as an answer has. */
const PAGE = 50;

export class Batches {
  constructor(target, ask, onClose) {
    Object.assign(this, { target, ask, onClose });
    this.forget();
  }

  /** Begin anew, with another job or part. */
  forget() {
    this.run = null;
    this.open(null);
  }

  open(query) {
    Object.assign(this, { query, asked: null, read: -1, entries: [], next: null, error: null, arrives: false });
    if (query) this.load(query);
    else this.draw();
  }

  /** Open the batches of a cell, and go there. */
  enter(first, stop) {
    this.open({ first, stop });
    this.arrives = true;
  }

  close() {
    this.open(null);
    this.onClose();
  }

  /** While there is no more than a page, it is kept up to date. */
  update(run) {
    this.run = run;
    if (this.query && !this.asked && this.entries.length <= PAGE && run.read > this.read) this.load(this.query);
  }

  async load(query) {
    const asked = (this.asked = {});
    const read = this.run?.read ?? 0;
    let page;
    try {
      page = abreast(await this.ask(query), read);
    } catch (error) {
      if (asked !== this.asked) return;
      if (error.loading) {
        setTimeout(() => asked === this.asked && this.load(query), LOADING_PAUSE);
        return;
      }
      page = { batches: [], next: null, read: error.final ? Infinity : -1, error: error.message };
    }
    if (asked !== this.asked) return;
    this.asked = null;
    this.entries = query === this.query ? page.batches : [...this.entries, ...page.batches];
    Object.assign(this, { next: page.next, read: page.read, error: page.error });
    this.draw();
    if (this.arrives) (this.target.querySelector(".scroll") ?? this.target.querySelector("button")).focus();
    this.arrives = false;
  }

  draw() {
    setContent(this.target, [this.query, this.entries, this.next, this.error], () => {
      if (!this.query) return [];
      return [this.head(), this.error ? element("p", { class: "notice error", role: "alert" }, this.error) : this.list(), this.more()].filter(Boolean);
    });
  }

  title() {
    const { first, stop } = this.query;
    if (first === undefined) return "In the chosen states";
    return stop - first === 1 ? `Number ${count(first)}` : `Numbers ${count(first)}–${count(stop - 1)}`;
  }

  head() {
    return element("div", { class: "head more" }, element("strong", {}, this.title()),
      element("button", { type: "button", "data-key": "close", click: () => this.close() }, "Close"));
  }

  list() {
    if (!this.entries.length) return element("p", { class: "empty" }, "No batch is in these states.");
    return table([
      { title: "Batch", cell: (row) => batchName(row.batch) + (row.pieces > 1 ? ` (${row.pieces} pieces)` : "") },
      { title: "State", cell: (row) => badge(row.state) },
      { title: "Attempt", number: true, cell: (row) => (row.attempt ? count(row.attempt) : "–") },
      { title: "Took", number: true, cell: (row) => (row.processing_time_ms === undefined ? "–" : milliseconds(row.processing_time_ms)) },
      { title: "Results", number: true, cell: (row) => (row.results_count === undefined ? "–" : count(row.results_count)) },
      { title: "Worker", cell: (row) => row.worker ?? "–" },
      { title: "When", cell: (row) => (row.time ? moment(row.time) : "–") },
      { title: "Cause", cell: (row) => row.error ?? "–" },
    ], this.entries, { label: `List of batches: ${this.title()}` });
  }

  more() {
    if (this.next === null) return null;
    return element("button", { type: "button", class: "more", "data-key": "more-batches", click: () => this.load({ ...this.query, first: this.next }) }, "Show more");
  }
}
