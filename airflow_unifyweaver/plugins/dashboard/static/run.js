// The page of a run: asks again and again how it is, and hands the answer to the parts of the page.
import { NoAnswer, abreast, ask, askForData, describe, path, repeat } from "./api.js";
import { Batches } from "./batches.js";
import { latencyChart, throughputChart } from "./charts.js";
import { byId, element, setContent, setText } from "./dom.js";
import { Failures } from "./failures.js";
import { counted, duration, milliseconds, percent } from "./format.js";
import { Grid } from "./grid.js";
import { showFacts, showNotices, showParts, showProgress, showQuarantine, showResumes, showState, showTiles, showWorkers } from "./summary.js";

const asked = new URLSearchParams(location.search);
const place = { dag: asked.get("dag_id"), run: asked.get("run_id"), task: asked.get("task_id"), job: asked.get("job"), part: partAsked() };
const names = () => [place.dag, place.run, place.job];
const address = (rest = "", query = {}) => path(names(), rest, { part: place.part, ...query });
const wanted = new Set();
const throughput = throughputChart(byId("throughput"), byId("throughput-figures"));
const latency = latencyChart(byId("latency"), byId("latency-figures"));
const batches = new Batches(byId("batches"), (query) => askForData(address("/batches", query)), () => byId("grid").focus());
const failures = new Failures(byId("failures"), byId("search"), (query) => askForData(address("/failures", query)));
const grid = new Grid(byId("grid"), byId("tip"), byId("grid-spoken"), (first, stop) => batches.enter(first, stop));
let shown = null;
/** Goes up with each choice of a job or a part: what was asked for before it is not shown. */
let choice = 0;
let spokenAt = 0;

/** The map index of a task instance; Airflow leaves a task that is not mapped without one. */
function partAsked() {
  const index = asked.get("part") ?? asked.get("map_index");
  return /^\d+$/.test(index ?? "") ? Number(index) : undefined;
}

/** The job that a page is about: the first one of a DAG run; that of a task, if it can be told: batch_task_group calls its group after the job. */
function jobAsked(jobs) {
  if (jobs.length < 2 || !place.task) return jobs[0] ?? null;
  const group = place.task.split(".").at(-2);
  const found = jobs.filter((job) => job.replaceAll(".", "_") === group);
  return found.length === 1 ? found[0] : null;
}

