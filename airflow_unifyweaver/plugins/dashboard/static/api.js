// Questions to Airflow's API server, and what to tell the user when there is no answer.

const REASONS = {
  401: "Your session has ended. Log in to Airflow again, then reload this page.",
  403: "You have no permission to see this DAG. Ask whoever runs this Airflow for it.",
  404: "There is no such run (any more).",
};
/** To those who may see the runs of a DAG, but not the logs of its tasks. */
export const NO_DATA = "Errors, single batches and the quarantine tell what was in the data: to see them you need the permission to read the logs of this DAG's tasks.";
const LOADING = 202;
const REFUSED = 403;
const STORAGE_FAILED = 502;

export class NoAnswer extends Error {
  /** @param told what the answer says itself, if anything */
  constructor(status, told) {
    super(told ?? REASONS[status] ?? (status ? `Airflow answered with an error (HTTP ${status}).` : "Airflow does not answer."));
    this.status = status;
    this.final = [401, REFUSED].includes(status);
    this.loading = status === LOADING;
  }
}

export function path(names, rest = "", query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== "") search.append(name, one);
  }
  const text = search.toString();
  return `api/runs${names.map((name) => `/${encodeURIComponent(name)}`).join("")}${rest}${text ? `?${text}` : ""}`;
}

export async function ask(address) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  } catch {
    throw new NoAnswer(0);
  }
  if (answer.status === LOADING) throw new NoAnswer(LOADING, `${(await answer.json()).loading}…`);
  if (!answer.ok) throw new NoAnswer(answer.status, answer.status === STORAGE_FAILED ? await detail(answer) : undefined);
  return answer.json();
}

/** Ask for what was in the data, which needs another permission than the page. */
export async function askForData(address) {
  try {
    return await ask(address);
  } catch (error) {
    throw error.status === REFUSED ? new NoAnswer(REFUSED, NO_DATA) : error;
  }
}

/** Refuse an answer that has read less than the page has: of the processes behind the address each reads on when it is asked. */
export function abreast(answer, read) {
  if (answer.read < read) throw new NoAnswer(LOADING, "Reading the run…");
  return answer;
}

/** Why a storage cannot be read; a proxy that gave the answer does not know. */
async function detail(answer) {
  try {
    return `${(await answer.json()).detail}.`;
  } catch {
    return undefined;
  }
}

/** An error in a sentence or two, and whether it is one at all: what is loading is not. */
export function describe(error) {
  if (!(error instanceof NoAnswer)) return ["This page has an error; the browser's console tells more.", "error"];
  if (error.loading) return [error.message, ""];
  return [`${error.message}${error.final ? "" : " Trying again."}`, "error"];
}

/** Milliseconds until what is loading is asked for again. */
export const LOADING_PAUSE = 500;

/** Call a function again and again; it returns after how many milliseconds, and waits while nobody looks. */
export function repeat(step, onError) {
  let timer;
  let busy = false;
  const turn = async () => {
    clearTimeout(timer);
    if (busy || document.hidden) return;
    busy = true;
    let pause = 5000;
    try {
      pause = await step();
      onError(null);
    } catch (error) {
      if (!(error instanceof NoAnswer)) console.error(error);
      onError(error);
      if (error.loading) pause = LOADING_PAUSE;
      if (error.final) pause = null;
    }
    busy = false;
    if (pause !== null) timer = setTimeout(turn, pause);
  };
  document.addEventListener("visibilitychange", turn);
  turn();
  return turn;
}
