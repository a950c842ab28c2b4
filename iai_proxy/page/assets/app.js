// The page's state, and what can be done with it. Controls and keys call its methods; it draws.

import { Address } from "./address.js";
import { AgentCard } from "./agent_card.js";
import { AgentList } from "./agent_list.js";
import { Camera } from "./camera.js";
import { byId, setText } from "./dom.js";
import { Findings } from "./findings.js";
import { momentOf } from "./fragment.js";
import { WorldMap } from "./map.js";
import { Player, SPEEDS } from "./player.js";
import { Signal, seldom } from "./signal.js";
import { StepPanel } from "./step_panel.js";
import { Theme } from "./theme.js";
import { Timeline } from "./timeline.js";

/** What can be drawn, and whether it is at first. */
export const LAYERS = { trails: false, ids: false, velocities: false, ghosts: true, lights: true,
  infractions: true, parts: true };

export class App {
  /** Tells that simulation, branch, what is laid over, agent, layers or the run changed. */
  changed = new Signal();
  sim = "";
  branch = 0;
  /** @type {?{sim: string, branch: number}} */
  over = null;
  /** @type {?number} */
  agent = null;
  follow = false;
  layers = { ...LAYERS };
  /** In a live run: whether the newest step is shown as it comes. */
  newest = false;
  problems = [];
  /** How many there were when the run was looked at last. */
  #seen = { simulations: 0, branches: 0 };
  #requested = false;
  #ready = false;
  #look = {};
  #started = false;
  #fitWhenLoaded = false;

  /** @param {import("./run.js").Run} run */
  constructor(run) {
    this.run = run;
    this.camera = new Camera();
    this.player = new Player(run.stepS);
    this.player.live = run.source.live;
    this.newest = run.source.live;
    this.theme = new Theme(() => this.#recolour());
    this.map = new WorldMap(byId("ground"), byId("agents"), this.camera, () => this.request());
    this.timeline = new Timeline(byId("timeline"));
    this.card = new AgentCard({ seek: (step) => this.jump(step), close: () => this.select(null),
      follow: () => this.toggleFollow() });
    this.agents = new AgentList((agent) => this.select(agent));
    this.agents.onfilter = () => this.refresh();
    this.findings = new Findings((problem) => this.goTo(problem));
    this.stepPanel = new StepPanel();
    this.address = new Address(this);
    this.refreshSoon = seldom(200, () => this.refresh());
    this.#watch();
  }

  /** Show the moment of the address, else the beginning. */
  start() {
    this.map.resize();
    const [pair] = this.run.compared;
    const first = pair ? { sim: pair.sim, branch: pair.branch,
      over: { sim: pair.over_sim, branch: pair.over_branch }, step: pair.parts_at ?? undefined } : {};
    this.#started = true;
    this.#fitWhenLoaded = true;
    this.apply({ ...first, ...momentOf(location.hash) });
    if (pair?.note) this.notice(pair.note);
    this.request();
  }

  #watch() {
    this.player.stepped.on(() => {
      if (this.player.playing) this.refreshSoon();
      else this.refresh();
      this.request();
    });
    this.player.changed.on(() => {
      this.timeline.forget();
      if (!this.player.playing) this.address.note();
      this.request();
    });
    this.run.loaded.on((error) => this.#take(error));
    this.run.grew.on(() => this.#grow());
    this.run.followed = () => this.newest;
    new ResizeObserver(() => {
      this.map.resize();
      this.request();
    }).observe(byId("agents"));
    new ResizeObserver(() => this.request()).observe(byId("timeline"));
  }

  #take(error) {
    if (error) this.notice(error.message);
    if (this.#fitWhenLoaded && this.track.overview.bounds) {
      this.#fitWhenLoaded = false;
      this.fit();
    }
    this.card.forget();
    this.timeline.forget();
    if (this.player.playing) this.refreshSoon();
    else this.refresh();
    this.request();
  }

  #grow() {
    this.player.live = this.run.source.live;
    if (this.newest) this.#goToNewest();
    this.#setTracks();
    if (this.newest && !this.player.playing) this.player.seek(this.player.last);
    this.changed.emit();
  }

  /** Go on to a simulation, or a branch of this one, that has just begun. */
  #goToNewest() {
    const { simulations } = this.run;
    const branches = this.run.simulation(this.sim).branches.length;
    if (simulations.length > this.#seen.simulations) {
      Object.assign(this, { sim: simulations.at(-1).key, branch: undefined, over: null, agent: null });
      this.#fitWhenLoaded = true;
    } else if (branches > this.#seen.branches) this.branch = branches;
  }

