/* layout.js: how many panels stand side by side, and how high the films are. */

const NARROW = 480; // CSS pixels: up to here panels stack
const NARROWEST_PANEL = 180;
const SHARE_OF_SCREEN = 0.58;
const LEAST_SHARE = 0.45;

/* Even rows: five panels that do not fit beside each other stand 3 + 2, not 4 + 1. */
function gridOf(count, width) {
  if (width <= NARROW) return { columns: 1, rows: count };
  const most = clamp(Math.floor(width / NARROWEST_PANEL), 1, count);
  const rows = Math.ceil(count / most);
  return { columns: Math.ceil(count / rows), rows };
}

/* What bar, captions and numbers need besides the films. */
function heightAround(viewer, rows) {
  const panel = viewer.panels.find(({ box }) => !box.hidden);
  const around = (viewer.box ?? panel.box).offsetHeight - panel.film.offsetHeight;
  return viewer.el.bar.offsetHeight + viewer.el.marks.offsetHeight + rows * (around + 1);
}

/* Film and numbers are seen without scrolling, whatever the page says above them. */
function heightOnPage(viewer, rows) {
  const share = innerHeight * SHARE_OF_SCREEN;
  if (rows > 1) return share;
  const scrolled = document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0;
  const top = viewer.root.getBoundingClientRect().top + scrolled;
  const lines = [...document.querySelectorAll(".cxr-line, .cxr-demo")]; // over the page's foot
  const end = Math.min(innerHeight, ...lines.map((line) => line.getBoundingClientRect().top));
  return clamp(end - top - heightAround(viewer, 1), innerHeight * LEAST_SHARE, share);
}

function filmHeight(viewer, width, rows) {
  if (viewer.root.matches(":fullscreen")) {
    const around = heightAround(viewer, rows) + viewer.root.querySelector(".foot").offsetHeight;
    return Math.max(120, Math.floor((innerHeight - around) / rows));
  }
  const film = viewer.lens.shown;
  const room = clamp(heightOnPage(viewer, rows), 300, 1100);
  return Math.floor(Math.max(120, Math.min(room, (width * film.height) / film.width)));
}

function resizeCanvas(canvas, columns, rows) {
  // Setting a canvas's size clears it, even to the same size.
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  canvas.style.width = `${columns / devicePixelRatio}px`;
  canvas.style.height = `${rows / devicePixelRatio}px`;
}

function showPanels(viewer) {
  const { panels, only, desk, box } = viewer;
  if (box) box.hidden = !desk.shown.includes(viewer);
  panels.forEach((panel, i) => {
    panel.box.hidden = only !== null && only !== i;
    panel.only.hidden = panels.length === 1 || desk.isPair;
    panel.only.setAttribute("aria-pressed", only === i);
  });
}

function layOut(viewer) {
  const { root, panels, el } = viewer;
  const { sides } = viewer.desk;
  const whole = root.clientWidth;
  if (!viewer.levels || whole === 0) return;
  for (const side of sides) showPanels(side);
  const isAll = viewer.only === null;
  const count = isAll ? panels.length : viewer.desk.shown.length;
  const { columns, rows } = gridOf(count, whole);
  // Whole pixels: a canvas that begins between two of them is blurred.
  const width = Math.floor((whole - columns + 1) / columns);
  el.panels.style.gridTemplateColumns = `repeat(${columns - 1}, ${width}px) minmax(0, 1fr)`;
  if (columns === 1) el.panels.style.gridTemplateColumns = "minmax(0, 1fr)";
  // Equal films on both sides: a spot of the screen is then the same spot in both.
  const height = Math.max(...sides.map((side) => filmHeight(side, width, rows)));
  root.style.setProperty("--film-height", `${height}px`);
  const across = Math.round(width * devicePixelRatio);
  const down = Math.round(height * devicePixelRatio);
  for (const side of sides) {
    // The pointer is over another spot now; where, it tells when it moves.
    if (side.lens.width !== across || side.lens.height !== down) side.glassAt = null;
    side.lens.resize(across, down);
    for (const { canvas } of side.panels) resizeCanvas(canvas, across, down);
    side.panels.forEach(revealChosen);
  }
  for (const side of sides) side.draw();
}

function toggleFullScreen(viewer) {
  const refused = () => viewer.say(text("viewer-done-no-full-screen"));
  if (document.fullscreenElement) document.exitFullscreen();
  else viewer.root.requestFullscreen().catch(refused);
}
