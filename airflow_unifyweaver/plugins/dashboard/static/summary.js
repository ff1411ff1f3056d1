// The parts of a run's page that are made of its summary alone.
import { NO_DATA } from "./api.js";
import { STATE_WORDS, byId, element, setContent, setText, table } from "./dom.js";
import { batchName, bytes, count, counted, duration, figure, milliseconds, moment, percent } from "./format.js";

export function showState(target, run) {
  target.hidden = false;
  target.dataset.state = run.state;
  setText(target, STATE_WORDS[run.state] ?? run.state);
}

export function showFacts(target, run, part) {
  const scope = part === undefined ? "" : `mapped task ${part} of ${count(run.part_count)} · `;
  const workers = run.job.workers === "auto" ? "" : ` · workers: ${typeof run.job.workers === "object" ? Object.values(run.job.workers).join("–") : run.job.workers}`;
  setText(target, `${scope}${counted(run.batches, run.unit === "pieces" ? "piece" : "batch", run.unit)} of ${run.job.source}, ${bytes(run.source_bytes)} · ${run.job.work} on ${run.backend}${workers} · planned ${moment(run.planned)}`);
}

export function showNotices(target, run) {
  setContent(target, [run.notices, run.size > run.read && [run.read, run.size], run.state], () => [
    ...degraded(run.notices),
    ...(run.read < run.size ? [element("p", { class: "notice" }, `Reading what happened so far: ${percent(run.read, run.size)} of ${bytes(run.size)}. All figures grow until then.`)] : []),
    ...(run.state === "failed" ? [element("p", { class: "notice error" }, element("strong", {}, "Batches have failed for good. "), "What is committed is kept: clear the task, and only the rest is done again.")] : []),
    ...(run.state === "stopped" ? [element("p", { class: "notice warn" }, element("strong", {}, "Nobody seems to work on this run. "), "What is committed is kept; a retry or a cleared task goes on from there.")] : []),
  ]);
}

/** Each backend that was passed over, in turn. */
function degraded(notices) {
  if (!notices.length) return [];
  const title = element("strong", {}, `On ${notices.at(-1).chosen} instead of ${notices[0].requested}.`);
  return [element("div", { class: "notice warn" }, title,
    element("ul", {}, ...notices.map(({ requested, reason }) => element("li", {}, `${requested}: ${reason}`))))];
}

export function showProgress(run) {
  const { complete, processing, claimed, retry, failed } = run.counts;
  const one = run.unit === "pieces" ? "piece" : "batch";
  setText(byId("share"), percent(complete, run.batches));
  setText(byId("done"), `${count(complete)} of ${counted(run.batches, one, run.unit)} done`);
  setText(byId("left"), remaining(run));
  for (const [state, number] of Object.entries({ complete, processing: processing + claimed, retry, failed })) {
    byId("bar").querySelector(`.${state}`).style.width = `${(100 * number) / (run.batches || 1)}%`;
  }
  const share = Math.floor((100 * complete) / (run.batches || 1));
  byId("bar").setAttribute("aria-valuenow", share);
  byId("bar").setAttribute("aria-valuetext", `${percent(complete, run.batches)}, ${remaining(run)}`);
}

function remaining(run) {
  const took = run.begin === null ? null : duration(Math.round(Math.max((run.state === "running" ? run.now : run.end) - run.begin, 1)));
  if (run.state === "running") return run.eta_seconds === null ? "no estimate yet" : `about ${duration(Math.ceil(run.eta_seconds))} left, ${took} so far`;
  return took === null ? "not begun" : `${took} from the first batch to the last`;
}

export function showTiles(target, run) {
  const { latency } = run;
  const time = (name) => (latency ? milliseconds(latency[name]) : "–");
  const overall = run.end && run.end > run.begin ? run.counts.complete / (run.end - run.begin) : null;
  const rate = run.state === "running" ? run.rate : overall;
  const tiles = [
    [run.state === "running" ? "Throughput now" : "Mean throughput", rate ? figure(rate) : "–", `${run.unit}/s`],
    ["Median time", time("p50")],
    ["95 % within", time("p95")],
    ["99 % within", time("p99")],
    ["Results", count(run.results)],
    ["Retries", count(run.retries)],
    ["Failed attempts", count(run.failed_attempts)],
    ["Peak memory", run.memory_mb ? figure(run.memory_mb) : "–", "MB"],
  ];
  setContent(target, tiles, () => tiles.map(([title, value, unit]) =>
    element("div", {}, element("dt", {}, title), element("dd", {}, value, unit && value !== "–" ? element("small", {}, ` ${unit}`) : null))));
}

