// Numbers beside agents. Text is slow to draw, so each number is drawn once and copied from then on.

const FONT = "600 11px system-ui, sans-serif";
const HEIGHT = 16;
/** Labels kept; more begin anew. */
const MOST_KEPT = 2000;

export class Labels {
  #known = new Map();
  #for = "";

  /** Draw a text with its left edge at a place, in the page's pixels. */
  draw(context, text, x, y, palette, ratio) {
    const wanted = `${palette.name}/${ratio}`;
    if (wanted !== this.#for || this.#known.size > MOST_KEPT) {
      this.#known.clear();
      this.#for = wanted;
    }
    let label = this.#known.get(text);
    if (!label) {
      label = drawn(`${text}`, palette, ratio);
      this.#known.set(text, label);
    }
    context.drawImage(label, x, y - HEIGHT / 2, label.width / ratio, HEIGHT);
  }
}

function drawn(text, palette, ratio) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.font = FONT;
  canvas.width = Math.ceil((context.measureText(text).width + 6) * ratio);
  canvas.height = HEIGHT * ratio;
  context.scale(ratio, ratio);
  context.font = FONT;
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = palette.halo;
  context.fillStyle = palette.ink;
  context.strokeText(text, 3, HEIGHT / 2);
  context.fillText(text, 3, HEIGHT / 2);
  return canvas;
}
