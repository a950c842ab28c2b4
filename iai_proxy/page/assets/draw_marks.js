// What is drawn around agents: trails, lights and signs, the regions of a large call's parts, the
// scale.

import { KNOWN, PRESENT } from "./decode.js";
import { roundDistance } from "./ground.js";

/** With more agents, trails are as thin as is drawn fastest. */
const MANY = 40;
/** Points of a trail nearer to each other, in pixels, are left out. */
const LEAST_MOVED = 3;

/**
 * Where agents were in the steps before.
 * @param {?number} only number of the agent; null: all
 */
export function drawTrails(context, track, poses, camera, palette, steps, only) {
  const first = Math.max(track.first, poses.step - steps);
  for (let group = 0; group < palette.agents.length; group++) {
    context.beginPath();
    for (let i = 0; i < poses.count; i++) {
      if (poses.group[i] !== group || (only !== null && poses.number[i] !== only)) continue;
      traceTrail(context, track, poses, i, first, camera);
    }
    context.strokeStyle = palette.agents[group];
    context.lineWidth = only === null && poses.count > MANY ? 1 : 1.75;
    context.globalAlpha = 0.55;
    context.stroke();
    context.globalAlpha = 1;
  }
}

function traceTrail(context, track, poses, i, first, camera) {
  let x = camera.toScreenX(poses.x[i]);
  let y = camera.toScreenY(poses.y[i]);
  context.moveTo(x, y);
  for (let step = poses.step; step >= first; ) {
    const chunk = track.chunkAt(step);
    const row = chunk?.rowOf.get(poses.number[i]);
    if (row === undefined) return;
    const { flags } = chunk.columns;
    for (; step >= Math.max(first, chunk.first); step--) {
      const at = row * chunk.count + step - chunk.first;
      if ((flags[at] & (PRESENT | KNOWN)) !== (PRESENT | KNOWN)) return;
      const nextX = camera.toScreenX(chunk.shown.x[at] / 100);
      const nextY = camera.toScreenY(chunk.shown.y[at] / 100);
      if (Math.abs(nextX - x) + Math.abs(nextY - y) < LEAST_MOVED && step > first) continue;
      x = nextX;
      y = nextY;
      context.lineTo(x, y);
    }
  }
}

/** States of all lights at a step; null if there are none. */
export function lightsAt(chunk, step) {
  let found = null;
  for (const [from, lights] of chunk.lights) {
    if (from > step) break;
    found = lights;
  }
  return found;
}

/** Lights at their stop lines, told apart by colour and shape; signs. */
export function drawActors(context, actors, lights, camera, palette) {
  for (const actor of actors) {
    context.save();
    context.translate(camera.toScreenX(actor.x), camera.toScreenY(actor.y));
    context.scale(camera.flip, 1);
    context.rotate(-actor.heading);
    if (actor.kind === "traffic_light") {
      drawLight(context, actor, lights?.[actor.id], camera.scale, palette);
    } else drawSign(context, actor, camera.scale, palette);
    context.restore();
  }
}

/** A bar across the lane; on it a disc for green, a triangle for yellow, a square for red. */
function drawLight(context, actor, state, scale, palette) {
  const across = Math.max((actor.width ?? 3) * scale, 5);
  const along = Math.max((actor.length ?? 1) * scale, 3);
  context.fillStyle = palette.lights[state] ?? palette.faint;
  context.fillRect(-along / 2, -across / 2, along, across);
  if (!palette.lights[state]) return;
  context.rotate(actor.heading); // marks stand upright, as in pictures
  const size = Math.min(Math.max(0.9 * scale, 2.5), 7);
  context.beginPath();
  if (state === "green") context.arc(0, 0, size, 0, 2 * Math.PI);
  else if (state === "yellow") polygon(context, size * 1.35, 3, -Math.PI / 2);
  else polygon(context, size * 1.25, 4, Math.PI / 4);
  context.strokeStyle = palette.mark;
  context.lineWidth = Math.min(size * 0.8, 3);
  context.stroke();
  context.fill();
}

function drawSign(context, actor, scale, palette) {
  const size = Math.min(Math.max(0.9 * scale, 3), 7);
  context.beginPath();
  if (actor.kind === "stop_sign") polygon(context, size, 8, Math.PI / 8);
  else if (actor.kind === "yield_sign") polygon(context, size, 3, Math.PI);
  else polygon(context, size, 4, Math.PI / 4);
  context.fillStyle = palette.halo;
  context.strokeStyle = palette.faint;
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}

function polygon(context, size, corners, turned) {
  for (let i = 0; i < corners; i++) {
    const angle = turned + (i * 2 * Math.PI) / corners;
    const x = Math.cos(angle) * size;
    const y = Math.sin(angle) * size;
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.closePath();
}

/** The regions of a large call: a box around the agents that the client takes from each part. */
export function drawParts(context, chunk, poses, camera, palette) {
  const calls = chunk.calls[poses.step - chunk.first];
  if (!calls || calls.parts.length < 2) return;
  const boxes = calls.parts.map(() => [Infinity, Infinity, -Infinity, -Infinity]);
  for (let i = 0; i < poses.count; i++) {
    const row = chunk.rowOf.get(poses.number[i]);
    const box = boxes[chunk.columns.part[row * chunk.count + poses.step - chunk.first]];
    const x = camera.toScreenX(poses.x[i]);
    const y = camera.toScreenY(poses.y[i]);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  context.font = "600 11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  context.lineWidth = 1.5;
  context.setLineDash([8, 4]);
  boxes.forEach(([left, top, right, bottom], part) => {
    if (left > right) return;
    const color = `hsl(${(part * 137) % 360} 60% ${palette.name === "dark" ? 70 : 38}%)`;
    context.strokeStyle = color;
    context.fillStyle = color;
    context.strokeRect(left - 12, top - 12, right - left + 24, bottom - top + 24);
    context.fillText(`call ${calls.parts[part][0]}`, left - 10, top - 14);
  });
  context.setLineDash([]);
}

/** A bar of a round length in the lower left. */
export function drawScale(context, camera, palette) {
  const metres = roundDistance(camera.scale, 60);
  const length = metres * camera.scale;
  const y = camera.height - 14;
  for (const [color, width] of [[palette.halo, 5], [palette.ink, 2]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(14, y - 4);
    context.lineTo(14, y);
    context.lineTo(14 + length, y);
    context.lineTo(14 + length, y - 4);
    context.stroke();
  }
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  context.lineWidth = 3;
  context.strokeStyle = palette.halo;
  context.fillStyle = palette.ink;
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  context.strokeText(text, 18, y - 4);
  context.fillText(text, 18, y - 4);
}
