// An agent's history as small charts: one line a quantity, with the moment that is shown.

import { isPlaced } from "./decode.js";
import { distance } from "./distance.js";
import { fitCanvas, make, setText } from "./dom.js";
import { turn } from "./poses.js";

const MOST_STEPS = 1200;
const TENTHS = Math.PI / 1800;

/** The steps to show around a step: all, or a part of a long run. */
export function chartRange(track, step) {
  if (track.last - track.first < MOST_STEPS) return [track.first, track.last];
  const from = Math.max(track.first, Math.floor(step / 400) * 400 - 400);
  return [from, Math.min(from + MOST_STEPS - 1, track.last)];
}

/**
 * The history of an agent, as far as it is loaded.
 * @returns {{speed: Float64Array, heading: Float64Array, acceleration: Float64Array}} in m/s,
 *   degrees (without jumps at 180) and m/s²; NaN where it is not known
 */
export function historyOf(track, agent, [first, last], stepS) {
  const count = last - first + 1;
  const speed = new Float64Array(count).fill(NaN);
  const heading = new Float64Array(count).fill(NaN);
  const acceleration = new Float64Array(count).fill(NaN);
  for (let i = 0; i < count; i++) {
    const cell = track.cell(agent, first + i);
    if (!cell || !isPlaced(cell.chunk, cell.at)) continue;
    const { chunk, at } = cell;
    speed[i] = chunk.shown.speed[at] / 100;
    const angle = chunk.shown.heading[at] / 10;
    const before = heading[i - 1];
    const known = i > 0 && !Number.isNaN(before);
    heading[i] = known ? before + turn(before * 10 * TENTHS, angle * 10 * TENTHS) / TENTHS / 10 : angle;
    if (i > 0) acceleration[i] = (speed[i] - speed[i - 1]) / stepS;
  }
  return { speed, heading, acceleration };
}

/** How far an agent is from another of another track, m. */
export function gapsOf(track, agent, over, overAgent, [first, last]) {
  const gaps = new Float64Array(last - first + 1).fill(NaN);
  for (let i = 0; i < gaps.length; i++) {
    const here = track.cell(agent, first + i);
    const there = here && over.cell(overAgent, first + i);
    if (!there || !isPlaced(here.chunk, here.at) || !isPlaced(there.chunk, there.at)) continue;
    const a = here.chunk.shown;
    const b = there.chunk.shown;
    gaps[i] = Math.hypot(a.x[here.at] - b.x[there.at], a.y[here.at] - b.y[there.at]) / 100;
  }
  return gaps;
}

/** One chart: a title with the present value, and a canvas. */
export class Chart {
  #values = new Float64Array(0);
  #over = null;
  #range = [0, 0];

  /**
   * @param {string} title
   * @param {string} unit
   * @param {(step: number) => void} seek
   * @param {(value: number) => number} [told] the value to tell for one of the line
   */
  constructor(title, unit, seek, told = (value) => value) {
    this.told = told;
    this.title = title;
    this.unit = unit;
    this.value = make("span", { class: "value" });
    this.canvas = make("canvas", { role: "img", class: "chart" });
    this.element = make("figure", { class: "history" },
      make("figcaption", {}, make("span", { text: title }), this.value), this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => {
      const part = event.offsetX / Math.max(this.canvas.clientWidth, 1);
      seek(Math.round(this.#range[0] + part * (this.#range[1] - this.#range[0])));
    });
  }

  /** @param {?Float64Array} over the same agent's in the other run */
  show(values, range, over = null) {
    this.#values = values;
    this.#over = over;
    this.#range = range;
    const known = [...values, ...(over ?? [])].filter((value) => !Number.isNaN(value));
    this.low = known.reduce((a, b) => Math.min(a, b), known[0] ?? 0);
    this.high = known.reduce((a, b) => Math.max(a, b), known[0] ?? 0);
    if (this.high - this.low < 0.5) {
      const middle = (this.high + this.low) / 2;
      this.low = middle - 0.25;
      this.high = middle + 0.25;
    }
    this.canvas.setAttribute("aria-label", known.length
      ? `${this.title} from ${this.low.toFixed(1)} to ${this.high.toFixed(1)} ${this.unit}`
      : `${this.title}: unknown`);
  }

  draw(position, palette) {
    fitCanvas(this.canvas);
    const ratio = window.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#drawZero(context, palette);
    if (this.#over) this.#drawLine(context, this.#over, palette.over, 1);
    this.#drawLine(context, this.#values, palette.plot, 1.5);
    const x = this.#x(position - this.#range[0]);
    context.fillStyle = palette.ink;
    context.fillRect(x - 0.5, 0, 1, this.canvas.clientHeight);
    const value = this.#values[Math.floor(position) - this.#range[0]];
    const known = value !== undefined && !Number.isNaN(value);
    setText(this.value, known ? this.#valueText(value) : "\u2013");
  }

  #valueText(value) {
    return this.unit === "m" ? distance(value) : `${this.told(value).toFixed(1)} ${this.unit}`;
  }

  #x(i) {
    return (i / Math.max(this.#range[1] - this.#range[0], 1)) * this.canvas.clientWidth;
  }

  #y(value) {
    const height = this.canvas.clientHeight - 6;
    return 3 + height * (1 - (value - this.low) / (this.high - this.low));
  }

  #drawZero(context, palette) {
    if (this.low > 0 || this.high < 0) return;
    context.fillStyle = palette.grid;
    context.fillRect(0, this.#y(0), this.canvas.clientWidth, 1);
  }

  #drawLine(context, values, color, width) {
    context.beginPath();
    let drawing = false;
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) drawing = false;
      else if (drawing) context.lineTo(this.#x(i), this.#y(values[i]));
      else {
        context.moveTo(this.#x(i), this.#y(values[i]));
        drawing = true;
      }
    }
    context.strokeStyle = color;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.stroke();
  }
}
