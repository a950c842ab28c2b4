// The map: two canvases over each other, the ground and what moves on it.

import { AgentDrawing, drawIds, drawInfractions, drawVelocities } from "./draw_agents.js";
import { drawActors, drawParts, drawScale, drawTrails, lightsAt } from "./draw_marks.js";
import { fitCanvas } from "./dom.js";
import { Ground } from "./ground.js";
import { Labels } from "./labels.js";
import { Poses } from "./poses.js";

const TRAIL_STEPS = 50;
/** A click this near to an agent, in pixels, is on it. */
const REACH = 10;

export class WorldMap {
  poses = new Poses();
  over = new Poses();
  overShown = false;
  #drawing = new AgentDrawing();
  #labels = new Labels();
  #groundDrawn = "";

  /**
   * @param {HTMLCanvasElement} groundCanvas
   * @param {HTMLCanvasElement} agentCanvas
   * @param {import("./camera.js").Camera} camera
   * @param {() => void} redraw
   */
  constructor(groundCanvas, agentCanvas, camera, redraw) {
    this.groundCanvas = groundCanvas;
    this.agentCanvas = agentCanvas;
    this.camera = camera;
    this.ground = new Ground(() => {
      this.#groundDrawn = "";
      redraw();
    });
    this.groundContext = groundCanvas.getContext("2d", { alpha: false });
    this.context = agentCanvas.getContext("2d");
  }

  /** Take over the size of the box on the page. */
  resize() {
    fitCanvas(this.groundCanvas);
    fitCanvas(this.agentCanvas);
    this.camera.width = Math.max(this.agentCanvas.clientWidth, 1);
    this.camera.height = Math.max(this.agentCanvas.clientHeight, 1);
    this.#groundDrawn = "";
  }

  /** Draw the ground anew: another simulation or other colours. */
  forget() {
    this.ground.forget();
    this.#groundDrawn = "";
  }

  /**
   * Draw a moment.
   * @param {Object} look what to draw: `track`, `overTrack`, `pairs`, `position`, `agent`, `follow`,
   *   `layers`
   * @param {Object} palette
   * @returns {boolean} false if the steps are not loaded yet
   */
  draw(look, palette) {
    const filled = this.poses.fill(look.track, look.position);
    this.overShown = Boolean(look.overTrack) && this.over.fill(look.overTrack, look.position)
      && look.position >= look.overTrack.first && look.position <= look.overTrack.last;
    const chosen = look.agent === null ? -1 : this.poses.find(look.agent);
    if (look.follow && chosen >= 0) {
      this.camera.x = this.poses.x[chosen];
      this.camera.y = this.poses.y[chosen];
    }
    const ratio = window.devicePixelRatio || 1;
    this.#drawGround(ratio, palette);
    this.#drawAgents(look, chosen, ratio, palette);
    return filled;
  }

  #drawGround(ratio, palette) {
    const { x, y, scale, mirrored } = this.camera;
    const wanted = `${x}/${y}/${scale}/${mirrored}`;
    if (wanted === this.#groundDrawn) return;
    this.ground.draw(this.groundContext, this.camera, ratio, palette);
    this.#groundDrawn = wanted;
  }

  #drawAgents(look, chosen, ratio, palette) {
    const { context, camera, poses } = this;
    const { layers, track } = look;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.agentCanvas.width, this.agentCanvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const chunk = poses.count ? track.chunkAt(poses.step) : null;
    if (chunk && layers.lights) {
      drawActors(context, track.simulation.actors, lightsAt(chunk, poses.step), camera, palette);
    }
    if (chunk && layers.parts) drawParts(context, chunk, poses, camera, palette);
    if (layers.trails || chosen >= 0) {
      const only = layers.trails ? null : look.agent;
      drawTrails(context, track, poses, camera, palette, TRAIL_STEPS, only);
    }
    if (layers.ghosts) this.#drawing.drawGhosts(context, poses, camera, palette);
    this.#drawing.drawAll(context, poses, camera, palette);
    if (this.overShown) {
      this.#drawing.drawOutlines(context, poses, this.over, look.pairs, camera, palette);
    }
    if (layers.velocities) drawVelocities(context, poses, camera, palette);
    if (layers.infractions) drawInfractions(context, poses, camera, palette);
    if (chosen >= 0) this.#drawing.drawSelected(context, poses, chosen, camera, palette);
    if (layers.ids) drawIds(context, poses, camera, palette, this.#labels, ratio);
    drawScale(context, camera, palette);
  }

  /** @returns {?number} the agent at a place of the screen */
  agentAt(screenX, screenY) {
    const { poses, camera } = this;
    let nearest = null;
    let least = Infinity;
    for (let i = 0; i < poses.count; i++) {
      const away = Math.hypot(camera.toScreenX(poses.x[i]) - screenX,
        camera.toScreenY(poses.y[i]) - screenY);
      const reach = Math.max(poses.length[i] * 0.55 * camera.scale, REACH);
      if (away <= reach && away < least) {
        least = away;
        nearest = poses.number[i];
      }
    }
    return nearest;
  }

  /** The area to show at first: where most agents are, else the ground. */
  firstBounds(track) {
    return track.overview.most ?? this.ground.bounds ?? this.bounds(track);
  }

  /** Where all agents are on the track. */
  bounds(track) {
    return track.overview.bounds ?? this.ground.bounds ?? [-50, -50, 50, 50];
  }
}
