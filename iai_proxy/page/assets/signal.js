// A value that others watch, and a function that is called no more often than is good.

/** Calls its listeners when something happened. */
export class Signal {
  #listeners = [];

  /** @param {(value?: any) => void} listener */
  on(listener) {
    this.#listeners.push(listener);
  }

  emit(value) {
    for (const listener of this.#listeners) listener(value);
  }
}

/**
 * Return a function that calls `work` at once, then at most every `ms`, and once more afterwards.
 * @param {number} ms
 * @param {() => void} work
 */
export function seldom(ms, work) {
  let timer = 0;
  let last = -Infinity;
  const run = () => {
    timer = 0;
    last = performance.now();
    work();
  };
  return () => {
    const wait = last + ms - performance.now();
    if (timer) return;
    if (wait <= 0) run();
    else timer = setTimeout(run, wait);
  };
}
