// The moment in the address: `#sim=1&branch=2&step=40&agent=3&x=12.5&y=-3&fov=80`.
// Besides `over=1.3` (simulation and branch laid over), `follow=1`, `loop=10-20`, `mirror=1`,
// `show=trails+ids` (what is drawn, where it is not what is drawn at first).

/**
 * @typedef {Object} Moment
 * @property {string} [sim]
 * @property {number} [branch]
 * @property {number} [step]
 * @property {?number} [agent]
 * @property {boolean} [follow]
 * @property {?{sim: string, branch: number}} [over]
 * @property {?[number, number]} [loop]
 * @property {{x?: number, y?: number, fov?: number}} [camera]
 * @property {boolean} [mirror]
 * @property {string[]} [show]
 */

/** @param {string} hash @returns {Moment} only what the address says, and says well */
export function momentOf(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const moment = {};
  if (given.has("sim")) moment.sim = given.get("sim");
  for (const name of ["branch", "step", "agent"]) {
    if (/^\d{1,9}$/.test(given.get(name) ?? "")) moment[name] = Number(given.get(name));
  }
  const camera = cameraOf(given);
  if (Object.keys(camera).length) moment.camera = camera;
  const over = /^(\w+)\.(\d+)$/.exec(given.get("over") ?? "");
  if (over) moment.over = { sim: over[1], branch: Number(over[2]) };
  else if (given.get("over") === "none") moment.over = null;
  const loop = /^(\d+)-(\d+)$/.exec(given.get("loop") ?? "");
  if (loop) moment.loop = [Number(loop[1]), Number(loop[2])];
  moment.follow = given.get("follow") === "1";
  if (given.has("mirror")) moment.mirror = given.get("mirror") === "1";
  if (given.has("show")) moment.show = given.get("show").split(" ");
  return moment;
}

function cameraOf(given) {
  const camera = {};
  for (const name of ["x", "y", "fov"]) {
    const value = Number.parseFloat(given.get(name));
    if (Number.isFinite(value) && (name !== "fov" || value > 0)) camera[name] = value;
  }
  return camera;
}

/** @param {Moment} moment @returns {string} */
export function hashOf(moment) {
  const parts = [["sim", moment.sim], ["branch", moment.branch]];
  if (moment.step !== undefined) parts.push(["step", moment.step]);
  if (moment.agent !== null) parts.push(["agent", moment.agent]);
  if (moment.follow) parts.push(["follow", 1]);
  if (moment.over) parts.push(["over", `${moment.over.sim}.${moment.over.branch}`]);
  else if (moment.over === null) parts.push(["over", "none"]);
  if (moment.loop) parts.push(["loop", moment.loop.join("-")]);
  if (moment.mirror !== undefined) parts.push(["mirror", moment.mirror ? 1 : 0]);
  if (moment.show) parts.push(["show", moment.show.join(" ")]);
  const { x, y, fov } = moment.camera;
  parts.push(["x", round(x)], ["y", round(y)], ["fov", round(fov)]);
  return `#${new URLSearchParams(parts)}`;
}

function round(value) {
  return Number(value.toFixed(2));
}
