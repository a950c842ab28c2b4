// Buttons, choices and tabs: they call the app, and show its state.

import { byId, make, setText } from "./dom.js";
import { KEYS } from "./keys.js";
import { LAYERS } from "./moments.js";
import { SPEEDS } from "./player.js";
import { watchPointers } from "./pointers.js";

const LAYER_NAMES = { trails: "Trails", ids: "Numbers", velocities: "Velocities",
  ghosts: "Overwritten answers", lights: "Lights and signs", infractions: "Infractions",
  parts: "Parts of large calls" };

/** @param {import("./app.js").App} app */
export function connectControls(app) {
  connectTransport(app);
  connectMap(app);
  connectLayers(app);
  connectTabs(app);
  fillHelp();
  app.changed.on(() => showState(app));
  app.player.changed.on(() => showPlayer(app));
  app.drawn.on(() => showClock(app));
  app.refreshed.on(() => sayStep(app));
  showPlayer(app);
}

function connectTransport(app) {
  const { player } = app;
  const clicks = {
    "to-first": () => app.jump(player.first), back: () => player.stepBy(-1),
    play: () => player.toggle(), on: () => player.stepBy(1), "to-last": () => app.jump(player.last),
    loop: () => player.setLoop(!player.loop), "loop-from": () => player.loopFrom(),
    "loop-to": () => player.loopTo(), link: () => app.copyLink(), theme: () => app.stage.theme.toggle(),
    "help-open": () => app.openHelp(), live: () => app.jump(player.last),
  };
  for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
  for (const speed of SPEEDS) byId("speed").append(make("option", { value: speed, text: `${speed}\u00d7` }));
  byId("speed").addEventListener("change", (event) => player.setSpeed(Number(event.target.value)));
}

function connectMap(app) {
  byId("zoom-in").addEventListener("click", () => app.zoom(1.4));
  byId("zoom-out").addEventListener("click", () => app.zoom(1 / 1.4));
  byId("fit").addEventListener("click", () => app.fit());
  byId("follow").addEventListener("click", () => app.toggleFollow());
  watchPointers(byId("agents"), {
    pan: (dx, dy) => app.pan(dx, dy),
    zoom: (factor, x, y) => app.zoom(factor, x, y),
    click: (x, y) => app.select(app.stage.map.agentAt(x, y)),
    done: () => app.address.note(),
  });
}

function connectLayers(app) {
  for (const name of Object.keys(LAYERS)) {
    const box = make("input", { type: "checkbox", id: `layer-${name}` });
    box.addEventListener("change", () => app.toggleLayer(name));
    byId("layers").append(make("label", {}, box, LAYER_NAMES[name]));
  }
  const mirror = make("input", { type: "checkbox", id: "layer-mirror" });
  mirror.addEventListener("change", () => app.toggleMirror());
  byId("layers").append(make("label", {}, mirror, "Mirrored (left-handed)"));
  for (const [name, text] of [["car", "car"], ["pedestrian", "pedestrian"], ["other", "other"], ["ego", "ego"]]) {
    byId("legend").append(make("li", {}, make("span", { class: `swatch ${name}` }), text));
  }
}

function connectTabs(app) {
  const all = [...document.querySelectorAll("[role=tab]")];
  const open = (tab) => {
    for (const other of all) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", `${chosen}`);
      other.tabIndex = chosen ? 0 : -1;
      byId(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    app.refresh();
  };
  for (const tab of all) {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const tabs = all.filter((one) => !one.hidden);
      const next = tabs[(tabs.indexOf(tab) + way + tabs.length) % tabs.length];
      open(next);
      next.focus();
    });
  }
}

function fillHelp() {
  for (const { shown, does } of KEYS) {
    byId("help-keys").append(make("dt", {}, make("kbd", { text: shown })), make("dd", { text: does }));
  }
}

