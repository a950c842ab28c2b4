// The findings of a branch, filtered by severity and text; a click goes to step and agent.

import { byId, make, plural, setText } from "./dom.js";

const SEVERITIES = ["error", "warning", "info"];
const MOST_SHOWN = 400;

export class Findings {
  #problems = [];
  #hidden = new Set();
  #shown = "";
  #unchecked = "";
  #leftOut = [];

  /** @param {(problem: Object) => void} go */
  constructor(go) {
    this.go = go;
    this.list = byId("finding-list");
    this.filter = byId("finding-filter");
    this.filter.addEventListener("input", () => this.#fill());
    this.chips = byId("severities");
    this.count = byId("finding-count");
  }

  /**
   * @param {Object[]} problems of the branch
   * @param {string} [unchecked] why there may be more that no one knows of
   * @param {string[]} [leftOut] what of the location is not drawn
   */
  show(problems, unchecked = "", leftOut = []) {
    const shown = JSON.stringify([problems, unchecked, leftOut]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#unchecked = unchecked;
    this.#leftOut = leftOut;
    this.#problems = [...problems].sort((a, b) => (
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.first - b.first));
    setText(this.count, problems.length ? `${problems.length}` : unchecked && "?");
    this.chips.replaceChildren(...SEVERITIES.map((severity) => this.#chip(severity)));
    this.#fill();
  }

  #chip(severity) {
    const count = this.#problems.filter((problem) => problem.severity === severity).length;
    return make("button", { type: "button", class: `chip ${severity}`, disabled: count === 0,
      "aria-pressed": `${!this.#hidden.has(severity)}`, text: plural(count, severity),
      onclick: (event) => {
        if (!this.#hidden.delete(severity)) this.#hidden.add(severity);
        event.target.setAttribute("aria-pressed", `${!this.#hidden.has(severity)}`);
        this.#fill();
      } });
  }

  #fill() {
    const wanted = this.filter.value.trim().toLowerCase();
    const matching = this.#problems.filter((problem) => !this.#hidden.has(problem.severity)
      && textOf(problem).includes(wanted));
    const rows = matching.slice(0, MOST_SHOWN).map((problem) => findingRow(problem, this.go));
    if (this.#unchecked) rows.unshift(note(`Not checked: ${this.#unchecked}`, "unchecked"));
    else if (!this.#problems.length) rows.push(note("No findings."));
    if (this.#problems.length && !matching.length) rows.push(note("None matches."));
    if (matching.length > MOST_SHOWN) {
      rows.push(note(`${matching.length - MOST_SHOWN} more: filter them.`));
    }
    rows.unshift(...this.#leftOut.map((sentence) => note(`Not drawn: ${sentence}`, "left-out")));
    this.list.replaceChildren(...rows);
  }
}

function note(text, kind = "") {
  return make("li", { class: `empty ${kind}`, text });
}

/** A finding as a row of a list. @param {(problem: Object) => void} go */
export function findingRow(problem, go) {
  const where = problem.first === problem.last ? `step ${problem.first}`
    : `steps ${problem.first}\u2013${problem.last}`;
  const who = problem.agents.length ? ` \u00b7 ${agentsOf(problem.agents)}` : "";
  const call = problem.call === null ? "" : ` \u00b7 call ${problem.call}`;
  return make("li", {}, make("button", { type: "button", class: `finding ${problem.severity}`,
    onclick: () => go(problem) },
  make("span", { class: "head" }, make("b", { text: `${problem.code} ${problem.name}` }),
    make("span", { class: "badge", text: problem.severity })),
  make("span", { class: "sentence", text: problem.sentence }),
  make("span", { class: "fix", text: problem.fix }),
  make("span", { class: "muted", text: `${where}${who}${call}` })));
}

function agentsOf(agents) {
  if (agents.length === 1) return `agent ${agents[0]}`;
  return agents.length <= 8 ? `agents ${agents.join(", ")}` : plural(agents.length, "agent");
}

function textOf({ code, name, severity, sentence, fix }) {
  return `${code} ${name} ${severity} ${sentence} ${fix}`.toLowerCase();
}
