// A run: the index, and a track for each branch that is looked at.

import { Signal } from "./signal.js";
import { Track } from "./track.js";

export class Run {
  /** Tells that the recording grew. */
  grew = new Signal();
  /** Tells that data of a track has come, or with an error that it has not. */
  loaded = new Signal();
  /** Whether the newest step is shown. */
  followed = () => false;
  #tracks = new Map();
  #loading = false;
  #grewAgain = false;

  constructor(source, index) {
    this.source = source;
    this.#take(index);
    source.onGrow(() => this.#reload());
  }

  #take(index) {
    if (index.format !== 1) throw new Error(`the page can't show data of format ${index.format}`);
    this.index = index;
    this.stepS = index.step_s;
    this.simulations = index.simulations;
    this.compared = index.compared;
  }

  /** @param {string} key @returns {Object} the first simulation if there is none with the key */
  simulation(key) {
    return this.simulations.find((one) => one.key === key) ?? this.simulations[0];
  }

  /** @returns {Track} the trunk's if the simulation has no such branch */
  track(key, branch) {
    const simulation = this.simulation(key);
    const known = simulation.branches.some((one) => one.number === branch);
    const number = known ? branch : simulation.trunk;
    const name = `${simulation.key}/${number}`;
    if (!this.#tracks.has(name)) {
      const track = new Track(this.source, simulation, number, this.index.chunk_steps);
      track.changed.on((error) => this.loaded.emit(error));
      this.#tracks.set(name, track);
    }
    return this.#tracks.get(name);
  }

  /** Load what is new; if more comes meanwhile, once more. */
  async #reload() {
    this.#grewAgain = true;
    if (this.#loading) return;
    this.#loading = true;
    while (this.#grewAgain) {
      this.#grewAgain = false;
      await this.#loadNew();
    }
    this.#loading = false;
  }

  async #loadNew() {
    try {
      this.#take(await this.source.index());
    } catch (error) {
      this.loaded.emit(error);
      return;
    }
    const tracks = [...this.#tracks.values()];
    const followed = this.followed();
    await Promise.all(tracks.map((track) => track.grow(this.simulation(track.simulation.key), followed)));
    this.grew.emit();
  }
}
