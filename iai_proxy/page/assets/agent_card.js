// The selected agent: state, size, lineage and history.

import { Chart, chartRange, gapsOf, historyOf } from "./charts.js";
import { COLLISION, FAR, KNOWN, OFF_ROAD, OUTSIDE, WRONG_WAY, isPlaced } from "./decode.js";
import { distance, placed } from "./distance.js";
import { amount, byId, facts, make } from "./dom.js";

const INFRACTIONS = [[COLLISION, "collision"], [OFF_ROAD, "off the road"],
  [WRONG_WAY, "wrong way"], [OUTSIDE, "outside the supported area"]];

/** What is wrong with an agent at a step, in words. */
export function infractionsIn(flags) {
  return INFRACTIONS.filter(([flag]) => flags & flag).map(([, words]) => words);
}

export class AgentCard {
  #agent = null;
  #drawnFor = "";

  /** @param {{seek: Function, close: Function, follow: Function}} actions */
  constructor(actions) {
    this.element = byId("agent-card");
    this.title = make("h2", {});
    this.swatch = make("span", { class: "swatch" });
    this.details = make("div", {});
    this.charts = [new Chart("Speed", "m/s", actions.seek),
      new Chart("Heading", "\u00b0", actions.seek, (degrees) => degrees - 360 * Math.ceil(degrees / 360 - 0.5)),
      new Chart("Acceleration", "m/s\u00b2", actions.seek), new Chart("Apart", "m", actions.seek)];
    this.element.append(
      make("header", {}, this.swatch, this.title,
        make("button", { type: "button", text: "Follow", onclick: actions.follow, title: "Follow (f)" }),
        make("button", { type: "button", class: "icon", text: "\u00d7", "aria-label": "Deselect the agent",
          title: "Deselect (Escape)", onclick: actions.close })),
      this.details, ...this.charts.map((chart) => chart.element));
  }

  /** Draw the charts of a long history again when there is more of it. */
  forget() {
    this.#drawnFor = "";
  }

  /** @param {Object} look see `WorldMap.draw`; besides `stepS`, `overAgent` */
  show(look, step) {
    this.element.hidden = look.agent === null;
    if (look.agent === null) return;
    const cell = look.track.cell(look.agent, step);
    const agent = cell?.chunk.agents[cell.row] ?? this.#known(look.agent);
    this.#agent = agent;
    this.title.textContent = agent
      ? `Agent ${agent.number} \u00b7 ${agent.kind}${agent.ego ? " \u00b7 ego" : ""}` : `Agent ${look.agent}`;
    this.swatch.className = `swatch ${swatchOf(agent)}`;
    this.details.replaceChildren(cell ? facts(this.#facts(look, cell, step))
      : make("p", { class: "muted", text: "Not present at this step." }));
    this.#showCharts(look, step);
  }

  draw(position, palette) {
    if (this.element.hidden) return;
    for (const chart of this.charts) if (!chart.element.hidden) chart.draw(position, palette);
  }

  #known(number) {
    return this.#agent?.number === number ? this.#agent : null;
  }

  #showCharts(look, step) {
    const range = chartRange(look.track, step);
    const key = `${look.track.simulation.key}/${look.track.number}/${look.agent}/${range}/`
      + `${look.overTrack?.simulation.key}/${look.overTrack?.number}`;
    if (key === this.#drawnFor) return;
    this.#drawnFor = key;
    const history = historyOf(look.track, look.agent, range, look.stepS);
    const over = look.overTrack && look.overAgent !== null
      ? historyOf(look.overTrack, look.overAgent, range, look.stepS) : null;
    this.charts[0].show(history.speed, range, over?.speed);
    this.charts[1].show(history.heading, range, over?.heading);
    this.charts[2].show(history.acceleration, range, over?.acceleration);
    this.charts[3].element.hidden = !over;
    if (over) {
      this.charts[3].show(gapsOf(look.track, look.agent, look.overTrack, look.overAgent, range), range);
    }
  }

