// Charts, drawn by uPlot.
import { setContent, table } from "./dom.js";
import { count, figure, milliseconds, moment, timeMark } from "./format.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A chart in an element, drawn anew when its size or the theme changes. */
class Chart {
  constructor(target, options) {
    this.target = target;
    this.options = options;
    this.data = null;
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(target);
    addEventListener("themechange", () => this.draw());
  }

  size() {
    return { width: this.target.clientWidth, height: this.target.clientHeight };
  }

  show(data) {
    const first = this.data === null;
    this.data = data;
    if (first) this.draw();
    else this.plot.setData(data);
  }

  draw() {
    if (this.data === null) return;
    this.plot?.destroy();
    this.plot = new uPlot({ ...this.size(), ...this.options() }, this.data, this.target);
  }
}

/** The same in a table, for those who do not see the chart or want to know exactly; it is made when it is opened. */
function figures(details, columns, label) {
  let rows = [];
  const draw = () => details.open && setContent(details.lastElementChild, rows, () => [table(columns, rows, { label })]);
  details.addEventListener("toggle", draw);
  return (found) => {
    rows = found;
    draw();
  };
}

function axis(more) {
  const line = { stroke: colour("line"), width: 1 };
  return { stroke: colour("muted"), grid: line, ticks: { show: false }, font: "12px system-ui, sans-serif", ...more };
}

const base = { legend: { show: false }, padding: [8, 8, 0, 0], cursor: { y: false, points: { show: false }, drag: { x: false } } };

/** Seconds between marks of time: none are closer than what a mark tells. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 2592000];

/** Batches a second over time, and failed attempts a second. */
export function throughputChart(target, details) {
  const told = figures(details, [
    { title: "From", cell: ([time]) => moment(time) },
    { title: "Done a second", number: true, cell: ([, done]) => figure(done) },
    { title: "Failed a second", number: true, cell: ([, , failed]) => figure(failed) },
  ], "Table of the throughput");
  const chart = new Chart(target, () => ({
    ...base,
    padding: [8, 28, 0, 0], // room for half a mark
    scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.1, 1)] } },
    axes: [axis({ size: 30, space: 90, incrs: STEPS, values: (_, times, __, ___, step) => times.map((time) => timeMark(time, step)) }), axis({ size: 54, values: (_, values) => values.map((value) => figure(value)) })],
    series: [
      {},
      { stroke: colour("processing"), width: 2, fill: `${colour("processing")}22`, points: { show: false } },
      { stroke: colour("failed"), width: 2, dash: [4, 4], points: { show: false } },
    ],
  }));
  return ({ times, done, failed, width }) => {
    told(times.map((time, place) => [time, done[place] / width, failed[place] / width]));
    const filled = [[], [], []];
    times.forEach((time, place) => {
      if (place && time - times[place - 1] > width) {
        // nothing happened in between
        filled[0].push(times[place - 1] + width, time - 0.001);
        filled[1].push(0, 0);
        filled[2].push(0, 0);
      }
      filled[0].push(time);
      filled[1].push(done[place] / width);
      filled[2].push(failed[place] / width);
    });
    if (times.length === 1) {
      // a line needs two points
      filled[0].push(times[0] + width);
      filled[1].push(done[0] / width);
      filled[2].push(failed[0] / width);
    }
    chart.show(filled);
  };
}

/** How many batches took how long. */
export function latencyChart(target, details) {
  let buckets = [];
  const told = figures(details, [
    { title: "From", number: true, cell: ([from]) => milliseconds(from) },
    { title: "To", number: true, cell: ([, to]) => milliseconds(to) },
    { title: "Batches", number: true, cell: ([, , number]) => count(number) },
  ], "Table of times per batch");
  const chart = new Chart(target, () => ({
    ...base,
    scales: { x: { time: false, range: (_, least, most) => [least - 0.5, most + 0.5] }, y: { range: (_, __, most) => [0, most * 1.1 || 1] } },
    axes: [
      axis({ size: 30, splits: (plot) => spread(buckets.length, plot.width), values: (_, places) => places.map((place) => (buckets[place] ? milliseconds(buckets[place][0]) : "")), grid: { show: false } }),
      axis({ size: 54, values: (_, values) => values.map((value) => (Number.isInteger(value) ? figure(value) : "")) }),
    ],
    series: [{}, { fill: colour("complete"), stroke: colour("complete"), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.86, 60] }) }],
  }));
  return (found) => {
    buckets = found;
    told(found);
    chart.show([buckets.map((_, place) => place), buckets.map(([, , number]) => number)]);
  };
}

function spread(number, width) {
  const step = Math.max(1, Math.ceil(number / Math.max(2, Math.floor(width / 95))));
  return Array.from({ length: Math.ceil(number / step) }, (_, place) => place * step);
}
