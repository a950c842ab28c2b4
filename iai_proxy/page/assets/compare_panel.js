// How two runs differ: set-up, growth of the distance, agents, findings, latencies.

import { Chart } from "./charts.js";
import { byId, make, plural, table } from "./dom.js";
import { distance } from "./distance.js";
import { findingRow } from "./findings.js";

const MOST_AGENTS = 40;

export class ComparePanel {
  #shown = null;

  /** @param {{seek: (step: number) => void, goTo: (problem: Object) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.tab = byId("tab-compare");
    this.panel = byId("panel-compare");
    this.growth = new Chart("Distance of the agent furthest from itself", "m", actions.seek);
    this.growth.canvas.classList.add("growth");
  }

  /** @param {?Object} pair that is looked at; its details are told */
  show(pair) {
    const details = pair?.details ?? null;
    if (details === this.#shown) return;
    this.#shown = details;
    if (!details && this.tab.getAttribute("aria-selected") === "true") byId("tab-agents").click();
    this.tab.hidden = !details;
    if (details) this.#fill(pair, details);
  }

  draw(position, palette) {
    if (!this.panel.hidden && this.growth.element.isConnected) this.growth.draw(position, palette);
  }

  #fill(pair, details) {
    const { a, b, steps, metres } = details;
    this.panel.replaceChildren(
      make("p", { class: "sides" }, make("b", { text: "A " }), sideOf(a), make("br"),
        make("b", { text: "B " }), sideOf(b)),
      make("p", { text: pair.note }), ...endsOf(a, b), ...this.#growthOf(steps, metres),
      ...this.#agents(details), ...setUpOf(details.set_up), ...latencyOf(details.latency),
      ...this.#findings(pair, details));
  }

  #growthOf(steps, metres) {
    if (!steps.length) return [make("p", { text: "The runs have no step in common." })];
    const range = [steps[0], steps.at(-1)];
    const values = new Float64Array(range[1] - range[0] + 1).fill(NaN);
    steps.forEach((step, i) => {
      if (metres[i] !== null) values[step - range[0]] = metres[i];
    });
    this.growth.show(values, range);
    return [this.growth.element];
  }

  #agents({ agents, agents_apart: count }) {
    if (!agents.length) return [];
    const seek = (step, agent) => make("button", { type: "button", class: "step", text: `${step}`,
      onclick: () => this.actions.goTo({ first: step, agents: [agent], sentence: `Agent ${agent}.` }) });
    const rows = agents.slice(0, MOST_AGENTS).map(({ agent, other, step, most, most_step: at }) => [
      agent === other ? agent : `${agent} (${other} in B)`, seek(step, agent), distance(most), seek(at, agent)]);
    const shown = [table("Agents that part", ["Agent", "Parts at", "Furthest", "At step"], rows)];
    if (count > rows.length) shown.push(make("p", { class: "muted", text: `and ${plural(count - rows.length, "agent")} more` }));
    return shown;
  }

  #findings(pair, details) {
    const unchecked = details.unchecked.map((why, i) => (why ? `${"AB"[i]} not checked: ${why}` : ""));
    if (unchecked.some(Boolean)) {
      return [make("h3", { text: "Findings not compared" }),
        ...unchecked.filter(Boolean).map((text) => make("p", { class: "muted", text }))];
    }
    const numbers = new Map((pair.agents ?? []).map(([agent, other]) => [other, agent]));
    const ours = (problem) => ({ ...problem,
      agents: problem.agents.map((agent) => numbers.get(agent)).filter((agent) => agent !== undefined) });
    return [...this.#list("Findings only in B", details.new, ours),
      ...this.#list("Findings only in A", details.gone, (problem) => problem)];
  }

  #list(title, problems, here) {
    const go = (problem) => this.actions.goTo(here(problem));
    return [make("h3", { text: title }), problems.length
      ? make("ul", {}, ...problems.map((problem) => findingRow(problem, go)))
      : make("p", { class: "muted", text: "None." })];
  }
}

function sideOf({ source, simulation, branch, location }) {
  return `${source}, simulation ${simulation}, branch ${branch}: ${location}`;
}

function endsOf(a, b) {
  if (a.last === b.last) return [];
  return [make("p", { text: `A ends at step ${a.last}, B at step ${b.last}.` })];
}

function setUpOf(differences) {
  if (!differences.length) return [make("p", { text: "The set-up is the same." })];
  return [table("Set-up", ["", "A", "B"],
    differences.map(({ name, a, b }) => [name, a || "none", b || "none"]))];
}

function latencyOf([a, b]) {
  const ms = (value) => (value === null ? "unknown" : `${value.toFixed(1)} ms`);
  return [table("Latency of a step", ["", "A", "B"], [["median", ms(a.median_ms), ms(b.median_ms)],
    ["95th percentile", ms(a.p95_ms), ms(b.p95_ms)], ["failed attempts", a.attempts, b.attempts]])];
}
