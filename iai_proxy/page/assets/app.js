// What can be done with the page. Controls and keys call its methods.

import { Address } from "./address.js";
import { AgentCard } from "./agent_card.js";
import { AgentList } from "./agent_list.js";
import { Camera } from "./camera.js";
import { Chosen } from "./chosen.js";
import { ComparePanel } from "./compare_panel.js";
import { byId, say, setText } from "./dom.js";
import { FindingWalk } from "./finding_walk.js";
import { Findings } from "./findings.js";
import { momentOf } from "./fragment.js";
import { Framing } from "./framing.js";
import { LAYERS, shownMoment, showMoment } from "./moments.js";
import { Player, SPEEDS } from "./player.js";
import { Signal, seldom } from "./signal.js";
import { Stage } from "./stage.js";
import { StepPanel } from "./step_panel.js";

/** In a live run the newest step is gone to in this time, if it is not further away than so many. */
const GLIDE_MS = 400;
const MOST_GLIDED = 20;

export class App {
  /** Tells that what is looked at, layers, camera or the run changed. */
  changed = new Signal();
  /** Tells that lists and details are brought up to date. */
  refreshed = new Signal();
  /** Tells that a picture was drawn. */
  drawn = new Signal();
  layers = { ...LAYERS };
  /** In a live run: whether the newest step is shown as it comes. */
  newest = false;

  /** @param {import("./run.js").Run} run */
  constructor(run) {
    this.run = run;
    this.chosen = new Chosen(run);
    this.camera = new Camera();
    this.player = new Player(run.stepS);
    this.player.live = run.source.live;
    this.newest = run.source.live;
    this.card = new AgentCard({ seek: (step) => this.jump(step), close: () => this.select(null),
      follow: () => this.toggleFollow() });
    this.framing = new Framing(this);
    this.walk = new FindingWalk(this);
    this.stage = new Stage(this, () => this.drawn.emit());
    this.agents = new AgentList((agent) => this.select(agent));
    this.agents.onfilter = () => this.refresh();
    this.compare = new ComparePanel({ seek: (step) => this.jump(step),
      goTo: (problem) => this.walk.goTo(problem) });
    this.findings = new Findings((problem) => this.walk.goTo(problem));
    this.stepPanel = new StepPanel();
    this.address = new Address(this);
    this.refreshSoon = seldom(200, () => this.refresh());
    this.#watch();
  }

  /** Show the moment of the address, else the beginning. */
  start() {
    this.stage.map.resize();
    const [pair] = this.run.compared;
    const first = pair ? { sim: pair.sim, branch: pair.branch,
      over: { sim: pair.over_sim, branch: pair.over_branch }, step: pair.parts_at ?? undefined } : {};
    this.apply({ ...first, ...momentOf(location.hash) });
    if (pair?.note) this.notice(pair.note);
  }

  #watch() {
    this.player.stepped.on(() => this.#refreshInTime());
    this.player.changed.on(() => {
      this.stage.timeline.forget();
      if (!this.player.playing) this.address.note();
      this.stage.request();
    });
    this.run.loaded.on((error) => this.#take(error));
    this.run.grew.on(() => this.#grow());
    this.run.followed = () => this.newest;
  }

  /** Bring lists up to date: at once, or a few times a second while playing. */
  #refreshInTime() {
    if (this.player.moving) this.refreshSoon();
    else this.refresh();
    this.stage.request();
  }

  #take(error) {
    if (error) this.notice(error.message);
    this.#lookFirst();
    this.#forgetUnknown();
    this.stage.forget();
    this.#refreshInTime();
  }