export function showQuarantine(target, run, address) {
  const { records, files, bytes: size } = run.quarantine;
  setContent(target, [run.quarantine, run.job.quarantine, run.may_see_data, address], () => {
    if (!files && !records) {
      const off = run.job.quarantine === "none" ? " This job sets nothing aside (failure.quarantine: none)." : "";
      return [element("p", { class: "empty" }, `Nothing was set aside.${off}`)];
    }
    const text = records ? `${counted(records, "record")} of committed batches set aside. ` : "Batches that failed for good are set aside. ";
    return [
      element("p", { class: "empty" }, text, files ? "" : "The file comes when their shard is finished."),
      ...(files && !run.may_see_data ? [element("p", { class: "empty" }, NO_DATA)] : []),
      ...(files && run.may_see_data ? [element("a", { class: "button", href: address, download: "", "data-key": "download" }, `Download the quarantine (${bytes(size)})`)] : []),
    ];
  });
}

export function showParts(target, run, part, choose) {
  const rows = run.parts;
  const columns = [
    { title: "Task", cell: (row) => element("button", { type: "button", "data-key": `part${row.part}`, "aria-pressed": String(row.part === part), click: () => choose(row.part === part ? "" : row.part) }, `map index ${row.part}`) },
    { title: run.unit === "pieces" ? "Pieces" : "Batches", cell: (row) => (row.batches ? `${count(row.first)}–${count(row.first + row.batches - 1)}` : "none") },
    { title: "Done", cell: (row) => element("span", {}, percent(row.done, row.batches), meter(row.done, row.batches)) },
    { title: "Failed", number: true, cell: (row) => count(row.failed) },
    { title: "State", cell: (row) => (row.finished ? "finished" : row.done + row.failed ? "under way" : "not begun") },
  ];
  const more = run.part_count > rows.length ? `The first ${count(rows.length)} of ${count(run.part_count)}.` : undefined;
  setContent(target, [rows, part], () => [table(columns, rows, { caption: more, label: "Table of mapped tasks" })]);
}

function meter(part, all) {
  const inner = element("i");
  inner.style.width = `${(100 * part) / (all || 1)}%`;
  return element("span", { class: "meter", "aria-hidden": "true" }, inner);
}

export function showWorkers(target, run) {
  const rows = run.workers.toSorted((one, other) => (one.batch === null) - (other.batch === null));
  const columns = [
    { title: "Worker", cell: (row) => row.name.replace("worker.", "slot ") },
    { title: "Shard", number: true, cell: (row) => count(row.shard) },
    { title: "Done", number: true, cell: (row) => count(row.done) },
    { title: "Failed", number: true, cell: (row) => count(row.failed) },
    { title: "Busy", number: true, cell: (row) => duration(row.busy_ms / 1000) },
    { title: "Now", cell: (row) => now(row, run) },
  ];
  setContent(target, rows.map((row) => [row, now(row, run)]), () =>
    (rows.length ? [table(columns, rows, { label: "Table of workers" })] : [element("p", { class: "empty" }, "No worker was heard of yet.")]));
}

function now(row, run) {
  if (run.state !== "running") return `last heard ${moment(row.since)}`;
  return row.batch === null ? "idle" : `${batchName(row.batch)}, ${duration(Math.max(Math.round(run.now - row.since), 0))}`;
}

export function showResumes(target, run) {
  setContent(target, run.resumes, () => {
    if (!run.resumes.length) return [element("p", { class: "empty" }, "Never: the run was not interrupted.")];
    return [element("ol", { class: "resumes" }, ...run.resumes.map((one) => element("li", {},
      element("strong", {}, moment(one.time)), ` shard ${one.shard}, after ${duration(one.idle_seconds)}`,
      one.killed ? `; ${counted(one.killed, "attempt")} had been cut off` : "",
      one.damaged ? `; ${counted(one.damaged, "damaged result")} made again` : "")))];
  });
}

