// Colours: those of iai_proxy/scene/palette.py, which pictures have too. They are told apart by
// colour-blind eyes, on light and on dark ground.

/** Groups of agents, in the order in which they are drawn. */
export const GROUPS = ["car", "other", "pedestrian", "ego"];

/** @returns {number} the group of an agent, as an index of `GROUPS` */
export function groupOf(agent) {
  if (agent.ego) return 3;
  if (agent.kind === "car") return 0;
  return agent.kind === "pedestrian" ? 2 : 1;
}

const SHARED = {
  mark: "#17191C", // around marks of lights: dark on all of their colours
  agents: ["#0072B2", "#CC79A7", "#E69F00", "#D55E00"],
  lights: { green: "#009E73", yellow: "#F0E442", red: "#D55E00" },
  severities: { error: "#D55E00", warning: "#E69F00", info: "#56B4E9" },
};

const LIGHT = {
  ...SHARED,
  name: "light",
  ground: "#F7F7F5",
  road: "#DCE0E5",
  lines: "#FFFFFF",
  border: "#AAB2BC",
  grid: "#E2E3E0",
  ink: "#17191C",
  halo: "#FFFFFF",
  faint: "#8C939C",
  ghost: "#6E7680",
  rim: "#FFFFFF",
  nose: "#FFFFFF",
  velocity: "#00684C",
  alarm: "#A3003F",
  plot: "#0072B2",
  over: "#7A3E9D",
};

const DARK = {
  ...SHARED,
  name: "dark",
  ground: "#121417",
  road: "#2B3037",
  lines: "#C3CAD2",
  border: "#525B66",
  grid: "#23272C",
  ink: "#F2F3F4",
  halo: "#000000",
  faint: "#7D8792",
  ghost: "#9AA4AF",
  rim: "#0B0C0E",
  nose: "#FFFFFF",
  velocity: "#5FE0B5",
  alarm: "#FF6F91",
  plot: "#56B4E9",
  over: "#D9A6F5",
};

/** @param {boolean} dark */
export function paletteOf(dark) {
  return dark ? DARK : LIGHT;
}
