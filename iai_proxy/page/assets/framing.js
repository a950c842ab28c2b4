// Which part of the world is shown at first, and when all is to be shown.

export class Framing {
  /** Whether the first view is still to be made, once it is known where agents are. */
  #pending = true;
  /** What the address says of the view: any of x, y, fov. */
  #wanted = {};

  /** @param {{camera: import("./camera.js").Camera, chosen: Object, stage: Object}} shown */
  constructor(shown) {
    this.shown = shown;
  }

  /** Make a first view anew. */
  begin() {
    this.#pending = true;
    this.#wanted = {};
  }

  /** Someone has moved the map: that view stays. */
  done() {
    this.#pending = false;
  }

  /** Take what an address says; what it does not say is as in the first view. */
  want(camera) {
    this.#wanted = camera;
    Object.assign(this.shown.camera, camera);
    this.#pending = Object.keys(camera).length < 3;
  }

  /** Make the first view, if that is still to do. @returns {boolean} whether it was */
  first() {
    const { camera, chosen, stage } = this.shown;
    if (!this.#pending || !chosen.track.overview.bounds) return false;
    camera.fit(stage.map.firstBounds(chosen.track));
    Object.assign(camera, this.#wanted);
    this.#pending = false;
    return true;
  }

  /** Show all agents. */
  all() {
    this.shown.camera.fit(this.shown.stage.map.bounds(this.shown.chosen.track));
  }
}
