/* render.js: one frame. The film is resampled once at screen size and put into every panel,
   each model's heat is one scaled drawImage on top; the words follow. */

/* Resample only when something moved; an opacity step just repaints. */
function refreshGrey(viewer) {
  const { lens, view } = viewer;
  const { width, height } = lens;
  if (viewer.image?.width !== width || viewer.image?.height !== height) {
    viewer.image = new ImageData(width, height);
    viewer.packed = new Uint32Array(viewer.image.data.buffer);
    viewer.greyKey = "";
  }
  const tableKey = [view.preset, view.width, view.level, view.invert, viewer.head.id].join();
  const greyKey = [view.zoom, view.x, view.y, view.turns, view.flipped, tableKey].join();
  if (greyKey === viewer.greyKey) return;
  viewer.greyKey = greyKey;
  if (tableKey !== viewer.tableKey) {
    viewer.tableKey = tableKey;
    viewer.table = windowTable(viewer.film, view);
  }
  sampleFilm(viewer, lens, viewer.packed);
}

/* Fill `packed`, as large as the lens, with what the lens shows. */
function sampleFilm({ levels, table }, lens, packed) {
  const { width, height, scale, view } = lens;
  let depth = 0;
  while (depth + 1 < levels.length && 1 / (scale * 2 ** depth) >= 1.5) depth++;
  const level = levels[depth];
  const shrink = levels[0].width / level.width;
  const [left, upper] = lens.toShown(0, 0);
  // At whole scales begin on a pixel's edge, so that 1:1 shows stored values untouched.
  const isWhole = Math.abs(scale - Math.round(scale)) < 1e-9;
  const snap = (place) => (isWhole ? Math.round(place * scale) / scale : place);
  const start = [snap(left) / shrink, snap(upper) / shrink];
  const film = shownLevel(level, view);
  resample(packed, width, height, film, ...start, 1 / (scale * shrink), table);
}

/* Stretch a picture of the whole film over it, flipped and turned as it is shown. */
function drawOver(context, layer, lens) {
  const { width, height } = lens.film;
  const [left, top] = lens.toScreen(0, 0);
  const [acrossX, acrossY] = lens.toScreen(1, 0);
  const [downX, downY] = lens.toScreen(0, 1);
  const turn = [acrossX - left, acrossY - top, downX - left, downY - top];
  context.setTransform(...turn, left, top);
  context.drawImage(layer, 0, 0, width, height);
  context.resetTransform();
}

function drawHeat(panel, lens, opacity) {
  panel.context.globalAlpha = opacity / 100;
  drawOver(panel.context, panel.layer, lens);
  panel.context.globalAlpha = 1;
}

function renderFrame(viewer) {
  const { lens, prefs } = viewer;
  refreshGrey(viewer);
  for (const panel of viewer.panels) {
    if (panel.box.hidden) continue;
    if (panel.seen && prefs.seen) drawSeen(panel, lens);
    else panel.context.putImageData(viewer.image, 0, 0);
    if (panel.heat && prefs.heat) showHeat(viewer, panel);
    drawMarks(panel.context, viewer, lens);
    writeMarks(panel.context, viewer, lens);
  }
  drawGlass(viewer);
  describeView(viewer);
  describeTurn(viewer);
  viewer.isDrawn = true;
  viewer.root.dataset.ready = viewer.desk.sides.every((side) => side.isDrawn);
  const state = JSON.stringify(stateOf(viewer));
  if (viewer.box) viewer.box.dataset.state = state;
  if (!viewer.isActive) return;
  mirrorControls(viewer);
  viewer.root.dataset.state = state;
  viewer.root.dataset.tool = prefs.tool;
  viewer.root.dataset.glass = prefs.glass;
  viewer.root.dataset.zoomed = viewer.desk.sides.some((side) => side.isZoomed);
}

function describeView(viewer) {
  const { lens, view, panels } = viewer;
  const bare = panels[0];
  const grey = windowInWords(view);
  bare.zoom.textContent = `${(100 * lens.scale).toFixed(0)} %`;
  bare.grey.textContent = view.invert ? text("viewer-window-inverted-row", { window: grey }) : grey;
  bare.remark.textContent = view.invert ? text("viewer-inverted") : "";
  bare.canvas.setAttribute("aria-label", filmInWords(viewer));
}

/* What a test may read: the whole state in one attribute. */
function stateOf(viewer) {
  const { head, prefs, view } = viewer;
  return {
    film: head.film.id,
    class: view.chosen,
    classes: head.classes,
    probabilities: Object.fromEntries(
      head.panels.map((model) => [model.name, probabilityOf(model, view.chosen)]),
    ),
    ...prefs,
    invert: view.invert,
    width: tidy(view.width),
    level: tidy(view.level),
    preset: view.preset,
    zoom: Number(view.zoom.toFixed(4)),
    x: Number(view.x.toFixed(5)),
    y: Number(view.y.toFixed(5)),
    only: view.only,
    turns: view.turns,
    flipped: view.flipped,
  };
}

/* The cross hair and the values at the same spot of the film in every panel. Linked films have it
   at the same spot of the screen. */
function pointAt(viewer, number, x, y) {
  const together = viewer.desk.together(viewer);
  for (const side of viewer.desk.sides) {
    if (together.includes(side)) pointOn(side, side === viewer ? number : null, x, y);
    else clearPoint(side);
  }
}

function pointOn(viewer, number, x, y) {
  const { lens, panels, prefs, film } = viewer;
  const [filmX, filmY] = lens.toFilm(x, y).map(Math.floor);
  const { width, height, pixels } = lens.film;
  const inside = filmX >= 0 && filmY >= 0 && filmX < width && filmY < height;
  const ratio = devicePixelRatio;
  panels.forEach((panel, i) => {
    panel.cross.hidden = !inside || i === number;
    panel.cross.style.transform = `translate(${x / ratio}px, ${y / ratio}px)`;
    panel.readout.textContent = "";
    if (!inside) return;
    if (!panel.model) {
      const value = film.slope * pixels[filmY * width + filmX] + film.intercept;
      panel.readout.textContent = `${filmX}, ${filmY}: ${tidy(value)}`;
    } else if (panel.seen && prefs.seen) {
      const given = seenAt(panel.seen, (filmX + 0.5) / width, (filmY + 0.5) / height);
      panel.readout.textContent = text("viewer-input-at", { value: given.toFixed(2) });
    } else if (panel.heat && prefs.heat) {
      const heat = heatAt(panel.heat, (filmX + 0.5) / width, (filmY + 0.5) / height);
      panel.readout.textContent = text("viewer-heat-at", { value: heat.toFixed(2) });
    }
  });
}

function pointNowhere(viewer) {
  viewer.desk.sides.forEach(clearPoint);
}

function clearPoint(viewer) {
  for (const panel of viewer.panels ?? []) {
    panel.cross.hidden = true;
    panel.readout.textContent = "";
  }
}
