// Failed attempts: causes to choose from, a search, and a page of attempts at a time.
import { element, setContent } from "./dom.js";
import { batchName, count, counted, moment } from "./format.js";

/** As many attempts as an answer has. */
const PAGE = 10;

export class Failures {
  constructor(target, search, ask) {
    Object.assign(this, { target, search, ask, cause: null, entries: [], next: null, known: -1, run: null });
    let timer;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.restart(), 250);
    });
  }

  /** Take in the summary of the run; only what is new is asked for. */
  update(run) {
    this.run = run;
    if (run.failed_attempts !== this.known && this.entries.length <= PAGE) {
      this.known = run.failed_attempts;
      this.load(null);
    } else this.draw();
  }

  restart() {
    this.known = -1;
    this.entries = [];
    if (this.run) this.update(this.run);
  }

  async load(before) {
    const asked = (this.asked = {});
    let page;
    try {
      page = await this.ask({ before, cause: this.cause, text: this.search.value });
    } catch (error) {
      this.error = error.message;
      this.draw();
      return;
    }
    if (asked !== this.asked) return;
    this.error = null;
    this.entries = before === null ? page.failures : [...this.entries, ...page.failures];
    this.next = page.next;
    this.draw();
  }

  draw() {
    const { causes, failed_attempts: number } = this.run;
    this.search.hidden = number === 0;
    setContent(this.target, [causes, number, this.cause, this.entries, this.next, this.error], () => {
      if (this.error) return [element("p", { class: "notice error" }, this.error)];
      if (!number) return [element("p", { class: "empty" }, "None. Every attempt so far was a success.")];
      return [this.causes(causes), this.list(), this.more()].filter(Boolean);
    });
  }

  causes(causes) {
    const choose = (cause) => {
      this.cause = this.cause === cause ? null : cause;
      this.restart();
    };
    return element("ul", { class: "causes", "aria-label": "Causes; choose one to see its attempts only" },
      ...causes.slice(0, 8).map(([cause, number]) => element("li", {},
        element("button", { type: "button", "data-key": cause, "aria-pressed": String(cause === this.cause), click: () => choose(cause) },
          element("span", {}, cause), element("span", { class: "quiet number" }, counted(number, "attempt"))))));
  }

  list() {
    if (!this.entries.length) return element("p", { class: "empty" }, this.next ? "None among the last ones." : "No attempt is like that.");
    return element("ul", { class: "failures" }, ...this.entries.map((entry) => element("li", {},
      element("p", { class: "what" }, entry.error),
      element("p", { class: "quiet small" }, `${batchName(entry.batch)} · attempt ${entry.attempt} · shard ${entry.shard} · ${entry.worker} · ${moment(entry.time)}${entry.killed ? " · counts as no failure of the batch" : ""}`),
      entry.stderr ? element("pre", { tabindex: "0", role: "group", "aria-label": `end of standard error of ${batchName(entry.batch)}` }, entry.stderr) : null)));
  }

  more() {
    if (this.next === null) return null;
    return element("button", { type: "button", class: "more", "data-key": "more-failures", click: () => this.load(this.next) }, `Show earlier ones (${count(this.next)} left)`);
  }
}
