// Agents as boxes that point where they head, pedestrians as discs; drawn by groups of one colour.

import { COLLISION, OFF_ROAD, WRONG_WAY } from "./decode.js";
import { GROUPS } from "./palette.js";

/** Agents smaller than this on the screen are drawn as large as this, in pixels. */
const SMALLEST = 6;
const PEDESTRIAN = GROUPS.indexOf("pedestrian");
/** Agents nearer than this, in metres, are in the same place in both runs. */
const SAME_PLACE = 0.05;
const EGO = GROUPS.indexOf("ego");
/** How far a velocity's line goes: the way of so many seconds. */
const VELOCITY_S = 0.5;

/** Draws poses into a context that counts in the page's pixels. */
export class AgentDrawing {
  /** Corners of an agent's box on the screen. */
  #box = new Float64Array(8);

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("./poses.js").Poses} poses
   * @param {import("./camera.js").Camera} camera
   */
  drawAll(context, poses, camera, palette) {
    for (let group = 0; group < GROUPS.length; group++) {
      context.beginPath();
      let any = false;
      for (let i = 0; i < poses.count; i++) {
        if (poses.group[i] !== group || !isSeen(poses, i, camera)) continue;
        this.#setBox(poses.x[i], poses.y[i], poses.heading[i], poses.length[i], poses.width[i],
          camera);
        if (group === PEDESTRIAN) traceDisc(context, poses, i, camera);
        else this.#trace(context);
        any = true;
      }
      if (!any) continue;
      context.fillStyle = palette.agents[group];
      context.fill();
      context.strokeStyle = group === EGO ? palette.ink : palette.rim;
      context.lineWidth = group === EGO ? 2.5 : 1;
      context.stroke();
    }
    this.#drawNoses(context, poses, camera, palette.nose);
  }

  /** The other run or branch: dashed outlines of what is elsewhere in it, lines to where. */
  drawOutlines(context, poses, over, numbers, camera, palette) {
    context.beginPath();
    for (let i = 0; i < poses.count; i++) {
      const j = over.find(numbers ? numbers.get(poses.number[i]) : poses.number[i]);
      if (j < 0) continue;
      const apart = Math.hypot(poses.x[i] - over.x[j], poses.y[i] - over.y[j]);
      over.same[j] = apart < SAME_PLACE ? 1 : 0;
      if (over.same[j]) continue;
      context.moveTo(camera.toScreenX(poses.x[i]), camera.toScreenY(poses.y[i]));
      context.lineTo(camera.toScreenX(over.x[j]), camera.toScreenY(over.y[j]));
    }
    context.strokeStyle = palette.over;
    context.lineWidth = 1.5;
    context.stroke();
    this.#drawOthers(context, over, camera, palette);
  }

  #drawOthers(context, poses, camera, palette) {
    context.beginPath();
    for (let i = 0; i < poses.count; i++) {
      if (poses.same[i] || !isSeen(poses, i, camera)) continue;
      this.#setBox(poses.x[i], poses.y[i], poses.heading[i], poses.length[i], poses.width[i], camera);
      this.#trace(context);
    }
    context.fillStyle = palette.over;
    context.globalAlpha = 0.25;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([4, 3]);
    context.strokeStyle = palette.over;
    context.lineWidth = 1.75;
    context.stroke();
    context.setLineDash([]);
  }

  /** What the API answered where the client went on with another state. */
  drawGhosts(context, poses, camera, palette) {
    context.beginPath();
    for (let i = 0; i < poses.count; i++) {
      if (!poses.ghost[i] || !isSeen(poses, i, camera)) continue;
      const x = poses.ghostX[i];
      const y = poses.ghostY[i];
      this.#setBox(x, y, poses.ghostHeading[i], poses.length[i], poses.width[i], camera);
      this.#trace(context);
      context.moveTo(camera.toScreenX(x), camera.toScreenY(y));
      context.lineTo(camera.toScreenX(poses.x[i]), camera.toScreenY(poses.y[i]));
    }
    context.strokeStyle = palette.ghost;
    context.lineWidth = 1.25;
    context.setLineDash([3, 3]);
    context.stroke();
    context.setLineDash([]);
  }

  /** A frame around an agent. */
  drawSelected(context, poses, i, camera, palette) {
    this.#setBox(poses.x[i], poses.y[i], poses.heading[i], poses.length[i] + 8 / camera.scale,
      poses.width[i] + 8 / camera.scale, camera);
    context.beginPath();
    this.#trace(context);
    context.strokeStyle = palette.halo;
    context.lineWidth = 5;
    context.stroke();
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    context.stroke();
  }

  #drawNoses(context, poses, camera, color) {
    context.beginPath();
    for (let i = 0; i < poses.count; i++) {
      if (poses.length[i] * camera.scale < 10 || !isSeen(poses, i, camera)) continue;
      this.#setBox(poses.x[i], poses.y[i], poses.heading[i], poses.length[i], poses.width[i], camera);
      traceNose(context, this.#box);
    }
    context.fillStyle = color;
    context.globalAlpha = 0.85;
    context.fill();
    context.globalAlpha = 1;
  }

  /** Corners on the screen: front left, front right, rear right, rear left. */
  #setBox(x, y, heading, length, width, camera) {
    const scale = camera.scale;
    const half = Math.max(length * scale, SMALLEST) / 2;
    const side = Math.max(width * scale, SMALLEST * 0.7) / 2;
    const cos = Math.cos(heading) * camera.flip;
    const sin = -Math.sin(heading);
    const centerX = camera.toScreenX(x);
    const centerY = camera.toScreenY(y);
    const box = this.#box;
    box[0] = centerX + cos * half + sin * side;
    box[1] = centerY + sin * half - cos * side;
    box[2] = centerX + cos * half - sin * side;
    box[3] = centerY + sin * half + cos * side;
    box[4] = centerX - cos * half - sin * side;
    box[5] = centerY - sin * half + cos * side;
    box[6] = centerX - cos * half + sin * side;
    box[7] = centerY - sin * half - cos * side;
  }

  #trace(context) {
    const box = this.#box;
    context.moveTo(box[0], box[1]);
    context.lineTo(box[2], box[3]);
    context.lineTo(box[4], box[5]);
    context.lineTo(box[6], box[7]);
    context.closePath();
  }
}

