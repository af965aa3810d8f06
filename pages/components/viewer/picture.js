/* picture.js: what is shown, as a PNG, with the notice burnt into every panel, so that a
   cropped picture still says what it is. */

const LINE = 18; // CSS pixels per line of text
const SCALE_WIDTH = 96; // CSS pixels of the colour scale

function burn(context, words, x, bottom, width, ratio) {
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.fillRect(x, bottom - LINE * ratio, width, LINE * ratio);
  context.fillStyle = "#ffffff";
  context.fillText(words, x + 6 * ratio, bottom - 5 * ratio, width - 12 * ratio);
}

/* Pairs of a viewer and a panel of it: of one film, or of both. */
function shownPanels({ desk }) {
  return desk.shown.flatMap((side) =>
    side.panels.filter((panel) => !panel.box.hidden).map((panel) => [side, panel]),
  );
}

/* Of two films only what is on show counts, of one its models in any case. */
function hasHeat(viewer) {
  if (!viewer.desk.isPair) return viewer.head.panels.length > 0;
  return shownPanels(viewer).some(([, { model }]) => model);
}

/* One panel's film with the notice in it, at (x, y) of a picture. */
function drawPanel(context, viewer, panel, x, y) {
  const { lens } = viewer;
  context.font = `${12 * devicePixelRatio}px sans-serif`;
  context.drawImage(panel.canvas, x, y);
  burn(context, text("viewer-notice"), x, y + lens.height, lens.width, devicePixelRatio);
  const turned = turnInWords(viewer.view);
  if (!turned) return;
  const words = text("viewer-picture-turned", { turned });
  burn(context, words, x, y + LINE * devicePixelRatio, lens.width, devicePixelRatio);
}

/* "0 [colours] 1"; the part below the threshold is clear on the film, so it is here. */
function drawScale(context, { colour, threshold }, x, baseline, ratio) {
  const width = SCALE_WIDTH * ratio;
  const height = 9 * ratio;
  const left = x + 12 * ratio;
  const place = left + (threshold / 100) * width;
  const ramp = colourRamp(colour);
  for (let i = 0; i < width; i++) {
    context.fillStyle = `rgb(${ramp[Math.floor((255 * i) / width)]})`;
    if (left + i >= place) context.fillRect(left + i, baseline - height, 1, height);
  }
  context.strokeStyle = "#ffffff";
  context.lineWidth = ratio;
  context.strokeRect(left, baseline - height, width, height);
  context.fillStyle = "#ffffff";
  context.fillText("0", x, baseline);
  context.fillText("1", left + width + 5 * ratio, baseline);
  return SCALE_WIDTH * ratio + 34 * ratio;
}

/* What stands under the films, on paper and in the picture. */
function pictureLines(viewer) {
  const { view, prefs, el, desk } = viewer;
  const chosen = text("viewer-picture-class", { class: view.chosen });
  const heat = hasHeat(viewer) ? [chosen, heatStyleInWords(prefs)] : [];
  const films = desk.isPair
    ? [heat.join(", "), ...desk.shown.map((side) => `${side.name}: ${placeInWords(side).join(", ")}`)]
    : [[...heat, ...placeInWords(viewer)].join(", ")];
  return [
    ...films,
    hasHeat(viewer) ? el.caution.textContent : "",
    [text("viewer-notice"), el.note.textContent].filter(Boolean).join(". "),
  ].filter(Boolean);
}

/* Which part of which film, and in which greys. */
function placeInWords({ lens, view, head }) {
  const film = text("viewer-picture-film", { name: head.film.id.slice(0, 12) });
  const turned = turnInWords(view) || text("viewer-as-stored");
  return [greyInWords(view), turned, zoomInWords(lens), film];
}

function drawPicture(viewer) {
  const { lens, prefs } = viewer;
  const ratio = devicePixelRatio;
  const shown = shownPanels(viewer);
  const lines = pictureLines(viewer);
  const pad = LINE * ratio;
  const picture = document.createElement("canvas");
  picture.width = shown.length * lens.width;
  picture.height = lens.height + (lines.length + 1) * pad;
  const context = picture.getContext("2d");
  context.fillStyle = "#000000";
  context.fillRect(0, 0, picture.width, picture.height);
  shown.forEach(([side, panel], i) => {
    const x = i * lens.width;
    drawPanel(context, side, panel, x, pad);
    context.fillStyle = "#ffffff";
    context.fillText(pictureTitle(side, panel), x + 6 * ratio, pad - 5 * ratio, lens.width - 12 * ratio);
  });
  const baseline = (i) => lens.height + (i + 2) * pad - 5 * ratio;
  let left = 6 * ratio;
  const isColoured = hasHeat(viewer) && prefs.heat && !prefs.outline;
  if (isColoured) left += drawScale(context, prefs, left, baseline(0), ratio);
  context.fillStyle = "#ffffff";
  lines.forEach((line, i) => {
    const x = i === 0 ? left : 6 * ratio;
    context.fillText(line, x, baseline(i), picture.width - x - 6 * ratio);
  });
  return picture;
}

function savePicture(viewer) {
  const films = viewer.desk.shown.map(({ head }) => head.film.id.slice(0, 12));
  const name = `film-${films.join("-")}.png`;
  drawPicture(viewer).toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    viewer.say(text("viewer-done-saved", { name }));
  });
}
