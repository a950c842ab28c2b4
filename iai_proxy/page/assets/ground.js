// The ground under the agents: the recorded picture, or lanes, or a grid in metres. It is drawn once
// into a canvas larger than the map; moving the map copies from there.

import { toned } from "./tone.js";

/** How much larger than the map, on each side, as a part of its size. */
const MARGIN = 0.3;
const SHARPEN_AFTER_MS = 90;

export class Ground {
  #bitmap = document.createElement("canvas");
  #drawn = null;
  #timer = 0;
  #picture = null;
  #toned = null;
  #tonedFor = null;

  /** @param {() => void} redraw called when a picture has come, or the ground is sharp again */
  constructor(redraw) {
    this.redraw = redraw;
  }

  /** Take the ground of a simulation. */
  show(simulation) {
    this.key = simulation.key;
    const { areas, borders, picture } = simulation.ground;
    this.areas = pathOf(areas, true);
    this.borders = pathOf(borders, false);
    this.hasLanes = areas.length + borders.length > 0;
    this.picture = picture;
    this.#picture = null;
    this.forget();
    if (picture) this.#load(picture.url);
  }

  /** Draw anew next time: the colours have changed. */
  forget() {
    this.#drawn = null;
  }

  /** The area that the ground covers; null if it has no end. @returns {?number[]} */
  get bounds() {
    if (!this.picture) return null;
    const { center: [x, y], fov } = this.picture;
    return [x - fov / 2, y - fov / 2, x + fov / 2, y + fov / 2];
  }

  #load(url) {
    const image = new Image();
    image.onload = () => {
      this.#picture = image;
      this.#tonedFor = null;
      this.forget();
      this.redraw();
    };
    image.src = url;
  }

  /** Copy the ground to a context in screen pixels. */
  draw(context, camera, ratio, palette) {
    const drawn = this.#drawn;
    if (!drawn || drawn.ratio !== ratio || drawn.mirrored !== camera.mirrored
      || drawn.width !== camera.width || drawn.height !== camera.height) {
      this.#render(camera, ratio, palette);
    } else if (drawn.scale !== camera.scale) this.#sharpenSoon(camera, ratio, palette);
    else if (!this.#covers(camera)) this.#render(camera, ratio, palette);
    this.#copy(context, camera, ratio, palette);
  }

  #covers(camera) {
    const { x, y, scale } = this.#drawn;
    return Math.abs(camera.x - x) * scale <= camera.width * MARGIN
      && Math.abs(camera.y - y) * scale <= camera.height * MARGIN;
  }

  /** While zooming the picture is stretched; sharp again a moment later. */
  #sharpenSoon(camera, ratio, palette) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#render(camera, ratio, palette);
      this.redraw();
    }, SHARPEN_AFTER_MS);
  }

  #copy(context, camera, ratio, palette) {
    const { x, y, scale, left, top, mirrored } = this.#drawn;
    const grown = camera.scale / scale;
    const flip = mirrored ? -1 : 1;
    const toX = (camera.width / 2 + flip * (x - camera.x) * camera.scale
      - (camera.width / 2 + left) * grown) * ratio;
    const toY = (camera.height / 2 - (y - camera.y) * camera.scale
      - (camera.height / 2 + top) * grown) * ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (grown < 1) {
      context.fillStyle = palette.ground;
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    }
    const { width, height } = this.#bitmap;
    if (grown === 1) context.drawImage(this.#bitmap, Math.round(toX), Math.round(toY));
    else context.drawImage(this.#bitmap, toX, toY, width * grown, height * grown);
  }

  #render(camera, ratio, palette) {
    const { width, height, x, y, scale, mirrored } = camera;
    const left = Math.round(width * MARGIN);
    const top = Math.round(height * MARGIN);
    const bitmap = this.#bitmap;
    bitmap.width = Math.round((width + 2 * left) * ratio);
    bitmap.height = Math.round((height + 2 * top) * ratio);
    const context = bitmap.getContext("2d", { alpha: false });
    context.fillStyle = palette.ground;
    context.fillRect(0, 0, bitmap.width, bitmap.height);
    camera.transform(context, ratio, left, top);
    if (this.hasLanes) this.#drawLanes(context, scale, palette);
    else if (!this.#picture) drawGrid(context, camera, palette);
    if (this.#picture) this.#drawPicture(context, palette);
    this.#drawn = { width, height, x, y, scale, ratio, left, top, mirrored };
  }

  #drawPicture(context, palette) {
    const { center: [x, y], fov, mirrored } = this.picture;
    context.save();
    context.translate(x, y);
    context.scale(mirrored ? -1 : 1, -1);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.#tonedPicture(palette), -fov / 2, -fov / 2, fov, fov);
    context.restore();
  }

  #tonedPicture(palette) {
    if (this.#tonedFor !== palette) {
      this.#tonedFor = palette;
      this.#toned = toned(this.#picture, palette);
    }
    return this.#toned;
  }

  #drawLanes(context, scale, palette) {
    context.fillStyle = palette.road;
    context.fill(this.areas);
    context.strokeStyle = palette.border;
    context.lineWidth = Math.max(0.12, 1 / scale);
    context.stroke(this.borders);
  }
}

/** Lines of centimetres as a path in metres. */
function pathOf(lines, closed) {
  const path = new Path2D();
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      if (i === 0) path.moveTo(line[0] / 100, line[1] / 100);
      else path.lineTo(line[i] / 100, line[i + 1] / 100);
    }
    if (closed) path.closePath();
  }
  return path;
}

/** A round distance of at least some pixels: 1, 2, 5, 10, 20, 50 … metres. */
export function roundDistance(scale, pixels) {
  const least = pixels / scale;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least);
}

function drawGrid(context, camera, palette) {
  const every = roundDistance(camera.scale, 60);
  const reachX = (camera.width / camera.scale) * (0.5 + MARGIN);
  const reachY = (camera.height / camera.scale) * (0.5 + MARGIN);
  context.strokeStyle = palette.grid;
  context.lineWidth = 1 / camera.scale;
  context.beginPath();
  for (let x = Math.ceil((camera.x - reachX) / every) * every; x <= camera.x + reachX; x += every) {
    context.moveTo(x, camera.y - reachY);
    context.lineTo(x, camera.y + reachY);
  }
  for (let y = Math.ceil((camera.y - reachY) / every) * every; y <= camera.y + reachY; y += every) {
    context.moveTo(camera.x - reachX, y);
    context.lineTo(camera.x + reachX, y);
  }
  context.stroke();
}
