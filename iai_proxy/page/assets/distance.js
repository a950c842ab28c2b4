// Distances in a unit that is quickly read.

/** @param {?number} metres @param {number} [digits] of metres */
export function distance(metres, digits = 2) {
  if (!Number.isFinite(metres)) return "unknown";
  if (metres !== 0 && Math.abs(metres) < 0.01) return `${metres.toPrecision(2)} m`;
  if (Math.abs(metres) < 10000) return `${metres.toFixed(digits)} m`;
  return `${(metres / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} km`;
}

/** Positions are written in whole centimetres up to this, in metres; what is further is cut off. */
const FURTHEST = (2 ** 30 - 1) / 100;

/** A position in metres from the page's centimetres. */
export function placed(x, y) {
  const cut = [x, y].some((value) => Math.abs(value) / 100 >= FURTHEST);
  const told = `${(x / 100).toFixed(2)}, ${(y / 100).toFixed(2)} m`;
  return cut ? `${told}, or further` : told;
}
