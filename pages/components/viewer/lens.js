/* lens.js: which part of the film is on the screen. Screen lengths are device pixels. */

const CLOSEST = 16; // device pixels per film pixel

class Lens {
  constructor(film, view) {
    this.film = film;
    this.view = view; // zoom (1 fits the film), x and y (centre, as a share of the film)
    this.width = 1;
    this.height = 1;
  }

  get fitScale() {
    return Math.min(this.width / this.film.width, this.height / this.film.height);
  }

  /* Device pixels per film pixel. */
  get scale() {
    return this.fitScale * this.view.zoom;
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    this.hold();
  }

  toFilm(x, y) {
    const { film, view, scale } = this;
    return [
      view.x * film.width + (x - this.width / 2) / scale,
      view.y * film.height + (y - this.height / 2) / scale,
    ];
  }

  toScreen(x, y) {
    const { film, view, scale } = this;
    return [
      (x - view.x * film.width) * scale + this.width / 2,
      (y - view.y * film.height) * scale + this.height / 2,
    ];
  }

  /* Zoom about a point of the screen, which keeps its place on the film. */
  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const [filmX, filmY] = this.toFilm(x, y);
    // A film smaller than its panel may shrink as far as 1:1.
    const lowest = Math.min(1, 1 / this.fitScale);
    const highest = Math.max(8, CLOSEST / this.fitScale);
    this.view.zoom = clamp(this.view.zoom * factor, lowest, highest);
    this.view.x = (filmX - (x - this.width / 2) / this.scale) / this.film.width;
    this.view.y = (filmY - (y - this.height / 2) / this.scale) / this.film.height;
    this.hold();
  }

  panBy(dx, dy) {
    this.view.x -= dx / this.scale / this.film.width;
    this.view.y -= dy / this.scale / this.film.height;
    this.hold();
  }

  fit() {
    Object.assign(this.view, { zoom: 1, x: 0.5, y: 0.5 });
  }

  /* The film never leaves the panel: a side that fits is centred. */
  hold() {
    const halfWidth = this.width / this.scale / 2 / this.film.width;
    const halfHeight = this.height / this.scale / 2 / this.film.height;
    const held = (centre, half) => (half >= 0.5 ? 0.5 : clamp(centre, half, 1 - half));
    this.view.x = held(this.view.x, halfWidth);
    this.view.y = held(this.view.y, halfHeight);
  }
}
