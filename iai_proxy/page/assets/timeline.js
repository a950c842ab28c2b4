// The timeline: latencies, failures, findings, arrivals and departures, forks and the loop, over all
// steps of a branch. It is also the slider of the step.

import { fitCanvas } from "./dom.js";

const GUTTER = 72;
const RIGHT = 14;
const ROWS = { top: 4, latency: 30, failures: 9, findings: 14, comings: 12 };

export class Timeline {
  #canvas;
  #context;
  #still = document.createElement("canvas");
  #stale = true;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  /** What it shows has changed. */
  forget() {
    this.#stale = true;
  }

  get width() {
    return this.#canvas.clientWidth;
  }

  /** @returns {number} the step at a place, as a fraction */
  stepAt(x, track) {
    const steps = Math.max(track.last - track.first, 1);
    const part = (x - GUTTER) / Math.max(this.width - GUTTER - RIGHT, 1);
    return track.first + Math.min(Math.max(part, 0), 1) * steps;
  }

  xOf(step, track) {
    const steps = Math.max(track.last - track.first, 1);
    return GUTTER + ((step - track.first) / steps) * (this.width - GUTTER - RIGHT);
  }

  /** @param {Object} look `track`, `problems`, `player`, `partsAt` */
  draw(look, palette) {
    if (fitCanvas(this.#canvas)) this.#stale = true;
    const ratio = window.devicePixelRatio || 1;
    if (this.#stale) this.#drawStill(look, palette, ratio);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#still, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#drawCursor(context, this.xOf(look.player.position, look.track), palette);
  }

  #drawCursor(context, x, palette) {
    const height = this.#canvas.clientHeight;
    context.fillStyle = palette.ink;
    context.fillRect(x - 0.75, 0, 1.5, height);
    context.beginPath();
    context.moveTo(x - 5, 0);
    context.lineTo(x + 5, 0);
    context.lineTo(x, 7);
    context.closePath();
    context.fill();
  }

  #drawStill(look, palette, ratio) {
    this.#still.width = this.#canvas.width;
    this.#still.height = this.#canvas.height;
    const context = this.#still.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    this.#drawLoop(context, look, palette);
    let y = ROWS.top;
    this.#drawLatencies(context, look.track, y, palette);
    y += ROWS.latency + 3;
    this.#drawFailures(context, look.track, y, palette);
    y += ROWS.failures + 2;
    this.#drawProblems(context, look, y, palette);
    y += ROWS.findings + 2;
    this.#drawComings(context, look.track, y, palette);
    this.#drawForks(context, look, palette);
    this.#stale = false;
  }

  #label(context, text, y, palette) {
    context.fillStyle = palette.ghost;
    context.fillText(text, 8, y);
  }

  #drawLoop(context, { track, player }, palette) {
    if (!player.range) return;
    const from = this.xOf(player.from, track);
    const to = this.xOf(player.to, track);
    context.fillStyle = palette.plot;
    context.globalAlpha = 0.16;
    context.fillRect(from, 0, Math.max(to - from, 1), this.#canvas.clientHeight);
    context.globalAlpha = 1;
  }

  /** The slowest call of each column of pixels. */
  #drawLatencies(context, track, y, palette) {
    const latency = track.overview.latency;
    const most = latency.reduce((a, b) => Math.max(a, b ?? 0), 0);
    this.#label(context, "latency", y + 9, palette);
    if (most === 0) return;
    this.#label(context, most >= 1000 ? `\u2264 ${(most / 1000).toFixed(1)} s` : `\u2264 ${Math.round(most)} ms`,
      y + 22, palette);
    context.fillStyle = palette.plot;
    const room = (this.width - GUTTER - RIGHT) / Math.max(latency.length - 1, 1);
    const wide = Math.min(Math.max(room - 0.5, 1), 8);
    let column = -1;
    let high = 0;
    const bar = () => context.fillRect(Math.round(column - wide / 2), y + ROWS.latency - high, wide, high);
    for (let i = 0; i < latency.length; i++) {
      const x = Math.round(this.xOf(track.first + i, track));
      if (x !== column) {
        if (high) bar();
        column = x;
        high = 0;
      }
      high = Math.max(high, ((latency[i] ?? 0) / most) * ROWS.latency);
    }
    if (high) bar();
  }

  #drawFailures(context, track, y, palette) {
    const { failures } = track.overview;
    if (failures.some(Boolean)) this.#label(context, "retries", y + 5, palette);
    context.fillStyle = palette.severities.error;
    failures.forEach((count, i) => {
      if (count) triangle(context, this.xOf(track.first + i, track), y + 1, 4, ROWS.failures - 1);
    });
  }

  #drawProblems(context, { track, problems }, y, palette) {
    if (problems.length) this.#label(context, "findings", y + 7, palette);
    for (const severity of ["info", "warning", "error"]) {
      context.fillStyle = palette.severities[severity];
      const row = { error: 0, warning: 5, info: 10 }[severity];
      for (const problem of problems) {
        if (problem.severity !== severity) continue;
        const from = this.xOf(problem.first, track);
        const to = this.xOf(problem.last, track);
        context.fillRect(from - 1.5, y + row, Math.max(to - from, 0) + 3, 4);
      }
    }
  }

  #drawComings(context, track, y, palette) {
    const { arrivals, departures } = track.overview;
    if (arrivals.length + departures.length) this.#label(context, "come, go", y + 6, palette);
    context.fillStyle = palette.lights.green;
    for (const [step] of arrivals) triangle(context, this.xOf(step, track), y, 3.5, 5.5);
    context.fillStyle = palette.ghost;
    for (const [step] of departures) triangle(context, this.xOf(step, track), y + 12, 3.5, -5.5);
  }

  /** Where branches leave, two runs part, and what is laid over ends. */
  #drawForks(context, { track, overTrack, partsAt }, palette) {
    const height = this.#canvas.clientHeight;
    const line = (step, text, color, down) => {
      const x = this.xOf(step, track);
      context.fillStyle = color;
      for (let y = 0; y < height; y += 5) context.fillRect(x, y, 1, 3);
      context.strokeStyle = palette.halo;
      context.lineWidth = 3;
      const wide = context.measureText(text).width + 4;
      const left = x + wide > this.width ? x - wide : x + 4;
      context.strokeText(text, left, down);
      context.fillText(text, left, down);
    };
    for (const branch of track.simulation.branches) {
      const at = branch.leaves_at;
      const own = branch.leaves_branch !== null;
      const here = branch.number === track.number
        || track.segments.some((one) => one.branch === branch.leaves_branch && at <= one.last);
      if (own && here) line(at, `branch ${branch.number}`, palette.ghost, height - 6);
    }
    if (partsAt !== null && partsAt !== undefined) line(partsAt, "the runs part", palette.over, 10);
    if (overTrack && overTrack.last < track.last) line(overTrack.last, "laid over ends", palette.over, 22);
  }
}

function triangle(context, x, y, half, height) {
  context.beginPath();
  context.moveTo(x - half, y + height);
  context.lineTo(x + half, y + height);
  context.lineTo(x, y);
  context.closePath();
  context.fill();
}
