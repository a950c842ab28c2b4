// Where all agents are at a moment, between two steps too. Filled for each picture, without making
// anything new.

import { KNOWN, PRESENT } from "./decode.js";
import { groupOf } from "./palette.js";

const TENTHS = Math.PI / 1800;

export class Poses {
  count = 0;
  #room = 0;
  /** Where each agent was put last, by its number. */
  #places = [];

  constructor() {
    this.#grow(64);
  }

  /**
   * Take the agents at a position of a track.
   * @param {import("./track.js").Track} track
   * @param {number} position a step, and how far it is on the way to the next
   * @returns {boolean} false if the steps are not loaded yet: then nothing has changed
   */
  fill(track, position) {
    const step = Math.min(Math.max(Math.floor(position), track.first), track.last);
    const part = position > step && step < track.last ? Math.min(position - step, 1) : 0;
    const chunk = track.chunkAt(step);
    const next = part ? track.chunkAt(step + 1) : null;
    if (!chunk || (part && !next)) return false;
    if (chunk.agents.length > this.#room) this.#grow(chunk.agents.length);
    this.step = step;
    this.count = 0;
    const { flags } = chunk.columns;
    for (let row = 0; row < chunk.agents.length; row++) {
      const at = row * chunk.count + step - chunk.first;
      if (!(flags[at] & PRESENT)) continue;
      if (!(flags[at] & KNOWN) && !chunk.moved?.[at]) continue;
      this.#put(chunk, row, at, next, step + 1, part);
    }
    return true;
  }

  /** @param {number} agent @returns {number} its place here, or -1 */
  find(agent) {
    const i = this.#places[agent];
    return i < this.count && this.number[i] === agent ? i : -1;
  }

  #put(chunk, row, at, next, nextStep, part) {
    const i = this.count++;
    const agent = chunk.agents[row];
    const { shown, columns } = chunk;
    this.number[i] = agent.number;
    this.#places[agent.number] = i;
    this.length[i] = agent.length;
    this.width[i] = agent.width;
    this.ego[i] = agent.ego ? 1 : 0;
    this.same[i] = 0;
    this.group[i] = groupOf(agent);
    this.flags[i] = columns.flags[at];
    this.ghost[i] = chunk.moved?.[at] && columns.flags[at] & KNOWN ? 1 : 0;
    this.x[i] = shown.x[at] / 100;
    this.y[i] = shown.y[at] / 100;
    this.heading[i] = shown.heading[at] * TENTHS;
    this.speed[i] = shown.speed[at] / 100;
    this.ghostX[i] = columns.x[at] / 100;
    this.ghostY[i] = columns.y[at] / 100;
    this.ghostHeading[i] = columns.heading[at] * TENTHS;
    if (next) this.#moveOn(i, next, next === chunk ? row : next.rowOf.get(agent.number), nextStep, part);
  }

  #moveOn(i, next, row, step, part) {
    if (row === undefined) return;
    const at = row * next.count + step - next.first;
    const { flags, x, y, heading } = next.columns;
    if (!(flags[at] & PRESENT) || !(flags[at] & KNOWN)) return;
    const { shown } = next;
    this.x[i] += (shown.x[at] / 100 - this.x[i]) * part;
    this.y[i] += (shown.y[at] / 100 - this.y[i]) * part;
    this.heading[i] += turn(this.heading[i], shown.heading[at] * TENTHS) * part;
    this.speed[i] += (shown.speed[at] / 100 - this.speed[i]) * part;
    if (!this.ghost[i]) return;
    this.ghostX[i] += (x[at] / 100 - this.ghostX[i]) * part;
    this.ghostY[i] += (y[at] / 100 - this.ghostY[i]) * part;
    this.ghostHeading[i] += turn(this.ghostHeading[i], heading[at] * TENTHS) * part;
  }

  #grow(room) {
    this.#room = room;
    this.number = new Int32Array(room);
    this.group = new Uint8Array(room);
    this.ego = new Uint8Array(room);
    this.flags = new Uint8Array(room);
    this.ghost = new Uint8Array(room);
    this.same = new Uint8Array(room);
    for (const name of ["x", "y", "heading", "speed", "length", "width", "ghostX", "ghostY",
      "ghostHeading"]) this[name] = new Float64Array(room);
  }
}

/** The shorter way from one heading to another. */
export function turn(from, to) {
  let by = (to - from) % (2 * Math.PI);
  if (by > Math.PI) by -= 2 * Math.PI;
  else if (by <= -Math.PI) by += 2 * Math.PI;
  return by;
}