  #lookFirst() {
    if (this.framing.first()) this.#changedLook();
  }

  /** An agent that an address names may be none of the run's. */
  #forgetUnknown() {
    const { agent, track } = this.chosen;
    if (agent === null || !track.complete || track.overview.agents.has(agent)) return;
    this.notice(`There is no agent ${agent} on this branch.`);
    this.selected(null);
  }

  #grow() {
    this.player.live = this.run.source.live;
    this.#choose((this.newest && this.chosen.begun) || {});
    if (this.newest && !this.player.playing) this.#goToLast();
    this.changed.emit();
  }

  /** Show the newest step: smoothly, if it is the next few that have come. */
  #goToLast() {
    const { player } = this;
    const few = player.last - player.position <= MOST_GLIDED;
    if (few && !matchMedia("(prefers-reduced-motion)").matches) player.glideToLast(GLIDE_MS);
    else player.seek(player.last);
    this.stage.request();
  }

  // ---- what is looked at

  /** Show another simulation or branch, or lay another over it. */
  choose(change) {
    this.address.keep();
    this.#choose(change);
    this.refresh();
    this.changed.emit();
    this.address.push();
  }

  #choose(change) {
    this.show(this.chosen.set(change));
  }

  /** Show what is chosen. @param {boolean} isAnother whether it is another simulation now */
  show(isAnother) {
    const { chosen } = this;
    const { unchecked, left_out: leftOut } = chosen.track.simulation;
    this.findings.show(chosen.problems, unchecked, leftOut);
    this.compare.show(chosen.pair);
    if (isAnother) {
      this.stage.showGround(chosen.track.simulation);
      this.camera.mirrored = chosen.mirrored;
      this.framing.begin();
      this.#lookFirst();
    }
    this.player.setSteps(chosen.track.first, chosen.track.last);
    this.stage.forget();
  }

  /** @param {?number} agent */
  select(agent) {
    this.address.keep();
    this.selected(agent);
  }

  /** Show that an agent is selected, as a moment to come back to. */
  selected(agent) {
    this.chosen.agent = agent;
    if (agent === null) this.chosen.follow = false;
    this.refresh();
    if (agent !== null) this.agents.reveal(agent);
    this.changed.emit();
    this.address.push();
  }

  toggleFollow() {
    const { chosen, camera } = this;
    chosen.follow = !chosen.follow && chosen.agent !== null;
    if (chosen.follow && camera.fov > 150) camera.fov = 90;
    this.#changedLook();
  }

  toggleLayer(name) {
    this.layers[name] = !this.layers[name];
    this.#changedLook();
  }

  toggleMirror() {
    this.camera.mirrored = !this.camera.mirrored;
    this.#changedLook();
  }

  #changedLook() {
    this.stage.request();
    this.changed.emit();
    this.address.note();
  }

  // ---- where in time

  /** Go to a step, as to a moment to come back from. */
  jump(step) {
    this.address.keep();
    this.seek(step);
    this.address.push();
  }

  /** Go to a step; to the last of a live run, and on with it. */
  seek(step) {
    this.newest = this.run.source.live && step >= this.player.last;
    this.player.seek(step);
    this.changed.emit();
  }

  changeSpeed(way) {
    const nearest = SPEEDS.findIndex((speed) => speed >= this.player.speed);
    this.player.setSpeed(SPEEDS[Math.min(Math.max(nearest + way, 0), SPEEDS.length - 1)]);
  }

  // ---- where on the map

  /** Show all agents, and the ground. */
  fit() {
    this.chosen.follow = false;
    this.framing.all();
    this.#moved();
  }

  zoom(factor, x, y) {
    const { follow } = this.chosen;
    this.camera.zoom(factor, follow ? undefined : x, follow ? undefined : y);
    this.#moved();
  }

  pan(dx, dy) {
    this.chosen.follow = false;
    this.camera.pan(dx, dy);
    this.#moved();
  }

  #moved() {
    this.framing.done();
    this.#changedLook();
  }

  // ---- the address

  /** @returns {import("./fragment.js").Moment} */
  moment() {
    return shownMoment(this);
  }

  /** @param {import("./fragment.js").Moment} moment */
  apply(moment) {
    showMoment(this, moment);
  }

  async copyLink() {
    this.newest = false;
    this.changed.emit();
    this.address.push();
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The address of this moment is copied.");
    } catch {
      this.say("The address of this moment is in the address bar.");
    }
  }

  openHelp() {
    byId("help").showModal();
  }

  filterFindings() {
    byId("tab-findings").click();
    byId("finding-filter").focus();
  }

  // ---- what is told

  /** Tell those who listen rather than look. */
  say(text) {
    say(text);
  }

  notice(text) {
    byId("notice").hidden = !text;
    setText(byId("notice"), text);
  }

  /** Bring lists and details up to date. */
  refresh() {
    const { player, run } = this;
    const { track, agent } = this.chosen;
    this.agents.show(track, player.step, agent);
    this.card.show(this.stage.look(), player.step);
    this.stepPanel.show(track, player.step, run.stepS);
    this.refreshed.emit();
    this.stage.request();
    if (!player.playing) this.address.note();
  }
}
