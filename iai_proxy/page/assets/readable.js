// Text from outside as it can be read: what can't be seen is escaped, and a text that runs from
// right to left leaves what stands around it in order. Pictures and the terminal escape likewise.

const BLANKS = /[^\S ]+/gu;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** @param {string} text @returns {string} */
export function readable(text) {
  const shown = text.replace(BLANKS, " ").replace(UNSEEN, escaped);
  return RIGHT_TO_LEFT.test(shown) ? `\u2066${shown}\u2069` : shown;
}

function escaped(char) {
  const code = char.codePointAt(0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}

/** All texts of a JSON value, but for data and addresses of pictures, as they can be read. */
export function readableTexts(value) {
  if (typeof value === "string") return readable(value);
  if (Array.isArray(value)) return value.every(isNumber) ? value : value.map(readableTexts);
  if (value === null || typeof value !== "object") return value;
  const known = (name, item) => (name === "data" || name === "url" || name === "key" ? item : readableTexts(item));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [readable(name), known(name, item)]));
}

function isNumber(value) {
  return typeof value === "number";
}
