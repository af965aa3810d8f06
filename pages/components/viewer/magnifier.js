/* magnifier.js: a glass at the pointer, in every panel over the same spot of the film. */

const GLASS_SIDE = 200; // CSS pixels
const GLASS_SHARE = 0.6; // of the panel's shorter side, at most
const GLASS_STEPS = [0, 2, 4]; // times the panel's scale; 0 is no glass

class Glass extends Lens {
  constructor(lens, side, factor, x, y) {
    const [shownX, shownY] = lens.toShown(x, y);
    const { width, height } = lens.shown;
    super(lens.film, { ...lens.view, x: shownX / width, y: shownY / height });
    this.width = side;
    this.height = side;
    this.power = lens.scale * factor;
  }

  get scale() {
    return this.power;
  }
}

function nextGlass(viewer) {
  const step = GLASS_STEPS.indexOf(viewer.prefs.glass) + 1;
  viewer.prefer("glass", GLASS_STEPS[step % GLASS_STEPS.length]);
  drawGlass(viewer);
}

/* `place` is null where the pointer is on no film. */
function moveGlass(viewer, place) {
  for (const side of viewer.desk.sides) {
    setGlass(side, viewer.desk.together(viewer).includes(side) ? place : null);
  }
}

function setGlass(viewer, place) {
  viewer.glassAt = place;
  if (viewer.glassTick || !viewer.levels) return;
  if (!viewer.prefs.glass && !viewer.isGlassOut) return;
  viewer.glassTick = requestAnimationFrame(() => {
    viewer.glassTick = 0;
    if (viewer.levels) drawGlass(viewer);
  });
}

function glassCanvas(panel) {
  if (!panel.glass) {
    panel.glass = make("canvas", "glass");
    panel.glass.dataset.testid = "glass";
    panel.film.append(panel.glass);
  }
  return panel.glass;
}

/* The grey film once; every panel adds its own heat. */
function drawGlass(viewer) {
  const { lens, prefs, glassAt } = viewer;
  const isOut = Boolean(prefs.glass && glassAt);
  viewer.isGlassOut = isOut;
  for (const panel of viewer.panels) {
    if (panel.glass) panel.glass.hidden = !isOut;
  }
  if (!isOut) return;
  const ratio = devicePixelRatio;
  const most = GLASS_SHARE * Math.min(lens.width, lens.height);
  const side = Math.floor(Math.min(GLASS_SIDE * ratio, most));
  const glass = new Glass(lens, side, prefs.glass, glassAt.x, glassAt.y);
  const image = new ImageData(side, side);
  sampleFilm(viewer, glass, new Uint32Array(image.data.buffer));
  const left = Math.round(clamp(glassAt.x - side / 2, 0, lens.width - side));
  const top = Math.round(clamp(glassAt.y - side / 2, 0, lens.height - side));
  for (const panel of viewer.panels) {
    if (panel.box.hidden) continue;
    const canvas = glassCanvas(panel);
    resizeCanvas(canvas, side, side);
    canvas.hidden = false;
    canvas.style.transform = `translate(${left / ratio}px, ${top / ratio}px)`;
    const context = canvas.getContext("2d", { alpha: false });
    context.putImageData(image, 0, 0);
    if (panel.heat && prefs.heat) showHeat({ lens: glass, prefs }, { ...panel, context });
    drawMarks(context, viewer, glass);
  }
}
