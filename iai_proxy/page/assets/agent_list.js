// The agents of the step that is shown, as a list of options: arrows choose.

import { infractionsIn, swatchOf } from "./agent_card.js";
import { isPlaced } from "./decode.js";
import { byId, make, setText } from "./dom.js";

export class AgentList {
  #rows = new Map();
  #shown = "";

  /** @param {(agent: number) => void} select */
  constructor(select) {
    this.list = byId("agent-list");
    this.filter = byId("agent-filter");
    this.count = byId("agent-count");
    this.select = select;
    this.list.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-agent]");
      if (row) select(Number(row.dataset.agent));
    });
    this.filter.addEventListener("input", () => this.onfilter?.());
  }

  /** @param {import("./track.js").Track} track */
  show(track, step, selected) {
    const chunk = track.chunkAt(step);
    if (!chunk) return;
    const present = chunk.agents.filter((_, row) => (
      chunk.columns.flags[row * chunk.count + step - chunk.first] & 1));
    setText(this.count, `${present.length}`);
    if (this.list.closest("[hidden]")) return;
    const wanted = this.filter.value.trim().toLowerCase();
    const matching = wanted ? present.filter((agent) => matches(agent, wanted)) : present;
    this.#fill(matching);
    for (const agent of matching) this.#update(agent, chunk, step, selected);
    const chosen = this.#rows.get(selected);
    if (chosen) this.list.setAttribute("aria-activedescendant", chosen.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  /** Bring an agent's row into sight. */
  reveal(agent) {
    this.#rows.get(agent)?.scrollIntoView({ block: "nearest" });
  }

  #fill(agents) {
    const wanted = agents.map((agent) => `${agent.number}${agent.kind}${agent.ego}`).join();
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.#rows = new Map(agents.map((agent) => [agent.number, rowOf(agent)]));
    if (agents.length === 0) this.list.replaceChildren(make("li", { class: "empty", text: "No agents." }));
    else this.list.replaceChildren(...this.#rows.values());
  }

  #update(agent, chunk, step, selected) {
    const row = this.#rows.get(agent.number);
    const at = chunk.rowOf.get(agent.number) * chunk.count + step - chunk.first;
    const chosen = `${agent.number === selected}`;
    if (row.getAttribute("aria-selected") !== chosen) row.setAttribute("aria-selected", chosen);
    setText(row.children[2], infractionsIn(chunk.columns.flags[at]).join(", "));
    setText(row.children[3], isPlaced(chunk, at) ? `${(chunk.shown.speed[at] / 100).toFixed(1)} m/s` : "nowhere");
  }

  #key(event) {
    const agents = [...this.#rows.keys()];
    if (!agents.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = this.list.querySelector("[aria-selected=true]");
    const at = chosen ? agents.indexOf(Number(chosen.dataset.agent)) : -1;
    const to = { ArrowDown: at + 1, ArrowUp: Math.max(at - 1, 0), Home: 0, End: agents.length - 1,
      PageDown: at + 10, PageUp: Math.max(at - 10, 0) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const agent = agents[Math.min(to, agents.length - 1)];
    this.select(agent);
    this.reveal(agent);
  }
}

function matches(agent, wanted) {
  return `${agent.number}` === wanted || agent.kind.toLowerCase().includes(wanted)
    || (agent.ego && wanted === "ego");
}

function rowOf(agent) {
  return make("li", { role: "option", id: `agent-${agent.number}`, "data-agent": agent.number,
    "aria-selected": "false" },
  make("span", { class: `swatch ${swatchOf(agent)}`, "aria-hidden": "true" }),
  make("span", { class: "name" }, make("b", { text: `${agent.number}` }),
    ` ${agent.kind}${agent.ego ? " \u00b7 ego" : ""}`),
  make("span", { class: "wrong" }), make("span", { class: "value" }));
}
