// Going to findings: to one that is chosen, or from one to the next.

import { isPlaced } from "./decode.js";

/** The map shows no more than this around the agent of a finding, in metres. */
const NEAR = 120;

export class FindingWalk {
  #at = null;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
  }

  /** Go to where a finding shows. */
  goTo(problem) {
    const { app } = this;
    const { player, chosen, address } = app;
    address.keep();
    player.pause();
    app.newest = false;
    player.seek(problem.first);
    this.#at = problem;
    if (problem.agents.length) {
      chosen.agent = problem.agents[0];
      this.#centerOn(chosen.agent);
    }
    app.selected(chosen.agent);
    app.say(`Step ${player.step}. ${problem.sentence}`);
  }

  /** @param {1|-1} way */
  next(way) {
    const next = this.#nextOf(this.app.chosen.problems, this.app.player.step, way);
    if (next) this.goTo(next);
    else this.app.say(way > 0 ? "No more findings after this." : "No more findings before this.");
  }

  /** The finding beside the one that is looked at, else the nearest from this step on. */
  #nextOf(problems, step, way) {
    const ordered = [...problems].sort((a, b) => a.first - b.first);
    const at = this.#at?.first === step ? ordered.indexOf(this.#at) : -1;
    if (at >= 0) return ordered[at + way];
    const near = ordered.filter((problem) => way * (problem.first - step) >= 0);
    return way > 0 ? near[0] : near.at(-1);
  }

  #centerOn(agent) {
    const { camera, chosen, player } = this.app;
    const cell = chosen.track.cell(agent, player.step);
    if (!cell || !isPlaced(cell.chunk, cell.at)) return;
    camera.x = cell.chunk.shown.x[cell.at] / 100;
    camera.y = cell.chunk.shown.y[cell.at] / 100;
    camera.fov = Math.min(camera.fov, NEAR);
  }
}
