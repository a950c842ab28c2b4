// The start page: a line for each file, as the server tells of them. All that comes from a file is
// put in as text.

import { readable } from "./readable.js";

const list = document.getElementById("runs");
const status = document.getElementById("status");
const template = document.getElementById("run");
const lines = new Map();

const events = new EventSource("events");
events.onopen = () => (status.textContent = "");
events.onerror = () => (status.textContent = "iai-proxy view has stopped: start it again.");
events.onmessage = ({ data }) => Object.values(JSON.parse(data)).forEach(show);
window.addEventListener("pagehide", () => events.close());

/** Show what is known of a file. */
function show(run) {
  const line = lines.get(run.number) ?? added(run.number);
  const put = (name, text) => (line.querySelector(`.${name}`).textContent = text);
  put("name", readable(run.name));
  put("facts", facts(run));
  put("wrong", wrong(run));
  const unchecked = run.unchecked ? `not checked: ${run.unchecked}` : "";
  put("trouble", readable(run.trouble ?? unchecked));
  line.querySelector(".wrong").classList.toggle("errors", run.failures > 0 || run.findings?.error > 0);
  line.querySelector(".live").hidden = !run.live;
  if (run.simulations > 0) showPicture(line.querySelector("picture"), run);
}

function added(number) {
  const line = template.content.cloneNode(true).firstElementChild;
  line.querySelector("a").href = `run/${number}/`;
  list.append(line);
  lines.set(number, line);
  return line;
}

/** The picture is that of the first step of the first run: it comes once. */
function showPicture(picture, run) {
  const image = picture.querySelector("img");
  if (image.src) return;
  image.onload = () => (picture.hidden = false);
  picture.querySelector("source").srcset = `run/${run.number}/small.png?theme=dark`;
  image.src = `run/${run.number}/small.png`;
}

function facts(run) {
  if (run.simulations === undefined) return "";
  if (!run.simulations) return run.trouble ? "" : "no simulation yet";
  const parts = [
    run.locations.map(readable).join(", "),
    run.simulations > 1 ? `${run.simulations} simulations` : "",
    plural(run.agents, "agent"),
    run.steps ? plural(run.steps, "step") : "its first step only",
  ];
  return parts.filter(Boolean).join(" · ");
}

function wrong(run) {
  const parts = [];
  if (run.failures) parts.push(plural(run.failures, "failed call"));
  for (const [severity, count] of Object.entries(run.findings ?? {})) {
    if (count) parts.push(plural(count, severity));
  }
  if (run.findings && !parts.length) return "no findings";
  return parts.join(" · ");
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
