// Keeps the page's address and the moment that is shown in step, with back and forward.

import { hashOf, momentOf } from "./fragment.js";

/** The address is written at most this often: browsers refuse more. */
const EVERY_MS = 300;

export class Address {
  #timer = 0;

  /** @param {{moment: () => Object, apply: (moment: Object) => void}} app */
  constructor(app) {
    this.app = app;
    window.addEventListener("popstate", () => app.apply(momentOf(location.hash)));
  }

  /** Note the moment, soon: once it is drawn, as who follows an agent moves the map by drawing. */
  note() {
    this.#timer ||= setTimeout(() => this.keep(), EVERY_MS);
  }

  /** Note the moment, before another one is shown. */
  keep() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#put(false);
  }

  /** Note the moment as one to come back to. */
  push() {
    this.#put(true);
  }

  #put(asNew) {
    const hash = hashOf(this.app.moment());
    // In a frame whose page stands in an attribute (a notebook's) there is no address to write.
    if (hash === location.hash || location.protocol === "about:") return;
    if (asNew) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }
}
