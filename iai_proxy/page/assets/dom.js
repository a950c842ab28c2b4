// Small helpers around the document. Text from a recording gets in as text, never as HTML.

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [properties] `class`, `text`, `on…` handlers; the rest: attributes
 * @param {...(Node|string)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/** Set an element's text, only if it differs: that spares layout and screen readers. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tell those who listen rather than look; the same text twice is told twice. */
export function say(text) {
  const status = byId("status");
  status.textContent = status.textContent === text ? `${text}\u00a0` : text;
}

/** Make a table of texts or elements. */
export function table(caption, heads, rows) {
  const cell = (tag, value) => make(tag, {}, value instanceof Node ? value : `${value}`);
  return make("table", {}, make("caption", { text: caption }),
    make("thead", {}, make("tr", {}, ...heads.map((head) => cell("th", head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((value) => cell("td", value))))));
}

/** Make a list of terms and descriptions. @param {[string, string|Node][]} rows */
export function facts(rows) {
  const list = make("dl", { class: "facts" });
  for (const [term, description] of rows) {
    list.append(make("dt", { text: term }), make("dd", {}, description));
  }
  return list;
}

/** Size a canvas to its box, in the screen's own pixels. @returns {boolean} whether it changed */
export function fitCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

/** "1 agent", "3 agents". */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A number that may be unknown, with as many digits and its unit. */
export function amount(value, digits, unit) {
  return Number.isFinite(value) ? `${value.toFixed(digits)} ${unit}`.trim() : "unknown";
}
