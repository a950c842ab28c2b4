// Starts the page: data, app, controls, keys.

import { App } from "./app.js";
import { connectChoices, connectControls } from "./controls.js";
import { byId } from "./dom.js";
import { watchKeys } from "./keys.js";
import { Run } from "./run.js";
import { sourceOfPage } from "./source.js";
import { watchTimeline } from "./timeline_input.js";

async function main() {
  const source = sourceOfPage();
  const index = await source.index();
  if (index.simulations.length === 0) {
    waitFor(source);
    return;
  }
  const app = new App(new Run(source, index));
  source.onTrouble((text) => app.notice(text));
  connectControls(app);
  connectChoices(app);
  watchTimeline(app);
  watchKeys(app);
  app.start();
}

/** Say that there is nothing yet, and begin once there is. */
function waitFor(source) {
  const waiting = source.isServer ? "Waiting: no simulation has begun yet." : "There is no simulation to show.";
  source.onTrouble((text) => notice(text || waiting));
  source.onGrow(async () => {
    if ((await source.index()).simulations.length > 0) location.reload();
  });
  notice(waiting);
}

function notice(text) {
  byId("notice").hidden = false;
  byId("notice").textContent = text;
}

main().catch((error) => {
  notice(error.message);
  document.documentElement.dataset.failed = "";
});
