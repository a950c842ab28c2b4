// A branch of a simulation from its first step to its last, over the branches that it leaves.
// Chunks are loaded when they are first needed.

import { decodeChunk } from "./decode.js";
import { Signal } from "./signal.js";

/** Chunks kept for a track; more are forgotten, the oldest first. */
const KEPT_CHUNKS = 64;
/** Steps that a server is asked for first, so that there is something to see at once. */
const FIRST_STEPS = 5;
const EMPTY = { first: 0, present: [], latency: [], failures: [], parts: [], arrivals: [],
  departures: [], agents: new Set(), bounds: null, most: null };

export class Track {
  /** Tells that a chunk or the overview has come, or with an error that it has not. */
  changed = new Signal();
  overview = EMPTY;
  #chunks = new Map();
  /** The chunk that was asked for last, and its last step that is of this track. */
  #recent = null;
  #recentLast = 0;
  #asked = new Set();

  /**
   * @param {any} source
   * @param {Object} simulation of the index
   * @param {number} number of the branch
   * @param {number} chunkSteps
   */
  constructor(source, simulation, number, chunkSteps) {
    this.source = source;
    this.chunkSteps = chunkSteps;
    this.number = number;
    this.#take(simulation);
    this.#loadOverview();
  }

  #take(simulation) {
    this.simulation = simulation;
    this.segments = segmentsOf(simulation, this.number);
    this.first = this.segments[0].first;
    this.last = this.segments.at(-1).last;
    this.#recent = null;
  }

  /**
   * Take a simulation that has grown.
   * @param {Object} simulation
   * @param {boolean} followed whether the newest step is shown: then only once that is loaded
   */
  async grow(simulation, followed) {
    const oldEnd = this.#placeOf(this.last);
    const grown = segmentsOf(simulation, this.number);
    if (JSON.stringify(grown) === JSON.stringify(this.segments)) {
      this.simulation = simulation; // with other findings, perhaps
      return;
    }
    const wanted = new Map();
    const want = (place) => place && wanted.set(place.key, place);
    // How the last step was gone on with is known only now, so it is loaded anew.
    if (this.#chunks.has(oldEnd.key)) want(this.#placeOf(this.last, grown));
    if (followed) want(this.#placeOf(grown.at(-1).last, grown));
    await Promise.all([...wanted.values()].map((place) => this.#load(place)));
    this.#take(simulation);
    await this.#loadOverview();
  }

  /** @param {number} step @returns {?import("./decode.js").Chunk} null until it has come */
  chunkAt(step) {
    const recent = this.#recent;
    if (recent && step >= recent.first && step <= this.#recentLast) return recent;
    const place = this.#placeOf(step);
    if (!place) return null;
    const chunk = this.#chunks.get(place.key);
    if (!chunk || step >= chunk.first + chunk.count) {
      this.#ask(place, step);
      return null;
    }
    this.#recent = chunk;
    this.#recentLast = Math.min(chunk.first + chunk.count - 1, place.last);
    return chunk;
  }

  /** Load a step, if there is one, before it is needed. */
  want(step) {
    const place = this.#placeOf(step);
    if (place && !this.#chunks.has(place.key)) this.#ask(place, step);
  }

  /** Whether the overview is that of all steps. */
  get complete() {
    return this.overview.present.length === this.last - this.first + 1;
  }

  /** What is known of an agent at a step; null if it is not there, or not loaded yet. */
  cell(agent, step) {
    const chunk = this.chunkAt(step);
    const row = chunk?.rowOf.get(agent);
    if (row === undefined) return null;
    const at = row * chunk.count + step - chunk.first;
    return chunk.columns.flags[at] & 1 ? { chunk, row, at } : null;
  }

  #placeOf(step, segments = this.segments) {
    const segment = segments.find((one) => step >= one.first && step <= one.last);
    if (!segment) return null;
    const chunk = Math.floor((step - segment.first) / this.chunkSteps);
    const first = segment.first + chunk * this.chunkSteps;
    const count = Math.min(this.chunkSteps, segment.last - first + 1);
    const { branch, last } = segment;
    return { key: `${branch}/${first}`, branch, first, count, last };
  }

  async #ask(place, step) {
    if (this.#asked.has(place.key)) return;
    this.#asked.add(place.key);
    const few = step - place.first + FIRST_STEPS;
    if (this.#chunks.size === 0 && this.source.isServer && few < place.count / 2) {
      await this.#load({ ...place, count: few });
    }
    if (await this.#load(place)) this.#asked.delete(place.key);
    else setTimeout(() => this.#asked.delete(place.key), 2000);
  }

  /** Load a chunk, also in place of one that has become old; tell whether it came. */
  async #load({ key, branch, first, count }) {
    try {
      const raw = await this.source.chunk(this.simulation.key, branch, first, count);
      const chunk = await decodeChunk(raw);
      // Answers may come in another order than they were asked for.
      if (!(this.#chunks.get(key)?.count > chunk.count)) this.#chunks.set(key, chunk);
    } catch (error) {
      this.changed.emit(error);
      return false;
    }
    this.#recent = null;
    if (this.#chunks.size > KEPT_CHUNKS) this.#chunks.delete(this.#chunks.keys().next().value);
    this.changed.emit();
    return true;
  }

  async #loadOverview() {
    const { source, simulation } = this;
    try {
      const loaded = this.segments.map((one) => source.overview(simulation.key, one.branch));
      this.overview = joined(this.segments, await Promise.all(loaded));
      this.changed.emit();
    } catch (error) {
      this.changed.emit(error);
    }
  }
}

/** The branches that a path goes through, each with its own steps. */
function segmentsOf(simulation, number) {
  const branch = simulation.branches.find((one) => one.number === number);
  if (branch.leaves_branch === null) {
    return [{ branch: number, first: branch.first, last: branch.last }];
  }
  const before = segmentsOf(simulation, branch.leaves_branch)
    .filter((one) => one.first <= branch.leaves_at)
    .map((one) => ({ ...one, last: Math.min(one.last, branch.leaves_at) }));
  return [...before, { branch: number, first: branch.leaves_at + 1, last: branch.last }];
}

/** One overview of a whole path. */
function joined(segments, overviews) {
  const path = { ...EMPTY, first: segments[0].first, arrivals: [], departures: [],
    agents: new Set() };
  for (const name of ["present", "latency", "failures", "parts"]) path[name] = [];
  segments.forEach(({ first, last }, i) => {
    const overview = overviews[i];
    for (const name of ["present", "latency", "failures", "parts"]) {
      for (let step = first; step <= last; step++) {
        path[name].push(overview[name][step - overview.first] ?? null);
      }
    }
    const within = ([step]) => step <= last;
    path.arrivals.push(...overview.arrivals.filter(within));
    path.departures.push(...overview.departures.filter(within));
    for (const agent of overview.agents) path.agents.add(agent);
    path.bounds = united(path.bounds, overview.bounds);
    path.most = united(path.most, overview.most);
  });
  return path;
}

function united(a, b) {
  if (!a || !b) return a ?? b;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
