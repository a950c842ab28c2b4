// How the step that is shown came about: its calls, their latency, and the lights.

import { infractionsIn } from "./agent_card.js";
import { byId, facts, plural, table } from "./dom.js";
import { lightsAt } from "./draw_marks.js";

export class StepPanel {
  constructor() {
    this.panel = byId("panel-step");
  }

  show(track, step, stepS) {
    if (this.panel.hidden) return;
    const chunk = track.chunkAt(step);
    if (!chunk) return;
    const call = chunk.calls[step - chunk.first];
    const rows = [["Step", `${step}, ${(step * stepS).toFixed(1)} s`], ...agentRows(chunk, step)];
    const content = [facts(call ? [...rows, ...callRows(call)] : rows)];
    if (call && call.parts.length > 1) content.push(partsTable(call, chunk, step));
    const lights = lightsAt(chunk, step);
    if (lights && Object.keys(lights).length) content.push(lightsTable(lights));
    this.panel.replaceChildren(...content);
  }
}

function agentRows(chunk, step) {
  let present = 0;
  const wrong = new Map();
  chunk.agents.forEach((agent, row) => {
    const flags = chunk.columns.flags[row * chunk.count + step - chunk.first];
    present += flags & 1;
    for (const words of infractionsIn(flags)) {
      wrong.set(words, [...(wrong.get(words) ?? []), agent.number]);
    }
  });
  return [["Agents", `${present}`],
    ...[...wrong].map(([words, agents]) => [words[0].toUpperCase() + words.slice(1),
      `agent ${agents.join(", ")}`])];
}

function callRows(call) {
  const failed = call.attempts.length
    ? `${plural(call.attempts.length, "call")} failed before: ${call.attempts.join(", ")}` : "none";
  return [
    ["Began", new Date(call.started).toISOString().replace("T", " ").replace("Z", " UTC")],
    ["Latency", `${call.latency.toFixed(1)} ms`],
    ["Retries", failed],
    ["Calls", call.parts.length > 1 ? plural(call.parts.length, "part") : `${call.parts[0]?.[0] ?? "none"}`],
    ["Seed", call.seed ?? "none"],
    ["Model", call.model ?? "unknown"],
  ];
}

function partsTable(call, chunk, step) {
  const own = call.parts.map(() => 0);
  chunk.agents.forEach((_, row) => {
    const at = row * chunk.count + step - chunk.first;
    if (chunk.columns.flags[at] & 1) own[chunk.columns.part[at]] += 1;
  });
  return table("Parts of the large call", ["Call", "Own agents", "In its answer"],
    call.parts.map(([number, answered], part) => [number, own[part], answered]));
}

function lightsTable(lights) {
  return table("Traffic lights", ["Actor", "State"], Object.entries(lights));
}