  #facts(look, { chunk, at, row }, step) {
    const { shown, columns, moved } = chunk;
    const agent = chunk.agents[row];
    const known = isPlaced(chunk, at);
    const rows = known ? placeRows(shown, at) : [["Position", nowhere(columns.flags[at])]];
    rows.push(["Size", `${amount(agent.length, 2, "")} \u00d7 ${amount(agent.width, 2, "m")}`],
      ["Rear axle", agent.rear === null ? "unknown" : `${agent.rear.toFixed(2)} m behind the middle`]);
    if (moved?.[at]) rows.push(["Client", this.#movedBy(chunk, at)]);
    const wrong = infractionsIn(columns.flags[at]);
    if (wrong.length) rows.push(["Infractions", wrong.join(", ")]);
    if (look.overTrack && known) rows.push(["Laid over", this.#gap(look, chunk, at, step)]);
    return [...rows, ...this.#lineage(look, chunk, at, step)];
  }

  #movedBy({ shown, columns }, at) {
    if (!(columns.flags[at] & KNOWN)) return "sent another state: what was answered is not a number";
    const by = Math.hypot(shown.x[at] - columns.x[at], shown.y[at] - columns.y[at]) / 100;
    return `put it ${distance(by)} from what was answered`;
  }

  #gap({ overTrack, overAgent }, { shown }, at, step) {
    const other = overAgent === null ? null : overTrack.cell(overAgent, step);
    if (step > overTrack.last) return `has ended at step ${overTrack.last}`;
    if (!other || !isPlaced(other.chunk, other.at)) return "not there";
    const there = other.chunk.shown;
    const apart = Math.hypot(shown.x[at] - there.x[other.at], shown.y[at] - there.y[other.at]);
    return `${distance(apart / 100)} apart`;
  }

  #lineage({ track, agent }, { columns, calls, first }, at, step) {
    const call = calls[step - first];
    const order = [["Order", `index ${columns.order[at]} of the client's agents`]];
    if (!call || !(columns.flags[at] & KNOWN)) return order;
    const part = columns.part[at];
    const number = call.parts[part]?.[0];
    const which = call.parts.length > 1 ? `call ${number}, part ${part + 1} of ${call.parts.length}`
      : `call ${number}`;
    return [...order, ["Answer", `${which}, index ${columns.place[at]}`],
      ["Recurrent state", marked(columns.mark[at])],
      ...sentState(track.cell(agent, step - 1), columns.sent[at])];
  }
}

function placeRows({ x, y, heading, speed }, at) {
  return [["Position", placed(x[at], y[at])], ["Heading", `${(heading[at] / 10).toFixed(1)}\u00b0`],
    ["Speed", `${(speed[at] / 100).toFixed(2)} m/s`]];
}

/** Why an agent that is present can't be drawn. */
function nowhere(flags) {
  return flags & FAR ? "on no map: further away than half way round the earth"
    : "nowhere: its answered state is not four finite numbers";
}

function marked(mark) {
  return mark ? make("code", { text: mark.toString(16).padStart(8, "0") }) : "none";
}

/** Whose recurrent state the client sent: that of the answer before, or another. */
function sentState(before, sent) {
  if (!before) return [];
  const { chunk, at } = before;
  if (sent && sent === chunk.columns.mark[at]) return [["Sent", "the one answered before"]];
  const step = at % chunk.count;
  const row = sent ? chunk.agents.findIndex((_, other) => (
    chunk.columns.mark[other * chunk.count + step] === sent)) : -1;
  if (row >= 0) return [["Sent", `agent ${chunk.agents[row].number}'s`]];
  return [["Sent", marked(sent)]];
}

/** The class of an agent's colour. */
export function swatchOf(agent) {
  if (!agent) return "";
  if (agent.ego) return "ego";
  return agent.kind === "car" || agent.kind === "pedestrian" ? agent.kind : "other";
}