async function plannedJobs() {
  try {
    return (await ask(path([place.dag, place.run]))).jobs;
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}

async function findJob() {
  const jobs = await plannedJobs();
  place.job ||= jobAsked(jobs);
  setContent(byId("job"), jobs, () => [element("option", { value: "", disabled: true, hidden: true }, "Choose one"), ...jobs.map((job) => element("option", { value: job }, job))]);
  byId("job").value = place.job ?? "";
  byId("job-choice").hidden = jobs.length < 2;
  return jobs.length;
}

async function step() {
  const begun = choice;
  const isStale = () => choice !== begun;
  try {
    return await look(isStale);
  } catch (error) {
    if (isStale()) return 0;
    throw error;
  }
}

/** Show what is new, and return after how many milliseconds to look again. */
async function look(isStale) {
  const planned = place.job ? 1 : await findJob();
  setText(byId("crumbs"), [place.dag, place.run, place.task].filter(Boolean).join(" › "));
  if (!place.job) {
    say(planned
      ? "This DAG run has several jobs, and the name of the task does not tell which one it works for. Choose the job above."
      : "No job of UnifyWeaver has planned its batches in this run yet. This page fills as soon as the task that splits the source is done.");
    return 3000;
  }
  const run = await summary(isStale);
  if (isStale()) return 0;
  byId("content").hidden = false; // before it is shown nobody knows how much room there is for cells
  const cells = abreast(await ask(address("/grid", { cells: grid.room() })), run.read);
  if (isStale()) return 0;
  say(null);
  show(run, cells);
  if (run.read < run.size) return 0;
  return run.state === "running" ? 1500 : 5000;
}

/** What is new of the run. Behind the address may be several processes, not all of which have read as far. */
async function summary(isStale) {
  try {
    const run = await ask(address());
    return isBehind(run) ? shown : run;
  } catch (error) {
    if (!isStale() && error instanceof NoAnswer && error.status === 404 && place.part !== undefined) {
      place.part = undefined; // a task that is mapped over something else than shards
      return ask(address());
    }
    throw error;
  }
}

/** Whether more was read of the same run already: journals that are shorter than that were written anew. */
function isBehind(run) {
  return shown && run.planned === shown.planned && run.read < shown.read && run.size >= shown.read;
}

function show(run, cells) {
  shown = run;
  setText(byId("title"), place.job);
  document.title = `${place.job} · ${percent(run.counts.complete, run.batches)} · UnifyWeaver`;
  showState(byId("state"), run);
  showFacts(byId("facts"), run, place.part);
  showNotices(byId("notices"), run);
  showProgress(run);
  showLegend(run);
  showTiles(byId("tiles"), run);
  grid.show(cells, run.unit, wanted);
  setText(byId("grid-note"), cells.cell === 1 ? `each cell is a ${run.unit === "pieces" ? "piece" : "batch"}` : `each cell is ${counted(cells.cell, "batch", run.unit)}`);
  showCharts(run);
  failures.update(run);
  batches.update(run);
  showQuarantine(byId("quarantine"), run, address("/quarantine"));
  showParts(byId("parts"), run, place.part, choosePart);
  showPartChoice(run);
  showWorkers(byId("workers"), run);
  showResumes(byId("resumes"), run);
  speak(run);
}

function showCharts(run) {
  byId("throughput").hidden = byId("latency").hidden = !run.latency;
  if (run.latency) throughput(run.throughput);
  setText(byId("throughput-note"), run.latency ? `${run.unit} a second; dashed: failed attempts` : "Nothing is committed yet.");
  if (run.latency) latency(run.latency.buckets);
  setText(byId("latency-note"), run.latency ? `batches by the time that they took, mean ${milliseconds(run.latency.mean)}` : "Nothing is committed yet.");
}

function showLegend(run) {
  const toggle = (state) => {
    if (!wanted.delete(state)) wanted.add(state);
    if (shown) showLegend(shown);
    grid.draw();
    batches.open(wanted.size ? { state: [...wanted] } : null);
  };
  byId("legend").hidden = false;
  setContent(byId("legend"), [run.counts, [...wanted]], () => LEGEND.filter(([state]) => run.counts[state] || ["complete", "failed"].includes(state)).map(([state, word]) =>
    element("li", {}, element("button", { type: "button", "data-key": state, "aria-pressed": String(wanted.has(state)), click: () => toggle(state) },
      element("span", { class: `swatch ${state}`, "aria-hidden": "true" }), word, element("span", { class: "count" }, run.counts[state].toLocaleString("en-GB"))))));
}

const LEGEND = [["complete", "Done"], ["processing", "Running"], ["claimed", "Handed out"], ["retry", "Retrying"], ["failed", "Failed"], ["idle", "Waiting"]];

function showPartChoice(run) {
  const parts = run.parts.map(({ part }) => part);
  byId("part-choice").hidden = parts.length < 2;
  setContent(byId("part"), parts, () => [element("option", { value: "" }, "Whole run"), ...parts.map((part) => element("option", { value: part }, `Mapped task ${part}`))]);
  byId("part").value = place.part ?? "";
}

function choosePart(part) {
  place.part = part === "" ? undefined : Number(part);
  shown = null;
  choice += 1;
  batches.forget();
  failures.forget();
  again();
}

/** For those who listen: how far it is, not more often than every quarter of a minute. */
function speak(run) {
  if (Date.now() - spokenAt < 15000) return;
  spokenAt = Date.now();
  setText(byId("spoken"), `${percent(run.counts.complete, run.batches)} done${run.eta_seconds === null ? "" : `, ${duration(Math.ceil(run.eta_seconds))} left`}`);
}

function say(text, kind = "") {
  setContent(byId("message"), [text, kind], () => (text ? [element("p", { class: `notice ${kind}` }, text)] : []));
}

const onError = (error) => {
  if (error) say(...describe(error));
};
say("Reading the run…");
const again = repeat(step, onError);
byId("job").addEventListener("change", (event) => {
  place.job = event.target.value;
  choosePart("");
});
byId("part").addEventListener("change", (event) => choosePart(event.target.value));