function traceDisc(context, poses, i, camera) {
  const radius = Math.max(Math.max(poses.length[i], poses.width[i]) * camera.scale, SMALLEST) / 2;
  const x = camera.toScreenX(poses.x[i]);
  const y = camera.toScreenY(poses.y[i]);
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** A wedge in the front of a box that points ahead. */
function traceNose(context, box) {
  const along = (i, rear) => box[i] + (box[rear] - box[i]) * 0.34;
  const left = (i) => along(i, i + 6);
  const right = (i) => along(i + 2, i + 4);
  const tip = (i) => (box[i] + box[i + 2]) / 2 + (box[i + 6] - box[i]) * 0.05;
  const inset = (a, b) => a + (b - a) * 0.16;
  context.moveTo(tip(0), tip(1));
  context.lineTo(inset(left(0), right(0)), inset(left(1), right(1)));
  context.lineTo(inset(right(0), left(0)), inset(right(1), left(1)));
  context.closePath();
}

function isSeen(poses, i, camera) {
  const reach = poses.length[i] * camera.scale + 20;
  const x = camera.toScreenX(poses.x[i]);
  const y = camera.toScreenY(poses.y[i]);
  return x > -reach && y > -reach && x < camera.width + reach && y < camera.height + reach;
}

/** Rings around agents with infractions: whole, dashed or dotted by kind. */
export function drawInfractions(context, poses, camera, palette) {
  context.strokeStyle = palette.alarm;
  context.lineWidth = 2;
  ring(context, poses, camera, COLLISION, [], 5);
  ring(context, poses, camera, OFF_ROAD, [6, 4], 8);
  ring(context, poses, camera, WRONG_WAY, [2, 3], 11);
  context.setLineDash([]);
}

function ring(context, poses, camera, flag, dashes, pixels) {
  context.setLineDash(dashes);
  context.beginPath();
  for (let i = 0; i < poses.count; i++) {
    if (!(poses.flags[i] & flag) || !isSeen(poses, i, camera)) continue;
    const x = camera.toScreenX(poses.x[i]);
    const y = camera.toScreenY(poses.y[i]);
    const radius = Math.hypot(poses.length[i], poses.width[i]) * 0.5 * camera.scale + pixels;
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.stroke();
}

/** Where agents are in half a second, if they go on as they do. */
export function drawVelocities(context, poses, camera, palette) {
  context.beginPath();
  for (let i = 0; i < poses.count; i++) {
    const ahead = poses.speed[i] * VELOCITY_S * camera.scale;
    if (Math.abs(ahead) < 2) continue;
    const x = camera.toScreenX(poses.x[i]);
    const y = camera.toScreenY(poses.y[i]);
    context.moveTo(x, y);
    context.lineTo(x + Math.cos(poses.heading[i]) * camera.flip * ahead,
      y - Math.sin(poses.heading[i]) * ahead);
  }
  context.strokeStyle = palette.velocity;
  context.lineWidth = 1.75;
  context.stroke();
}

/** Numbers to the right of agents, clear of their boxes and rings. @param {import("./labels.js").Labels} labels */
export function drawIds(context, poses, camera, palette, labels, ratio) {
  for (let i = 0; i < poses.count; i++) {
    if (!isSeen(poses, i, camera)) continue;
    const ringed = poses.flags[i] & (COLLISION | OFF_ROAD | WRONG_WAY);
    const ring = ringed ? Math.hypot(poses.length[i], poses.width[i]) * 0.5 * camera.scale + 11 : 0;
    const along = Math.abs(Math.cos(poses.heading[i])) * Math.max(poses.length[i] * camera.scale, SMALLEST);
    const across = Math.abs(Math.sin(poses.heading[i])) * Math.max(poses.width[i] * camera.scale, SMALLEST);
    const x = camera.toScreenX(poses.x[i]) + Math.max((along + across) / 2, ring) + 1;
    labels.draw(context, poses.number[i], x, camera.toScreenY(poses.y[i]), palette, ratio);
  }
}
