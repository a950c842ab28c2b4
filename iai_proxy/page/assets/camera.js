// Which part of the world the map shows: a centre in metres, and how many metres fit into the
// smaller side of the map. North is up; east is right, or left where the world is mirrored.

export const SMALLEST_FOV = 4;
/** All that positions in centimetres reach, see `columns.py`. */
export const LARGEST_FOV = 25e6;

export class Camera {
  x = 0;
  y = 0;
  fov = 100;
  mirrored = false;
  width = 1;
  height = 1;

  /** Pixels (of the page) a metre. */
  get scale() {
    return Math.min(this.width, this.height) / this.fov;
  }

  get flip() {
    return this.mirrored ? -1 : 1;
  }

  toScreenX(x) {
    return this.width / 2 + this.flip * (x - this.x) * this.scale;
  }

  toScreenY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  toWorldX(screenX) {
    return this.x + (this.flip * (screenX - this.width / 2)) / this.scale;
  }

  toWorldY(screenY) {
    return this.y - (screenY - this.height / 2) / this.scale;
  }

  /** Move the world by pixels. */
  pan(dx, dy) {
    this.x -= (this.flip * dx) / this.scale;
    this.y += dy / this.scale;
  }

  /** Zoom by a factor, and keep the point of the world that is under a pixel. */
  zoom(factor, screenX = this.width / 2, screenY = this.height / 2) {
    const x = this.toWorldX(screenX);
    const y = this.toWorldY(screenY);
    this.fov = Math.min(Math.max(this.fov / factor, SMALLEST_FOV), LARGEST_FOV);
    this.x += x - this.toWorldX(screenX);
    this.y += y - this.toWorldY(screenY);
  }

  /** Show a rectangle of the world, with a margin. @param {number[]} bounds least, greatest x, y */
  fit([left, bottom, right, top]) {
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    const smaller = Math.min(this.width, this.height);
    const across = Math.max(((right - left) * smaller) / this.width,
      ((top - bottom) * smaller) / this.height);
    this.fov = Math.min(Math.max(across * 1.12 + 8, 20), LARGEST_FOV);
  }

  /** Draw in metres from now on. @param {CanvasRenderingContext2D} context */
  transform(context, ratio, offsetX = 0, offsetY = 0) {
    const scale = this.scale * ratio;
    context.setTransform(this.flip * scale, 0, 0, -scale,
      (this.width / 2 + offsetX) * ratio - this.flip * this.x * scale,
      (this.height / 2 + offsetY) * ratio + this.y * scale);
  }
}
