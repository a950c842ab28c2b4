// The position in time: it plays, pauses, steps, jumps and loops.

import { Signal } from "./signal.js";

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20];

export class Player {
  /** Tells that the whole step is another one. */
  stepped = new Signal();
  /** Tells that something else than the position changed: playing, speed, loop. */
  changed = new Signal();
  position = 0;
  playing = false;
  speed = 1;
  loop = false;
  /** @type {?[number, number]} first and last step of what is looped; null: all */
  range = null;
  first = 0;
  last = 0;
  /** Whether more steps may come: then playing waits for them at the end. */
  live = false;
  #before = 0;
  /** @type {?{from: number, begun: number, ms: number}} on the way to the last step */
  #glide = null;

  constructor(stepS) {
    this.stepS = stepS;
  }

  get step() {
    return Math.floor(this.position + 1e-6);
  }

  get from() {
    return this.range ? Math.max(this.range[0], this.first) : this.first;
  }

  get to() {
    return this.range ? Math.min(this.range[1], this.last) : this.last;
  }

  /** Set the steps that there are. */
  setSteps(first, last) {
    this.first = first;
    this.last = last;
    this.seek(this.position);
  }

  /** Whether the position changes by itself. */
  get moving() {
    return this.playing || this.#glide !== null;
  }

  /** Go to the last step within a moment, through those before it. */
  glideToLast(ms) {
    this.#glide = { from: this.position, begun: performance.now(), ms };
  }

  seek(position) {
    this.#glide = null;
    this.#move(position);
  }

  #move(position) {
    const before = this.step;
    this.position = Math.min(Math.max(position, this.first), this.last);
    if (this.step !== before) this.stepped.emit();
  }

  /** Go by whole steps, and stop playing. */
  stepBy(count) {
    this.pause();
    this.seek(this.step + count);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    const ended = this.position >= this.to && !(this.live && !this.range);
    if (ended || this.position < this.from) this.seek(this.from);
    this.playing = true;
    this.#before = performance.now();
    this.changed.emit();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.seek(this.step);
    this.changed.emit();
  }

  setSpeed(speed) {
    this.speed = Math.min(Math.max(speed, SPEEDS[0]), SPEEDS.at(-1));
    this.changed.emit();
  }

  /** @param {?[number, number]} range */
  setRange(range) {
    this.range = range && [Math.min(...range), Math.max(...range)];
    if (range) this.loop = true;
    this.changed.emit();
  }

  /** Loop from this step on. */
  loopFrom() {
    const to = this.range ? this.range[1] : this.last;
    this.setRange([this.step, Math.max(to, this.step)]);
  }

  /** Loop up to this step. */
  loopTo() {
    const from = this.range ? this.range[0] : this.first;
    this.setRange([Math.min(from, this.step), this.step]);
  }

  setLoop(loop) {
    this.loop = loop;
    if (!loop) this.range = null;
    this.changed.emit();
  }

  #glideOn(now) {
    const { from, begun, ms } = this.#glide;
    const part = Math.min(Math.max(now - begun, 0) / ms, 1);
    this.#move(from + (this.last - from) * part);
    if (part === 1) this.#glide = null;
  }

  /**
   * Go on by the time that has passed.
   * @param {number} now ms
   * @param {boolean} ready false while the steps are being loaded: then time stands still
   */
  advance(now, ready) {
    if (this.#glide) this.#glideOn(now);
    if (!this.playing) return;
    const passed = Math.min(now - this.#before, 250);
    this.#before = now;
    if (!ready || passed <= 0) return;
    const position = this.position + (passed / 1000 / this.stepS) * this.speed;
    if (position < this.to) this.seek(position);
    else if (this.loop) this.seek(this.from);
    else {
      this.seek(this.to);
      if (!this.live || this.range) this.pause();
    }
  }
}
