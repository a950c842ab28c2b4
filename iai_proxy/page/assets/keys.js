// The keyboard: what each key does, for the page and for its help.

/**
 * @typedef {{keys: string[], shown: string, does: string, act: (app: any, event: KeyboardEvent) => void}} Key
 */

/** @type {Key[]} */
export const KEYS = [
  { keys: [" "], shown: "Space", does: "play, pause", act: (app) => app.player.toggle() },
  { keys: ["ArrowLeft", "ArrowRight"], shown: "\u2190 \u2192", does: "a step back, on; with Shift ten",
    act: (app, event) => app.player.stepBy((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1)) },
  { keys: ["Home"], shown: "Home", does: "first step", act: (app) => app.jump(app.player.first) },
  { keys: ["End"], shown: "End", does: "last step", act: (app) => app.jump(app.player.last) },
  { keys: [","], shown: ",", does: "slower", act: (app) => app.changeSpeed(-1) },
  { keys: ["."], shown: ".", does: "faster", act: (app) => app.changeSpeed(1) },
  { keys: ["l"], shown: "l", does: "loop", act: (app) => app.player.setLoop(!app.player.loop) },
  { keys: ["["], shown: "[", does: "loop from this step", act: (app) => app.player.loopFrom() },
  { keys: ["]"], shown: "]", does: "loop to this step", act: (app) => app.player.loopTo() },
  { keys: ["+", "="], shown: "+", does: "zoom in", act: (app) => app.zoom(1.25) },
  { keys: ["-", "_"], shown: "\u2212", does: "zoom out", act: (app) => app.zoom(0.8) },
  { keys: ["0"], shown: "0", does: "show all", act: (app) => app.fit() },
  { keys: ["w", "a", "s", "d"], shown: "w a s d", does: "move the map",
    act: (app, event) => app.pan(...{ w: [0, 60], a: [60, 0], s: [0, -60], d: [-60, 0] }[event.key]) },
  { keys: ["f"], shown: "f", does: "follow the selected agent", act: (app) => app.toggleFollow() },
  { keys: ["Escape"], shown: "Esc", does: "deselect the agent", act: (app) => app.select(null) },
  { keys: ["j"], shown: "j", does: "next finding", act: (app) => app.walk.next(1) },
  { keys: ["k"], shown: "k", does: "finding before", act: (app) => app.walk.next(-1) },
  { keys: ["/"], shown: "/", does: "filter findings", act: (app) => app.filterFindings() },
  { keys: ["t"], shown: "t", does: "trails", act: (app) => app.toggleLayer("trails") },
  { keys: ["i"], shown: "i", does: "numbers of agents", act: (app) => app.toggleLayer("ids") },
  { keys: ["v"], shown: "v", does: "velocities", act: (app) => app.toggleLayer("velocities") },
  { keys: ["g"], shown: "g", does: "answers that the client overwrote", act: (app) => app.toggleLayer("ghosts") },
  { keys: ["p"], shown: "p", does: "parts of large calls", act: (app) => app.toggleLayer("parts") },
  { keys: ["m"], shown: "m", does: "mirror the map", act: (app) => app.toggleMirror() },
  { keys: ["n"], shown: "n", does: "light or dark", act: (app) => app.stage.theme.toggle() },
  { keys: ["c"], shown: "c", does: "copy the address of this moment", act: (app) => app.copyLink() },
  { keys: ["?"], shown: "?", does: "this help", act: (app) => app.openHelp() },
];

const BY_KEY = new Map(KEYS.flatMap((key) => key.keys.map((name) => [name, key])));

/** @param {any} app */
export function watchKeys(app) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyped(event) || document.querySelector("dialog[open]")) return;
    const key = BY_KEY.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!key) return;
    event.preventDefault();
    key.act(app, event);
  });
}

/** Whether a key is for the element that has the focus. */
function isTyped(event) {
  const { tagName } = event.target;
  if (tagName === "INPUT" && event.key === "Escape") {
    event.target.blur();
    return true;
  }
  if (tagName === "INPUT" && event.target.type !== "checkbox") return true;
  if (tagName === "SELECT") return true;
  return event.key === " " && ["BUTTON", "SUMMARY", "INPUT"].includes(tagName);
}
