// The page with the runs of all DAGs.
import { ask, describe, path, repeat } from "./api.js";
import { STATE_WORDS, badge, byId, element, setContent, table } from "./dom.js";
import { ago, count, counted, percent } from "./format.js";

const search = byId("search");
const state = byId("state");
let answer = null;

for (const name of ["planned", "reading", "running", "finished", "published", "failed", "stopped", "unreadable"]) state.append(element("option", { value: name }, STATE_WORDS[name]));

async function step() {
  answer = await ask(path([]));
  draw();
  return answer.runs.some((run) => run.read < run.size) ? 200 : 3000;
}

function draw() {
  if (!answer) return;
  const text = search.value.toLowerCase();
  const rows = answer.runs.filter((run) => (!state.value || run.state === state.value) && `${run.job} ${run.dag_id} ${run.run_id}`.toLowerCase().includes(text));
  byId("content").hidden = false;
  setContent(byId("message"), null, () => []);
  setContent(byId("content"), [rows, Math.floor(Date.now() / 60000)], () => [rows.length ? list(rows) : element("p", { class: "empty" }, nothing())]);
}

function nothing() {
  if (answer.runs.length) return "No run is like that.";
  return "No run yet. Trigger a DAG that has a BatchSplitOperator, and it appears here as soon as its batches are planned.";
}

function list(rows) {
  const address = ({ dag_id, run_id, job }) => `run?${new URLSearchParams({ dag_id, run_id, job })}`;
  return table([
    { title: "Job", cell: (run) => element("a", { href: address(run), "data-key": address(run) }, run.job) },
    { title: "State", cell: (run) => badge(run.state) },
    { title: "Done", cell: progress },
    { title: "Failed", number: true, cell: (run) => (run.failed === undefined ? "–" : count(run.failed)) },
    { title: "DAG", cell: (run) => run.dag_id },
    { title: "Run", cell: (run) => run.run_id },
    { title: "Backend", cell: (run) => run.backend ?? "–" },
    { title: "Planned", cell: (run) => ago(Math.max(Date.now() / 1000 - run.planned, 0)) },
  ], rows, { label: "List of runs" });
}

function progress(run) {
  if (run.batches === undefined) return "–";
  if (run.read < run.size) return `reading, ${percent(run.read, run.size)}`;
  const inner = element("i");
  inner.style.width = `${(100 * run.done) / (run.batches || 1)}%`;
  return element("span", {}, `${percent(run.done, run.batches)} of ${counted(run.batches, run.unit === "pieces" ? "piece" : "batch", run.unit)}`, element("span", { class: "meter", "aria-hidden": "true" }, inner));
}

function onError(error) {
  if (!error) return;
  const [text, kind] = describe(error);
  setContent(byId("message"), text, () => [element("p", { class: `notice ${kind}` }, text)]);
}

setContent(byId("message"), "", () => [element("p", { class: "notice" }, "Looking for runs…")]);
search.addEventListener("input", draw);
state.addEventListener("change", draw);
repeat(step, onError);
