// Elements of pages. What comes from elsewhere is only ever put in as text.

/** Make an element; attributes that are undefined or false are left out, functions are listeners. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Change the text of an element only when it is another one, so that nothing is read out twice. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

const keyed = (target, key) => target.querySelector(`[data-key="${CSS.escape(key)}"]`);

/** Put content into an element when it differs from what was put there last; focus and scroll positions stay, by `data-key`. */
export function setContent(target, key, make) {
  const text = JSON.stringify(key);
  if (target.dataset.shown === text) return;
  const focused = target.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const scrolled = [...target.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one.scrollLeft, one.scrollTop]).filter(([, left, top]) => left || top);
  target.dataset.shown = text;
  target.replaceChildren(...[make()].flat());
  for (const [key, left, top] of scrolled) keyed(target, key)?.scrollTo(left, top);
  if (focused) keyed(target, focused)?.focus({ preventScroll: true });
}

/** Make a table; each column has a title, a function from row to content, and whether it is a number. */
export function table(columns, rows, { caption, label }) {
  const head = columns.map(({ title, number }) => element("th", { scope: "col", class: number && "number" }, title));
  const line = (row) =>
    element("tr", {}, ...columns.map(({ title, cell, number }) =>
      element("td", { "data-label": title, class: number ? "number" : "break" }, cell(row))));
  return element("div", { class: "scroll", tabindex: "0", "data-key": label, role: "region", "aria-label": label },
    element("table", { class: "stack" },
      caption ? element("caption", {}, caption) : null,
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows.map(line))));
}

export const badge = (state) => element("span", { class: "badge", "data-state": state }, STATE_WORDS[state] ?? state);

export const STATE_WORDS = {
  planned: "Planned", reading: "Being read", running: "Running", finished: "Worked through", published: "Published", failed: "Failed",
  stopped: "Stopped", unreadable: "Unreadable", idle: "Waiting", claimed: "Handed out", processing: "Running", complete: "Done", retry: "Retrying",
};
