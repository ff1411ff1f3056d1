// The batches of a cell, or those in the chosen states, a page at a time.
import { badge, element, setContent, table } from "./dom.js";
import { batchName, count, milliseconds, moment } from "./format.js";

export class Batches {
  constructor(target, ask) {
    Object.assign(this, { target, ask, query: null, entries: [], next: null, run: null });
  }

  open(query) {
    this.query = query;
    this.entries = [];
    this.next = null;
    if (query) this.load(query);
    else this.draw();
  }

  /** While there is no more than a page, it is kept up to date. */
  update(run) {
    this.run = run;
    if (this.query && this.entries.length <= 50 && run.state === "running") this.load(this.query);
  }

  async load(query) {
    const asked = this.query;
    const page = await this.ask(query).catch((error) => ({ batches: [], next: null, error: error.message }));
    if (asked !== this.query) return;
    this.entries = query === this.query ? page.batches : [...this.entries, ...page.batches];
    this.next = page.next;
    this.error = page.error;
    this.draw();
  }

  draw() {
    setContent(this.target, [this.query, this.entries, this.next, this.error], () => {
      if (!this.query) return [];
      return [this.head(), this.error ? element("p", { class: "notice error" }, this.error) : this.list(), this.more()].filter(Boolean);
    });
  }

  head() {
    const { first, stop } = this.query;
    const what = first === undefined ? "In the chosen states" : stop - first === 1 ? `Number ${count(first)}` : `Numbers ${count(first)}–${count(stop - 1)}`;
    return element("div", { class: "head more" }, element("strong", {}, what),
      element("button", { type: "button", "data-key": "close", click: () => this.open(null) }, "Close"));
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
    ], this.entries, { label: "List of batches" });
  }

  more() {
    if (this.next === null) return null;
    return element("button", { type: "button", class: "more", "data-key": "more-batches", click: () => this.load({ ...this.query, first: this.next }) }, "Show more");
  }
}
