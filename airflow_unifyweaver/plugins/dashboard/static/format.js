// Numbers with their units.

const whole = new Intl.NumberFormat("en-GB");
const short = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const count = (number) => whole.format(number);
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
export const figure = (number) => (number >= 1000 ? whole.format(Math.round(number)) : short.format(number));
export const moment = (seconds) => clock.format(new Date(seconds * 1000));

/** A mark on an axis of time, as exact as the marks are close. */
export function timeMark(seconds, step) {
  const parts = step < 60 ? { timeStyle: "medium" } : step < 86400 ? { timeStyle: "short" } : { day: "numeric", month: "short" };
  return new Date(seconds * 1000).toLocaleString("en-GB", parts);
}

/** 0.4 ms, 53 ms, 1.25 s, 3 min 20 s */
export function milliseconds(value) {
  return value < 1000 ? `${figure(value)} ms` : duration(value / 1000);
}

/** 8.4 s, 3 min 20 s, 2 h 5 min, 4 d 3 h */
export function duration(seconds) {
  if (seconds < 10) return `${short.format(seconds)} s`;
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const place = units.findIndex(([, size]) => Math.round(seconds) >= size);
  const [unit, size] = units[place];
  const first = Math.floor(Math.round(seconds) / size);
  const next = units[place + 1];
  const rest = next ? Math.floor((Math.round(seconds) % size) / next[1]) : 0;
  return `${first} ${unit}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let place = 0;
  for (; number >= 1000 && place < units.length - 1; place += 1) number /= 1000;
  return `${short.format(number)} ${units[place]}`;
}

/** Never 100 % before all is done, and never 0 % when something is. */
export function percent(part, all) {
  if (!all) return "100 %";
  const share = (100 * part) / all;
  const places = share > 0 && share < 10 ? 1 : 0;
  const rounded = Number(share.toFixed(places));
  if (rounded >= 100 && part < all) return "> 99 %";
  return rounded === 0 && part > 0 ? "< 0.1 %" : `${rounded.toFixed(rounded === 0 ? 0 : places)} %`;
}

export const ago = (seconds) => (seconds < 5 ? "just now" : `${duration(seconds)} ago`);
export const batchName = (index) => `batch_${String(index).padStart(5, "0")}`;
