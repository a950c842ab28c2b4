// The moment that is shown, as the address has it: what is looked at, when, from where.

/** What can be drawn, and whether it is at first. */
export const LAYERS = { trails: false, ids: false, velocities: false, ghosts: true, lights: true,
  infractions: true, parts: true };

/** @param {import("./app.js").App} app @returns {import("./fragment.js").Moment} */
export function shownMoment({ chosen, camera, player, layers, newest, run }) {
  const { sim, branch, agent, follow } = chosen;
  const over = chosen.over ?? (run.compared.length ? null : undefined);
  const names = Object.keys(LAYERS);
  const show = names.some((name) => layers[name] !== LAYERS[name])
    ? names.filter((name) => layers[name]) : undefined;
  const step = newest ? undefined : player.step; // who comes back wants the newest one
  return { sim, branch, step, agent, follow, over, show, loop: player.range, camera,
    mirror: camera.mirrored === chosen.mirrored ? undefined : camera.mirrored };
}

/**
 * Show a moment.
 * @param {import("./app.js").App} app
 * @param {import("./fragment.js").Moment} moment
 */
export function showMoment(app, moment) {
  const { chosen, camera, player, framing } = app;
  app.show(chosen.apply(moment));
  camera.mirrored = moment.mirror ?? chosen.mirrored;
  if (moment.camera) framing.want(moment.camera);
  if (moment.loop) player.setRange(moment.loop);
  for (const name of Object.keys(LAYERS)) {
    app.layers[name] = moment.show ? moment.show.includes(name) : LAYERS[name];
  }
  if (moment.step !== undefined) {
    app.newest = false;
    player.seek(moment.step);
  } else if (app.newest) player.seek(player.last);
  app.refresh();
  app.changed.emit();
}
