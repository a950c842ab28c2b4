// Pointer and hover on the timeline: go to a step, set a loop with Shift, see what happened.

import { byId, plural, setText } from "./dom.js";

/** @param {import("./app.js").App} app */
export function watchTimeline(app) {
  const canvas = byId("timeline");
  const { player } = app;
  let start = null;
  const stepAt = (event) => Math.round(app.stage.timeline.stepAt(event.offsetX, app.chosen.track));
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    start = { step: stepAt(event), range: event.shiftKey, playing: player.playing };
    player.pause();
    if (!start.range) app.jump(start.step);
  });
  canvas.addEventListener("pointermove", (event) => {
    showTip(app, event, stepAt(event));
    if (!start) return;
    if (start.range) player.setRange([start.step, stepAt(event)]);
    else app.seek(stepAt(event));
  });
  canvas.addEventListener("pointerup", () => {
    if (!start) return;
    if (start.playing) player.play();
    start = null;
  });
  canvas.addEventListener("pointercancel", () => {
    start = null;
  });
  canvas.addEventListener("pointerleave", () => {
    byId("tip").hidden = true;
  });
  canvas.addEventListener("keydown", (event) => {
    const by = { PageUp: 100, PageDown: -100, ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    player.stepBy(by);
  });
}

function showTip(app, event, step) {
  const tip = byId("tip");
  tip.hidden = false;
  setText(tip, tipOf(app, step));
  const half = tip.offsetWidth / 2;
  const x = Math.min(Math.max(event.offsetX, half + 4), app.stage.timeline.width - half - 4);
  tip.style.left = `${x - half}px`;
}

/** What happened at a step, in a line. */
function tipOf({ chosen: { track, problems }, run }, step) {
  const { overview } = track;
  const i = step - track.first;
  const parts = [`step ${step}, ${(step * run.stepS).toFixed(1)} s`];
  if (overview.latency[i] != null) parts.push(`${overview.latency[i].toFixed(0)} ms`);
  if (overview.parts[i] > 1) parts.push(plural(overview.parts[i], "part"));
  if (overview.failures[i]) parts.push(plural(overview.failures[i], "failed call"));
  if (overview.present[i] != null) parts.push(plural(overview.present[i], "agent"));
  const comes = overview.arrivals.filter(([at]) => at === step).map(([, agent]) => agent);
  const goes = overview.departures.filter(([at]) => at === step).map(([, agent]) => agent);
  if (comes.length) parts.push(`agent ${comes.slice(0, 6).join(", ")} comes`);
  if (goes.length) parts.push(`agent ${goes.slice(0, 6).join(", ")} goes`);
  const found = problems.filter((one) => step >= one.first && step <= one.last);
  if (found.length) parts.push(found.slice(0, 3).map((one) => `${one.code} ${one.name}`).join(", "));
  return parts.join(" \u00b7 ");
}
