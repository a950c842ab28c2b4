// Colours: told apart by colour-blind eyes, on light and on dark ground (after Okabe and Ito).

/** Groups of agents, in the order in which they are drawn. */
export const GROUPS = ["car", "other", "pedestrian", "ego"];

/** @returns {number} the group of an agent, as an index of `GROUPS` */
export function groupOf(agent) {
  if (agent.ego) return 3;
  if (agent.kind === "car") return 0;
  return agent.kind === "pedestrian" ? 2 : 1;
}

const SHARED = {
  lights: { green: "#009E73", yellow: "#F0E442", red: "#D55E00" },
  severities: { error: "#D55E00", warning: "#E69F00", info: "#56B4E9" },
  over: "#CC79A7",
};

const LIGHT = {
  ...SHARED,
  name: "light",
  ground: "#eef0f3",
  area: "#d9dde3",
  border: "#9aa3af",
  grid: "#dde1e7",
  gridText: "#7b8594",
  agents: ["#0072B2", "#CC79A7", "#E69F00", "#D55E00"],
  rim: "#1d2733",
  nose: "#ffffff",
  text: "#1d2733",
  halo: "rgba(255,255,255,0.85)",
  ghost: "#5d6673",
  selected: "#111827",
  unknownLight: "#8a93a1",
  infraction: "#C2185B",
  plot: "#0072B2",
  muted: "#8a93a1",
  cursor: "#111827",
};

const DARK = {
  ...SHARED,
  name: "dark",
  ground: "#14181e",
  area: "#262d37",
  border: "#566172",
  grid: "#232a34",
  gridText: "#76839a",
  agents: ["#3aa0e0", "#d58fb6", "#E69F00", "#ee6a1f"],
  rim: "#eef2f7",
  nose: "#0d1116",
  text: "#eef2f7",
  halo: "rgba(13,17,22,0.8)",
  ghost: "#a5b0bf",
  selected: "#ffffff",
  unknownLight: "#76839a",
  infraction: "#ff5c93",
  plot: "#56B4E9",
  muted: "#76839a",
  cursor: "#ffffff",
};

/** @param {boolean} dark */
export function paletteOf(dark) {
  return dark ? DARK : LIGHT;
}
