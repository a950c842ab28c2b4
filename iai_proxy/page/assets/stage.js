// Draws map, timeline and charts, once for each picture of the screen, and only when there is a need.

import { byId } from "./dom.js";
import { WorldMap } from "./map.js";
import { Theme } from "./theme.js";
import { Timeline } from "./timeline.js";

/** Steps ahead of what is played that are loaded, at ordinary speed. */
const AHEAD = 20;

export class Stage {
  #requested = false;
  /** Whether the steps that are shown are loaded. */
  #ready = false;
  #look = {};

  /**
   * @param {Object} shown `chosen`, `player`, `camera`, `card`, `layers`
   * @param {() => void} drawn called after each picture
   */
  constructor(shown, drawn) {
    this.shown = shown;
    this.drawn = drawn;
    this.map = new WorldMap(byId("ground"), byId("agents"), shown.camera, () => this.request());
    this.timeline = new Timeline(byId("timeline"));
    this.theme = new Theme(() => this.#recolour());
    new ResizeObserver(() => {
      this.map.resize();
      this.request();
    }).observe(byId("agents"));
    new ResizeObserver(() => this.request()).observe(byId("timeline"));
  }

  /** Draw soon. */
  request() {
    if (this.#requested || !this.shown.chosen.track) return;
    this.#requested = true;
    requestAnimationFrame((now) => this.#draw(now));
  }

  /** What is drawn has other data now. */
  forget() {
    this.shown.card.forget();
    this.timeline.forget();
    this.request();
  }

  /** Show another simulation's ground. */
  showGround(simulation) {
    this.map.ground.show(simulation);
    this.map.forget();
  }

  /** The moment that is shown, for whatever draws or tells it. */
  look() {
    const { chosen, player, layers } = this.shown;
    const { track, overTrack, pairs, pair, agent, overAgent, follow, problems } = chosen;
    return Object.assign(this.#look, { track, overTrack, pairs, agent, overAgent, follow, problems,
      layers, player, position: player.position, partsAt: pair?.parts_at, stepS: player.stepS });
  }

  #recolour() {
    this.map.forget();
    this.timeline.forget();
    this.request();
  }

  #draw(now) {
    this.#requested = false;
    const { player, card, compare, chosen } = this.shown;
    player.advance(now, this.#ready);
    const look = this.look();
    const { palette } = this.theme;
    this.#ready = this.map.draw(look, palette);
    this.timeline.draw(look, palette);
    card.draw(player.position, palette);
    compare.draw(player.position, palette);
    this.drawn();
    if (this.#ready) document.documentElement.dataset.ready = "";
    if (!player.moving) return;
    const ahead = player.step + Math.ceil(AHEAD * Math.max(player.speed, 1));
    chosen.track.want(ahead);
    chosen.overTrack?.want(ahead);
    this.request();
  }
}
