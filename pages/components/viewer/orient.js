/* orient.js: a film that was stored mirrored or lying, put right for the eye alone. Shown is the
   stored film, flipped left to right where it is `flipped`, then turned clockwise by quarter
   `turns`. Marks, heat and read-outs stay on the stored film. */

function shownSize({ width, height }, { turns }) {
  return turns % 2 ? { width: height, height: width } : { width, height };
}

function toShown({ width, height }, { turns, flipped }, storedX, y) {
  const x = flipped ? width - storedX : storedX;
  return [
    [x, y],
    [height - y, x],
    [width - x, height - y],
    [y, width - x],
  ][turns];
}

function toStored({ width, height }, { turns, flipped }, shownX, shownY) {
  const [x, y] = [
    [shownX, shownY],
    [shownY, height - shownX],
    [width - shownX, height - shownY],
    [width - shownY, shownX],
  ][turns];
  return [flipped ? width - x : x, y];
}

/* The stored pixels as they are shown, without a copy: where to begin, and how far in the array
   it is to the next pixel across and down. */
function shownLevel(level, view) {
  const at = (x, y) => {
    const [column, row] = toStored(level, view, x + 0.5, y + 0.5).map(Math.floor);
    return row * level.width + column;
  };
  const origin = at(0, 0);
  const strides = { origin, across: at(1, 0) - origin, down: at(0, 1) - origin };
  return { ...shownSize(level, view), pixels: level.pixels, ...strides };
}

/* "flipped, rotated 90°"; empty for a film as it was stored. */
function turnInWords({ turns, flipped }) {
  const words = [
    flipped && text("viewer-flipped"),
    turns && text("viewer-rotated", { degrees: 90 * turns }),
  ];
  return words.filter(Boolean).join(", ");
}

/* Turn about the middle of the screen; a film that does not just fit keeps its scale. */
function turnFilm(viewer, turns, flipped) {
  const { lens, view } = viewer;
  const { scale, shown } = lens;
  const isFitted = view.zoom === 1;
  const middle = toStored(lens.film, view, view.x * shown.width, view.y * shown.height);
  Object.assign(view, { turns: (turns + 4) % 4, flipped });
  const [x, y] = toShown(lens.film, view, ...middle);
  const zoom = isFitted ? 1 : scale / lens.fitScale;
  Object.assign(view, { zoom, x: x / lens.shown.width, y: y / lens.shown.height });
  viewer.desk.tie?.turned(viewer);
  layOut(viewer); // a lying film has another height
  if (!isFitted) lens.zoomBy(scale / lens.scale);
  viewer.refreshHeat();
  viewer.say(turnInWords(view) || text("viewer-as-stored"));
}

/* A flip is left to right on the screen, however the film is turned by now. */
function flipFilm(viewer) {
  turnFilm(viewer, -viewer.view.turns, !viewer.view.flipped);
}

function rotateFilm(viewer) {
  turnFilm(viewer, viewer.view.turns + 1, viewer.view.flipped);
}

/* On every panel: left taken for right is the worst that a viewer can do. */
function describeTurn(viewer) {
  const words = turnInWords(viewer.view);
  for (const panel of viewer.panels) {
    if (!panel.turned) {
      panel.turned = make("div", "tag turned");
      panel.turned.dataset.testid = "turned";
      panel.film.append(panel.turned);
    }
    panel.turned.textContent = words;
  }
  if (!viewer.isActive) return;
  for (const button of viewer.root.querySelectorAll("[data-do=flip], [data-do=rotate]")) {
    const isOn = button.dataset.do === "flip" ? viewer.view.flipped : viewer.view.turns > 0;
    button.setAttribute("aria-pressed", isOn);
  }
}
