// Pictures of the API are black where there is no road. They are drawn in the theme's colours, as
// iai_proxy/pictures does: black becomes the ground, the most common grey the road, white the lines.

/** Darker greys count as black; so do pictures of which this part is as dark. */
const DARK = 24;
const MUCH = 0.1;
/** A colour is kept from this saturation on. */
const COLOURFUL = 96;

/**
 * Return a picture in the theme's colours; one that is not on black as it is.
 * @param {HTMLImageElement} image
 * @param {Object} palette
 * @returns {CanvasImageSource}
 */
export function toned(image, palette) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const counts = greysOf(pixels.data);
  const dark = counts.subarray(0, DARK).reduce((a, b) => a + b, 0);
  if (dark < MUCH * canvas.width * canvas.height) return image;
  const bands = ["ground", "road", "lines"].map((name) => rgb(palette[name]));
  recolour(pixels.data, tableOf(bands, counts));
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function greysOf(data) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 4) {
    counts[Math.max(data[i], data[i + 1], data[i + 2])] += 1;
  }
  return counts;
}

/** What becomes of each grey: three bytes for each of 256. */
function tableOf([black, middle, white], counts) {
  let road = DARK;
  for (let grey = DARK; grey < 256; grey++) if (counts[grey] > counts[road]) road = grey;
  const table = new Uint8ClampedArray(768);
  for (let grey = 0; grey < 256; grey++) {
    for (let band = 0; band < 3; band++) {
      table[3 * grey + band] = grey <= road
        ? black[band] + ((middle[band] - black[band]) * grey) / road
        : middle[band] + ((white[band] - middle[band]) * (grey - road)) / Math.max(255 - road, 1);
    }
  }
  return table;
}

function recolour(data, table) {
  for (let i = 0; i < data.length; i += 4) {
    const high = Math.max(data[i], data[i + 1], data[i + 2]);
    const low = Math.min(data[i], data[i + 1], data[i + 2]);
    if (high >= DARK && 255 * (high - low) >= COLOURFUL * high) continue;
    data[i] = table[3 * high];
    data[i + 1] = table[3 * high + 1];
    data[i + 2] = table[3 * high + 2];
  }
}

function rgb(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
