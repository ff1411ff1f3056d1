// Failed attempts: causes to choose from, a search, and a page of attempts at a time.
import { LOADING_PAUSE, NO_DATA, abreast } from "./api.js";
import { element, setContent } from "./dom.js";
import { batchName, count, counted, moment } from "./format.js";

/** As many attempts as an answer has. */
const PAGE = 10;
const MOST_CAUSES = 8;

export class Failures {
  constructor(target, search, ask) {
    Object.assign(this, { target, search, ask });
    this.forget();
    let timer;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.restart(), 250);
    });
  }

  /** Begin anew, with another job or part. */
  forget() {
    Object.assign(this, { run: null, cause: null, causes: [], next: null });
    setContent(this.target, null, () => []);
    this.restart();
  }

  /** Take in the summary of the run; only what is new is asked for. */
  update(run) {
    this.run = run;
    const isNew = run.failed_attempts !== this.known && this.entries.length <= PAGE;
    if (run.may_see_data && !this.asked && (isNew || this.error)) this.load(null);
    else if (!this.asked) this.draw();
  }

  restart() {
    Object.assign(this, { asked: null, known: 0, entries: [], error: null });
    if (this.run) this.update(this.run);
  }

  async load(before) {
    const asked = (this.asked = {});
    const { read } = this.run;
    let page = null;
    let error = null;
    try {
      page = abreast(await this.ask({ before, cause: this.cause, text: this.search.value }), read);
    } catch (caught) {
      error = caught;
    }
    if (asked !== this.asked) return;
    if (error?.loading) {
      setTimeout(() => asked === this.asked && this.load(before), LOADING_PAUSE);
      return;
    }
    this.asked = null;
    this.error = error && error.message;
    if (page) {
      this.entries = before === null ? page.failures : [...this.entries, ...page.failures];
      Object.assign(this, { causes: page.causes, next: page.next, known: page.total });
    }
    this.draw();
  }

  draw() {
    const { failed_attempts: number, may_see_data: allowed } = this.run;
    this.search.hidden = number === 0 || !allowed;
    setContent(this.target, [this.causes, number, allowed, this.cause, this.entries, this.next, this.error], () => {
      if (!number) return [element("p", { class: "empty" }, "None. Every attempt so far was a success.")];
      if (!allowed) return [element("p", { class: "empty" }, `${counted(number, "attempt")} failed. ${NO_DATA}`)];
      if (this.error) return [element("p", { class: "notice error" }, this.error)];
      return [this.choices(), this.list(), this.more()].filter(Boolean);
    });
  }

  choices() {
    const choose = (cause) => {
      this.cause = this.cause === cause ? null : cause;
      this.restart();
    };
    return element("ul", { class: "causes", "aria-label": "Causes; choose one to see its attempts only" },
      ...this.causes.filter(([cause], place) => place < MOST_CAUSES || cause === this.cause).map(([cause, number]) => element("li", {},
        element("button", { type: "button", "data-key": cause, "aria-pressed": String(cause === this.cause), click: () => choose(cause) },
          element("span", {}, cause), element("span", { class: "quiet number" }, counted(number, "attempt"))))));
  }

  list() {
    if (!this.entries.length) return element("p", { class: "empty" }, this.next ? "None among the last ones." : "No attempt is like that.");
    return element("ul", { class: "failures" }, ...this.entries.map((entry) => element("li", {},
      element("p", { class: "what" }, entry.error),
      element("p", { class: "quiet small" }, `${batchName(entry.batch)} · attempt ${entry.attempt} · shard ${entry.shard} · ${entry.worker} · ${moment(entry.time)}${entry.killed ? " · counts as no failure of the batch" : ""}`),
      entry.stderr ? element("pre", { tabindex: "0", role: "group", "data-key": `${entry.batch}/${entry.attempt}/${entry.time}`, "aria-label": `end of standard error of ${batchName(entry.batch)}` }, entry.stderr) : null)));
  }

  more() {
    if (this.next === null) return null;
    return element("button", { type: "button", class: "more", "data-key": "more-failures", click: () => this.load(this.next) }, `Show earlier ones (${count(this.next)} left)`);
  }
}