  #recolour() {
    if (!this.#started) return;
    this.map.forget();
    this.timeline.forget();
    this.request();
  }

  // ---- what is looked at

  /** Show another simulation or branch, or lay another over it. */
  choose(change) {
    this.address.note();
    if (change.sim !== undefined && change.sim !== this.sim) {
      this.#fitWhenLoaded = true;
      Object.assign(this, { branch: undefined, over: null, agent: null, follow: false }, change);
    } else Object.assign(this, change);
    this.#setTracks();
    if (this.#fitWhenLoaded && this.track.overview.bounds) this.#take();
    this.refresh();
    this.changed.emit();
    this.address.push();
  }

  #setTracks() {
    const before = this.track;
    this.track = this.run.track(this.sim, this.branch);
    this.sim = this.track.simulation.key;
    this.branch = this.track.number;
    this.#seen = { simulations: this.run.simulations.length,
      branches: this.track.simulation.branches.length };
    const { over } = this;
    this.overTrack = over ? this.run.track(over.sim, over.branch) : null;
    this.pair = over ? this.run.compared.find((pair) => pair.sim === this.sim
      && pair.branch === this.branch && pair.over_sim === over.sim && pair.over_branch === over.branch)
      : undefined;
    this.pairs = this.pair?.agents ? new Map(this.pair.agents) : null;
    this.problems = problemsOf(this.track);
    this.findings.show(this.problems);
    if (before?.simulation.key !== this.sim) {
      this.map.ground.show(this.track.simulation);
      this.camera.mirrored = this.track.simulation.ground.picture?.mirrored ?? false;
      this.map.forget();
    }
    this.timeline.forget();
    this.card.forget();
    this.player.setSteps(this.track.first, this.track.last);
    this.request();
  }

  /** @param {?number} agent */
  select(agent) {
    this.agent = agent;
    if (agent === null) this.follow = false;
    this.refresh();
    if (agent !== null) this.agents.reveal(agent);
    this.request();
    this.changed.emit();
    this.address.push();
  }

  toggleFollow() {
    this.follow = !this.follow && this.agent !== null;
    if (this.follow && this.camera.fov > 150) this.camera.fov = 90;
    this.changed.emit();
    this.address.note();
    this.request();
  }

  toggleLayer(name) {
    this.layers[name] = !this.layers[name];
    this.changed.emit();
    this.address.note();
    this.request();
  }

  toggleMirror() {
    this.camera.mirrored = !this.camera.mirrored;
    this.changed.emit();
    this.address.note();
    this.request();
  }

  // ---- where in time

  /** Go to a step, as to a moment to come back from. */
  jump(step) {
    this.newest = this.run.source.live && step >= this.player.last;
    this.player.seek(step);
    this.changed.emit();
    this.address.push();
  }

  /** Go to where a finding shows. */
  goTo(problem) {
    this.player.pause();
    this.newest = false;
    this.player.seek(problem.first);
    if (problem.agents.length) {
      this.agent = problem.agents[0];
      this.#centerOn(this.agent);
    }
    this.select(this.agent);
    this.say(`Step ${this.player.step}. ${problem.sentence}`);
  }

  #centerOn(agent) {
    const cell = this.track.cell(agent, this.player.step);
    if (!cell) return;
    this.camera.x = cell.chunk.shown.x[cell.at] / 100;
    this.camera.y = cell.chunk.shown.y[cell.at] / 100;
    this.camera.fov = Math.min(this.camera.fov, 120);
  }

  /** @param {1|-1} way */
  nextProblem(way) {
    const steps = [...this.problems].sort((a, b) => way * (a.first - b.first));
    const next = steps.find((one) => way * (one.first - this.player.step) > 0);
    if (next) this.goTo(next);
    else this.say("No more findings that way.");
  }

  changeSpeed(way) {
    const nearest = SPEEDS.findIndex((speed) => speed >= this.player.speed);
    this.player.setSpeed(SPEEDS[Math.min(Math.max(nearest + way, 0), SPEEDS.length - 1)]);
  }

  loopFrom() {
    const to = this.player.range ? this.player.range[1] : this.player.last;
    this.player.setRange([this.player.step, Math.max(to, this.player.step)]);
  }

  loopTo() {
    const from = this.player.range ? this.player.range[0] : this.player.first;
    this.player.setRange([Math.min(from, this.player.step), this.player.step]);
  }

  // ---- where on the map

  fit() {
    this.follow = false;
    this.camera.fit(this.map.bounds(this.track));
    this.#moved();
  }

  zoom(factor, x, y) {
    const followed = this.follow;
    this.camera.zoom(factor, followed ? undefined : x, followed ? undefined : y);
    this.#moved();
  }

  pan(dx, dy) {
    this.follow = false;
    this.camera.pan(dx, dy);
    this.#moved();
  }

  #moved() {
    this.#fitWhenLoaded = false;
    this.request();
    this.changed.emit();
    this.address.note();
  }

  // ---- the address

  /** @returns {import("./fragment.js").Moment} */
  moment() {
    const { sim, branch, agent, follow, camera, player } = this;
    const over = this.over ?? (this.run.compared.length ? null : undefined);
    const mirrored = this.track.simulation.ground.picture?.mirrored ?? false;
    const names = Object.keys(LAYERS);
    const show = names.some((name) => this.layers[name] !== LAYERS[name])
      ? names.filter((name) => this.layers[name]) : undefined;
    return { sim, branch, step: player.step, agent, follow, over, show, loop: player.range, camera,
      mirror: camera.mirrored === mirrored ? undefined : camera.mirrored };
  }

  /** @param {import("./fragment.js").Moment} moment */
  apply(moment) {
    this.sim = moment.sim ?? this.sim;
    this.branch = moment.branch ?? this.branch;
    this.over = moment.over ?? null;
    this.agent = moment.agent ?? null;
    this.follow = Boolean(moment.follow) && this.agent !== null;
    this.#setTracks();
    if (moment.mirror !== undefined) this.camera.mirrored = moment.mirror;
    if (moment.camera) {
      Object.assign(this.camera, moment.camera);
      this.#fitWhenLoaded = false;
    }
    if (moment.loop) this.player.setRange(moment.loop);
    for (const name of Object.keys(LAYERS)) {
      this.layers[name] = moment.show ? moment.show.includes(name) : LAYERS[name];
    }
    if (moment.step !== undefined) {
      this.newest = false;
      this.player.seek(moment.step);
    } else if (this.newest) this.player.seek(this.player.last);
    this.refresh();
    this.request();
    this.changed.emit();
  }

  async copyLink() {
    this.address.note();
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

  // ---- what is shown

  /** Tell those who listen rather than look. */
  say(text) {
    setText(byId("status"), text);
  }

  notice(text) {
    byId("notice").hidden = !text;
    setText(byId("notice"), text);
  }

  /** Bring lists and details up to date. */
  refresh() {
    const { track, player, agent } = this;
    this.agents.show(track, player.step, agent);
    this.card.show(this.#lookNow(), player.step);
    this.stepPanel.show(track, player.step, this.run.stepS);
    this.onrefresh?.();
    this.request();
    if (!player.playing) this.address.note();
  }

  /** Draw soon. */
  request() {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now) {
    this.#requested = false;
    const { player, theme } = this;
    player.advance(now, this.#ready);
    const look = this.#lookNow();
    this.#ready = this.map.draw(look, theme.palette);
    this.timeline.draw(look, theme.palette);
    this.card.draw(player.position, theme.palette);
    this.onframe?.();
    if (this.#ready) document.documentElement.dataset.ready = "";
    if (!player.playing) return;
    const ahead = player.step + Math.ceil(20 * Math.max(player.speed, 1));
    this.track.want(ahead);
    this.overTrack?.want(ahead);
    this.request();
  }

  #lookNow() {
    const { track, overTrack, pairs, pair, agent, follow, layers, player, problems } = this;
    const overAgent = agent === null || !pairs ? agent : pairs.get(agent) ?? null;
    return Object.assign(this.#look, { track, overTrack, pairs, agent, overAgent, follow, layers, player,
      problems, position: player.position, partsAt: pair?.parts_at, stepS: this.run.stepS });
  }
}

/** The findings of a branch, and of those that it leaves as far as it shares their steps. */
function problemsOf({ simulation, segments }) {
  return simulation.problems.filter((problem) => segments.some(({ branch, last }) => (
    problem.branches.includes(branch) && problem.first <= last)));
}
