// Where the page's data comes from: elements of this file, or the server that sent it.
// Both have the same methods: `index`, `overview`, `chunk`, `onGrow`.

/** Return the source of this page. */
export function sourceOfPage() {
  return document.getElementById("index") ? new FileSource() : new ServerSource();
}

/** Data that stands in the page itself. */
class FileSource {
  live = false;

  async index() {
    return read("index");
  }

  async overview(sim, branch) {
    return read(`overview/${sim}/${branch}`);
  }

  async chunk(sim, branch, first) {
    return read(`chunk/${sim}/${branch}/${first}`);
  }

  /** A file does not grow. */
  onGrow() {}
}

function read(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no data named ${id}`);
  return JSON.parse(element.textContent);
}

/** Data of `iai-proxy view`, by addresses relative to the page's own. */
class ServerSource {
  live = true;

  async index() {
    return get("index.json", {});
  }

  async overview(sim, branch) {
    return get("overview", { sim, branch });
  }

  async chunk(sim, branch, first, count) {
    return get("chunk", { sim, branch, first, count });
  }

  /** Call back when the recording grew, or problems were found. @param {() => void} callback */
  onGrow(callback) {
    const events = new EventSource("events");
    events.onmessage = () => callback();
    window.addEventListener("pagehide", () => events.close());
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
  const text = (await answer.text()).slice(0, 300);
  return text || `${path} was answered with status ${answer.status}`;
}