/** Fill the choices of simulation, branch and what is laid over. */
export function connectChoices(app) {
  const fill = () => {
    const { run } = app;
    const { sim, branch, over, track } = app.chosen;
    const several = run.simulations.length > 1;
    byId("sim-choice").hidden = !several;
    byId("branch-choice").hidden = track.simulation.branches.length < 2;
    const others = othersOf(app);
    byId("over-choice").hidden = others.length === 0;
    setOptions("sim", run.simulations.map((one) => [one.key, simulationName(run, one)]), sim);
    setOptions("branch", track.simulation.branches.map((one) => [`${one.number}`,
      branchName(one, track.simulation)]), `${branch}`);
    setOptions("over", [["", "nothing"], ...others], over ? `${over.sim}.${over.branch}` : "");
    setText(byId("source"), [track.simulation.source, track.simulation.location].filter(Boolean).join(" \u00b7 "));
    document.title = `${track.simulation.source || "run"} \u00b7 iai-proxy`;
  };
  byId("sim").addEventListener("change", (event) => app.choose({ sim: event.target.value }));
  byId("branch").addEventListener("change", (event) => app.choose({ branch: Number(event.target.value) }));
  byId("over").addEventListener("change", (event) => {
    const [sim, branch] = event.target.value.split(".");
    app.choose({ over: sim ? { sim, branch: Number(branch) } : null });
  });
  app.changed.on(fill);
}

function simulationName(run, { key, number, source, location }) {
  const files = new Set(run.simulations.map((one) => one.source)).size;
  if (files > 1) return `${number} of ${source}`;
  // Keys of the second file begin with b; both have one name if branches of one file are compared.
  if (run.compared.length) return `${number} (${key.startsWith("b") ? "second" : "first"} run)`;
  return `${number}: ${location}`;
}

function branchName({ number, leaves_branch: from, leaves_at: at, last }, { trunk }) {
  const leaves = from === null ? `to step ${last}` : `from step ${at + 1} to ${last}`;
  return `${number}${number === trunk ? " (trunk)" : ""}, ${leaves}`;
}

function othersOf({ run, chosen }) {
  return run.simulations.flatMap((simulation) => simulation.branches
    .filter((branch) => simulation.key !== chosen.sim || branch.number !== chosen.branch)
    .map((branch) => [`${simulation.key}.${branch.number}`, simulation.key === chosen.sim
      ? `branch ${branch.number}`
      : `branch ${branch.number} of simulation ${simulationName(run, simulation)}`]));
}

function setOptions(id, options, chosen) {
  const select = byId(id);
  const known = [...select.options].map((option) => option.textContent);
  if (known.join("\n") !== options.map(([, text]) => text).join("\n")
    || [...select.options].some((option, i) => option.value !== options[i][0])) {
    select.replaceChildren(...options.map(([value, text]) => make("option", { value, text })));
  }
  select.value = chosen;
}

function showState(app) {
  byId("follow").setAttribute("aria-pressed", `${app.chosen.follow}`);
  byId("follow").disabled = app.chosen.agent === null;
  for (const [name, on] of Object.entries(app.layers)) byId(`layer-${name}`).checked = on;
  byId("layer-mirror").checked = app.camera.mirrored;
  byId("live").hidden = !app.run.source.live;
  byId("live").setAttribute("aria-pressed", `${app.newest}`);
}

function showPlayer({ player }) {
  document.documentElement.classList.toggle("playing", player.playing);
  byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  byId("speed").value = `${player.speed}`;
  byId("loop").setAttribute("aria-pressed", `${player.loop}`);
  setText(byId("loop-range"), player.range ? `${player.range[0]}\u2013${player.range[1]}` : "");
}

/** Say that what is laid over has no such step. */
function overEnds(track, step) {
  if (!track || (step >= track.first && step <= track.last)) return "";
  return step > track.last ? `laid over: ended at step ${track.last}` : `laid over: begins at step ${track.first}`;
}

function showClock({ player, run, chosen }) {
  const seconds = `${(player.step * run.stepS).toFixed(1)} s`;
  setText(byId("clock-time"), seconds);
  setText(byId("clock-step"), `step ${player.step}`);
  setText(byId("time"), `${player.step} / ${player.last}`);
  setText(byId("clock-over"), overEnds(chosen.overTrack, player.step));
}

/** The step that was told last: data that comes late must not talk over what was said since. */
let stepSaid = "";

/** Tell the step to a screen reader, and not each one while playing. */
function sayStep(app) {
  const { player, run } = app;
  const slider = byId("timeline");
  slider.setAttribute("aria-valuemin", `${player.first}`);
  slider.setAttribute("aria-valuemax", `${player.last}`);
  slider.setAttribute("aria-valuenow", `${player.step}`);
  const text = `step ${player.step} of ${player.last}, ${(player.step * run.stepS).toFixed(1)} s`;
  slider.setAttribute("aria-valuetext", text);
  if (player.playing || text === stepSaid) return;
  stepSaid = text;
  app.say(text[0].toUpperCase() + text.slice(1));
}
