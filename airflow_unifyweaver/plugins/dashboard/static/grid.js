// The grid of batches: each cell is as many batches as it takes for the grid to stay readable.
import { count, counted } from "./format.js";
import { STATE_WORDS } from "./dom.js";

const LAYERS = ["complete", "processing", "claimed", "retry", "failed", "idle"];
const MOST_ROWS = 14;
const GAP = 2;

export class Grid {
  constructor(canvas, tip, spoken, onOpen) {
    Object.assign(this, { canvas, tip, spoken, onOpen, data: null, wanted: new Set(), cursor: -1, outlined: false, unit: "batches" });
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
    addEventListener("themechange", () => this.draw());
    canvas.addEventListener("mousemove", (event) => this.point(event));
    canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
    canvas.addEventListener("click", (event) => {
      this.cursor = this.cellAt(event);
      this.outline(false);
      this.open(this.cursor);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.outline(canvas.matches(":focus-visible")));
    canvas.addEventListener("blur", () => { tip.hidden = true; this.outline(false); });
  }

  /** How many cells there is room for. */
  room() {
    return Math.floor((this.canvas.parentElement.clientWidth + GAP) / (11 + GAP)) * MOST_ROWS;
  }

  show(data, unit, wanted) {
    Object.assign(this, { data, unit, wanted });
    if (this.cursor >= this.cells()) this.cursor = -1;
    this.draw();
  }

  cells() {
    return this.data ? this.data.states.complete.length : 0;
  }

  layout() {
    const width = this.canvas.parentElement.clientWidth;
    let side = 30;
    while (side > 11 && Math.ceil(this.cells() / Math.floor((width + GAP) / (side + GAP))) > Math.min(MOST_ROWS, Math.ceil(170 / side))) side -= 1;
    const columns = Math.max(1, Math.floor((width + GAP) / (side + GAP)));
    return { side, columns, rows: Math.max(1, Math.ceil(this.cells() / columns)), width };
  }

  draw() {
    if (!this.data) return;
    const { side, columns, rows, width } = this.layout();
    const scale = devicePixelRatio || 1;
    const height = rows * (side + GAP) - GAP;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    this.canvas.style.height = `${height}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colours = Object.fromEntries([...LAYERS, "card", "text"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    for (let cell = 0; cell < this.cells(); cell += 1) {
      this.drawCell(pen, colours, cell, (cell % columns) * (side + GAP), Math.floor(cell / columns) * (side + GAP), side);
    }
    this.canvas.setAttribute("aria-label", `${counted(this.cells(), "cell")} of ${counted(this.data.cell, this.one(), this.unit)} each`);
  }

  one() {
    return this.unit === "pieces" ? "piece" : "batch";
  }

  drawCell(pen, colours, cell, left, top, side) {
    const numbers = LAYERS.map((state) => this.data.states[state][cell]);
    const all = numbers.reduce((sum, number) => sum + number, 0) || 1;
    const lit = !this.wanted.size || LAYERS.some((state, place) => numbers[place] && this.wanted.has(state));
    pen.globalAlpha = lit ? 1 : 0.16;
    let bottom = top + side;
    LAYERS.forEach((state, place) => {
      const height = (side * numbers[place]) / all;
      pen.fillStyle = colours[state];
      pen.fillRect(left, bottom - height, side, height);
      bottom -= height;
    });
    const has = (state) => this.data.states[state][cell] > 0;
    if (has("failed")) this.mark(pen, colours, left, top, side, "failed");
    else if (has("retry")) this.mark(pen, colours, left, top, side, "retry");
    else if (has("processing")) this.mark(pen, colours, left, top, side, "processing");
    else if (has("claimed")) this.mark(pen, colours, left, top, side, "claimed");
    pen.globalAlpha = 1;
    if (cell === this.cursor && this.outlined) {
      pen.strokeStyle = colours.text;
      pen.lineWidth = 2;
      pen.strokeRect(left + 1, top + 1, side - 2, side - 2);
    }
  }

  /** Show where the keyboard is, or not: whoever uses a mouse need not know. */
  outline(outlined) {
    this.outlined = outlined;
    this.draw();
  }

  /** A sign beside the colour: a stroke through what failed, a dash for what is tried again, a point for what runs, a ring for what is handed out. */
  mark(pen, colours, left, top, side, state) {
    pen.fillStyle = pen.strokeStyle = colours[state === "claimed" ? "text" : "card"];
    pen.lineWidth = Math.max(1.5, side / 9);
    pen.beginPath();
    if (state === "processing") {
      pen.arc(left + side / 2, top + side / 2, Math.max(1.5, side / 7), 0, 7);
      pen.fill();
      return;
    }
    if (state === "claimed") {
      pen.lineWidth = Math.max(1.5, side / 15);
      pen.arc(left + side / 2, top + side / 2, side / 4, 0, 7);
      pen.stroke();
      return;
    }
    if (state === "failed") {
      pen.fillStyle = colours.failed;
      pen.fillRect(left, top, side, side);
      pen.moveTo(left + side * 0.2, top + side * 0.8);
      pen.lineTo(left + side * 0.8, top + side * 0.2);
    } else {
      pen.moveTo(left + side * 0.2, top + side / 2);
      pen.lineTo(left + side * 0.8, top + side / 2);
    }
    pen.stroke();
  }

  describe(cell) {
    const first = this.data.first + cell * this.data.cell;
    const last = Math.min(first + this.data.cell, this.data.stop) - 1;
    const name = first === last ? `${this.one()} ${count(first)}` : `${this.unit} ${count(first)}–${count(last)}`;
    const states = LAYERS.filter((state) => this.data.states[state][cell])
      .map((state) => (first === last ? STATE_WORDS[state] : `${STATE_WORDS[state]} ${count(this.data.states[state][cell])}`));
    return `${name[0].toUpperCase()}${name.slice(1)}: ${states.join(", ")}`;
  }

  cellAt(event) {
    const { side, columns } = this.layout();
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / (side + GAP));
    const cell = Math.floor((event.clientY - box.top) / (side + GAP)) * columns + column;
    return column < columns && cell < this.cells() ? cell : -1;
  }

  point(event) {
    const cell = this.cellAt(event);
    this.tip.hidden = cell < 0;
    if (cell >= 0) this.placeTip(cell);
  }

  placeTip(cell) {
    const { side, columns, width } = this.layout();
    this.tip.hidden = false;
    this.tip.textContent = this.describe(cell);
    const left = (cell % columns) * (side + GAP);
    this.tip.style.top = `${(Math.floor(cell / columns) + 1) * (side + GAP) + 6}px`;
    this.tip.style.left = `${Math.max(0, Math.min(left, width - this.tip.offsetWidth))}px`;
  }

  key(event) {
    if (!this.cells()) return; // the page is there before the first answer is
    const { columns } = this.layout();
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -Infinity, End: Infinity };
    if (event.key === "Enter" || event.key === " ") this.open(this.cursor);
    else if (event.key in moves) {
      const aim = this.cursor < 0 && event.key !== "End" ? 0 : this.cursor + moves[event.key];
      this.cursor = Math.max(0, Math.min(this.cells() - 1, aim));
      this.outlined = true;
      this.draw();
      this.placeTip(this.cursor);
      this.spoken.textContent = this.describe(this.cursor);
    } else return;
    event.preventDefault();
  }

  open(cell) {
    if (cell < 0) return;
    const first = this.data.first + cell * this.data.cell;
    this.onOpen(first, Math.min(first + this.data.cell, this.data.stop));
  }
}
