// Where the page's data comes from: elements of this file, or the server that sent it.
// Texts from outside come as they can be read. Both have the same methods: `index`, `overview`, `chunk`, `onGrow`, `onTrouble`.

import { readable, readableTexts } from "./readable.js";

/** Return the source of this page. */
export function sourceOfPage() {
  return document.getElementById("index") ? new FileSource() : new ServerSource();
}

/** Data that stands in the page itself. */
class FileSource {
  live = false;
  isServer = false;

  async index() {
    return readableTexts(read("index"));
  }

  async overview(sim, branch) {
    return read(`overview/${sim}/${branch}`);
  }

  async chunk(sim, branch, first) {
    return readableTexts(read(`chunk/${sim}/${branch}/${first}`));
  }

  /** A file does not grow. */
  onGrow() {}

  /** Nothing happens to it while it is open. */
  onTrouble() {}
}

function read(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no data named ${id}`);
  return JSON.parse(element.textContent);
}

const STOPPED = "iai-proxy view has stopped: what follows is shown when it runs again.";

/** Data of `iai-proxy view`, by addresses relative to the page's own. */
class ServerSource {
  /** Whether the recording is being written. */
  live = false;
  isServer = true;
  #edition = null;
  #version = null;
  #events = null;
  #grew = () => {};
  #trouble = () => {};

  async index() {
    const index = readableTexts(await get("index.json", {}));
    this.#edition ??= index.state.edition;
    this.#version = index.state.version;
    this.live = index.state.live;
    return index;
  }

  async overview(sim, branch) {
    return get("overview", { sim, branch });
  }

  async chunk(sim, branch, first, count) {
    return readableTexts(await get("chunk", { sim, branch, first, count }));
  }

  /** Call back when the recording grew, or problems were found. @param {() => void} callback */
  onGrow(callback) {
    this.#grew = callback;
    // A browser has few connections to one server: pages that no one sees do without.
    const listen = () => (document.hidden ? this.#close() : this.#listen());
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pagehide", () => this.#close());
    window.addEventListener("pageshow", listen);
    listen();
  }

  /** Call back with a sentence on what is wrong, an empty one when nothing is any more. */
  onTrouble(callback) {
    this.#trouble = callback;
  }

  #listen() {
    if (this.#events) return;
    this.#events = new EventSource("events");
    this.#events.onmessage = ({ data }) => Object.values(JSON.parse(data)).forEach((state) => this.#take(state));
    this.#events.onerror = () => this.#trouble(STOPPED);
  }

  #close() {
    this.#events?.close();
    this.#events = null;
  }

  #take(state) {
    // Another file has the name now, or the server was started again.
    if (this.#edition !== null && state.edition !== this.#edition) {
      location.reload();
      return;
    }
    this.#trouble(readable(state.trouble ?? ""));
    const ended = this.live && !state.live;
    this.live = state.live;
    if (ended || state.version !== this.#version) this.#grew();
  }
}

async function get(path, query) {
  const address = new URL(path, location.href);
  address.hash = "";
  address.search = new URLSearchParams(query).toString();
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(await refusal(answer, path));
  return answer.json();
}

async function refusal(answer, path) {
  const otherwise = `${path} was answered with status ${answer.status}`;
  try {
    return readable((await answer.json()).error ?? otherwise);
  } catch {
    return otherwise; // no answer of ours
  }
}
