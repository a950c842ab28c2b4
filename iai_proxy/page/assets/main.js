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
    source.onGrow(() => location.reload());
    throw new Error("There is no simulation to show yet.");
  }
  const app = new App(new Run(source, index));
  connectControls(app);
  connectChoices(app);
  watchTimeline(app);
  watchKeys(app);
  app.start();
}

main().catch((error) => {
  byId("notice").hidden = false;
  byId("notice").textContent = error.message;
  document.documentElement.dataset.failed = "";
});
