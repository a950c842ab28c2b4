// Chunks of steps: from base64, deflate and planes of bytes to typed arrays.
// The format is described in iai_proxy/page/encode.py.

export const PRESENT = 1;
export const KNOWN = 2;
export const COLLISION = 4;
export const OFF_ROAD = 8;
export const WRONG_WAY = 16;
export const OUTSIDE = 32;
export const FAR = 64;

/**
 * Steps of a branch. Columns have agents as rows: the cell of agent row `r` at the chunk's step `i`
 * is `r * count + i`. Centimetres, tenths of degrees, cm/s.
 * @typedef {Object} Chunk
 * @property {number} first
 * @property {number} count
 * @property {{number: number, kind: string, length: number, width: number, rear: ?number,
 *   ego: boolean}[]} agents
 * @property {Map<number, number>} rowOf an agent's row by its number
 * @property {Object<string, Int32Array|Uint32Array>} columns as answered
 * @property {Object<string, Int32Array>} shown where agents are: `x`, `y`, `heading`, `speed`
 * @property {?Uint8Array} moved by cell: whether the client put the agent elsewhere
 * @property {[number, ?Object<string, string>][]} lights
 * @property {(?Object)[]} calls
 */

/** Whether an agent that is present is somewhere: answered there, or put there by the client. */
export function isPlaced({ columns, moved }, at) {
  return Boolean(columns.flags[at] & KNOWN || moved?.[at]);
}

/** @returns {Promise<Chunk>} */
export async function decodeChunk(raw) {
  const columns = readColumns(await inflate(bytesOf(raw.data)), raw.layout);
  const rowOf = new Map(raw.agents.map((agent, row) => [agent.number, row]));
  const { first, count, agents, lights, calls } = raw;
  return { first, count, agents, rowOf, columns, lights, calls, ...shownStates(columns, count) };
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function readColumns(bytes, layout) {
  const columns = {};
  let at = 0;
  for (const [name, length, coding] of layout) {
    columns[name] = coding === "delta" ? new Int32Array(length) : new Uint32Array(length);
    joinPlanes(bytes, at, columns[name]);
    if (coding === "delta") addUp(columns[name]);
    at += 4 * length;
  }
  return columns;
}

function joinPlanes(bytes, start, column) {
  const n = column.length;
  for (let i = 0, at = start; i < n; i++, at++) {
    column[i] = bytes[at] | (bytes[at + n] << 8) | (bytes[at + 2 * n] << 16)
      | (bytes[at + 3 * n] << 24);
  }
}

function addUp(column) {
  for (let i = 1; i < column.length; i++) column[i] += column[i - 1];
}

/** Where agents are: where the client put them, else where the API did. */
function shownStates(columns, count) {
  const { x, y, heading, speed } = columns;
  const rows = columns.applied_row;
  if (rows.length === 0) return { shown: { x, y, heading, speed }, moved: null };
  const shown = { x: x.slice(), y: y.slice(), heading: heading.slice(), speed: speed.slice() };
  const moved = new Uint8Array(x.length);
  for (let i = 0; i < rows.length; i++) {
    const cell = rows[i] * count + columns.applied_step[i];
    moved[cell] = 1;
    for (const name of ["x", "y", "heading", "speed"]) {
      shown[name][cell] = columns[`applied_${name}`][i];
    }
  }
  return { shown, moved };
}
