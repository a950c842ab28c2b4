// Light or dark: as the system prefers, until the reader chooses.

import { paletteOf } from "./palette.js";

export class Theme {
  /** @param {() => void} changed */
  constructor(changed) {
    this.system = window.matchMedia("(prefers-color-scheme: dark)");
    this.chosen = remembered();
    this.changed = changed;
    this.system.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  toggle() {
    this.chosen = this.dark ? "light" : "dark";
    remember(this.chosen);
    this.#apply();
  }

  get dark() {
    return this.chosen ? this.chosen === "dark" : this.system.matches;
  }

  #apply() {
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
    this.palette = paletteOf(this.dark);
    this.changed();
  }
}

/** Browsers may refuse to remember anything for files. */
function remembered() {
  try {
    return localStorage.getItem("iai-proxy-theme");
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem("iai-proxy-theme", theme);
  } catch {
    // The choice lasts as long as the page.
  }
}
