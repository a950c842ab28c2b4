// Keeps the page's address and the moment that is shown in step, with back and forward.

import { hashOf, momentOf } from "./fragment.js";
import { seldom } from "./signal.js";

export class Address {
  #write = seldom(400, () => this.#put(false));

  /** @param {{moment: () => Object, apply: (moment: Object) => void}} app */
  constructor(app) {
    this.app = app;
    window.addEventListener("popstate", () => app.apply(momentOf(location.hash)));
  }

  /** Note the moment, soon. */
  note() {
    this.#write();
  }

  /** Note the moment as one to come back to. */
  push() {
    this.#put(true);
  }

  #put(asNew) {
    const hash = hashOf(this.app.moment());
    if (hash === location.hash) return;
    if (asNew) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }
}
