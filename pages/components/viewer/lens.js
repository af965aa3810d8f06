/* lens.js: which part of the film is on the screen. Screen lengths are device pixels. */

const CLOSEST = 16; // device pixels per film pixel

class Lens {
  constructor(film, view) {
    this.film = film;
    // zoom (1 fits the film), x and y (centre, as a share of the film as shown), turns, flipped
    this.view = view;
    this.width = 1;
    this.height = 1;
  }

  get shown() {
    return shownSize(this.film, this.view);
  }

  get fitScale() {
    const { width, height } = this.shown;
    return Math.min(this.width / width, this.height / height);
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

  /* From the screen to the film as it is shown, and to the film as it was stored. */
  toShown(x, y) {
    const { shown, view, scale } = this;
    return [
      view.x * shown.width + (x - this.width / 2) / scale,
      view.y * shown.height + (y - this.height / 2) / scale,
    ];
  }

  toFilm(x, y) {
    return toStored(this.film, this.view, ...this.toShown(x, y));
  }

  toScreen(filmX, filmY) {
    const { film, shown, view, scale } = this;
    const [x, y] = toShown(film, view, filmX, filmY);
    return [
      (x - view.x * shown.width) * scale + this.width / 2,
      (y - view.y * shown.height) * scale + this.height / 2,
    ];
  }

  /* Zoom about a point of the screen, which keeps its place on the film. */
  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const [shownX, shownY] = this.toShown(x, y);
    const { width, height } = this.shown;
    // A film smaller than its panel may shrink as far as 1:1.
    const lowest = Math.min(1, 1 / this.fitScale);
    const highest = Math.max(8, CLOSEST / this.fitScale);
    this.view.zoom = clamp(this.view.zoom * factor, lowest, highest);
    this.view.x = (shownX - (x - this.width / 2) / this.scale) / width;
    this.view.y = (shownY - (y - this.height / 2) / this.scale) / height;
    this.hold();
  }

  panBy(dx, dy) {
    this.view.x -= dx / this.scale / this.shown.width;
    this.view.y -= dy / this.scale / this.shown.height;
    this.hold();
  }

  fit() {
    Object.assign(this.view, { zoom: 1, x: 0.5, y: 0.5 });
  }

  /* The film never leaves the panel: a side that fits is centred. */
  hold() {
    const halfWidth = this.width / this.scale / 2 / this.shown.width;
    const halfHeight = this.height / this.scale / 2 / this.shown.height;
    const held = (centre, half) => (half >= 0.5 ? 0.5 : clamp(centre, half, 1 - half));
    this.view.x = held(this.view.x, halfWidth);
    this.view.y = held(this.view.y, halfHeight);
  }
}
