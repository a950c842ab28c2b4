// What is looked at: simulation, branch, what is laid over it, agent; and what follows from these.

export class Chosen {
  sim = "";
  /** @type {number|undefined} undefined: the trunk */
  branch = undefined;
  /** @type {?{sim: string, branch: number}} */
  over = null;
  /** @type {?number} */
  agent = null;
  follow = false;
  /** The findings of the branch. */
  problems = [];
  /** How many there were when the run was looked at last. */
  #seen = { simulations: 0, branches: 0 };

  /** @param {import("./run.js").Run} run */
  constructor(run) {
    this.run = run;
  }

  /**
   * Change some of it.
   * @param {Object} change by the names of the fields
   * @returns {boolean} whether it is another simulation now
   */
  set(change) {
    const before = this.track?.simulation.key;
    if (before !== undefined && change.sim !== undefined && change.sim !== before) {
      Object.assign(this, { branch: undefined, over: null, agent: null, follow: false });
    }
    Object.assign(this, change);
    this.#update();
    return this.sim !== before;
  }

  /** The first look at a moment, without what was looked at before. */
  apply({ sim = this.sim, branch = this.branch, over = null, agent = null, follow = false }) {
    return this.set({ sim, branch, over, agent, follow: follow && agent !== null });
  }

  /** The simulation, or the branch of this one, that has just begun; null if none has. */
  get begun() {
    const { simulations } = this.run;
    const branches = this.run.simulation(this.sim).branches.length;
    if (simulations.length > this.#seen.simulations) return { sim: simulations.at(-1).key };
    return branches > this.#seen.branches ? { branch: branches } : null;
  }

  /** The number of the same agent in what is laid over; null if it has none. */
  get overAgent() {
    return this.agent === null || !this.pairs ? this.agent : this.pairs.get(this.agent) ?? null;
  }

  /** Whether the ground's picture has east on the left. */
  get mirrored() {
    return this.track.simulation.ground.picture?.mirrored ?? false;
  }

  #update() {
    const { run, over } = this;
    this.track = run.track(this.sim, this.branch);
    this.sim = this.track.simulation.key;
    this.branch = this.track.number;
    this.overTrack = over ? run.track(over.sim, over.branch) : null;
    if (this.overTrack === this.track) this.overTrack = null;
    this.over = this.overTrack && { sim: this.overTrack.simulation.key, branch: this.overTrack.number };
    this.pair = this.over ? run.compared.find((pair) => pair.sim === this.sim && pair.branch === this.branch
      && pair.over_sim === this.over.sim && pair.over_branch === this.over.branch) : undefined;
    this.pairs = this.pair?.agents ? new Map(this.pair.agents) : null;
    this.problems = problemsOf(this.track);
    this.#seen = { simulations: run.simulations.length,
      branches: this.track.simulation.branches.length };
  }
}

/** The findings of a branch: each names all the branches that show it at these steps. */
function problemsOf({ simulation, number }) {
  return simulation.problems.filter((problem) => problem.branches.includes(number));
}
