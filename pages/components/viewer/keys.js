/* keys.js: the keyboard. One row per key. */

const PAN_STEP = 30; // CSS pixels
const OPACITY_STEP = 5;
const REPEATED = /^(Arrow.*|[-+=[\]])$/; // while held; a held switch must not flicker

function nextColour(current) {
  const names = Object.keys(COLOUR_MAPS);
  return names[(names.indexOf(current) + 1) % names.length];
}

function stepOpacity(viewer, step) {
  viewer.prefer("opacity", clamp(viewer.prefs.opacity + step, 0, 100));
}

function panByKey(viewer, across, down) {
  const step = PAN_STEP * devicePixelRatio;
  viewer.pan(across * step, down * step);
}

const KEYS = {
  h: (viewer) => viewer.prefer("heat", !viewer.prefs.heat),
  "[": (viewer) => stepOpacity(viewer, -OPACITY_STEP),
  "]": (viewer) => stepOpacity(viewer, OPACITY_STEP),
  c: (viewer) => viewer.prefer("colour", nextColour(viewer.prefs.colour)),
  w: (viewer) => viewer.prefer("tool", "window"),
  p: (viewer) => viewer.prefer("tool", "pan"),
  b: (viewer) => viewer.prefer("tool", "box"),
  t: (viewer) => viewer.prefer("tool", "point"),
  l: (viewer) => viewer.prefer("tool", "ruler"),
  n: addMarkByKey,
  Delete: deleteChosen,
  Backspace: deleteChosen,
  m: nextGlass,
  x: flipFilm,
  r: rotateFilm,
  i: (viewer) => viewer.invert(),
  n: (viewer) => viewer.prefer("seen", !viewer.prefs.seen),
  "+": (viewer) => viewer.zoom(1.25),
  "=": (viewer) => viewer.zoom(1.25),
  "-": (viewer) => viewer.zoom(0.8),
  ArrowLeft: (viewer) => panByKey(viewer, 1, 0),
  ArrowRight: (viewer) => panByKey(viewer, -1, 0),
  ArrowUp: (viewer) => panByKey(viewer, 0, 1),
  ArrowDown: (viewer) => panByKey(viewer, 0, -1),
  f: (viewer) => viewer.act("fit"),
  o: (viewer) => viewer.act("one"),
  0: (viewer) => viewer.act("reset"),
  s: (viewer) => viewer.act("save"),
};

/* The innermost first: the mark in hand, the chosen mark, the single panel. */
function actionForEscape(viewer) {
  if (viewer.stroke) return () => cancelStroke(viewer);
  if (viewer.book.chosen) return () => chooseMark(viewer, null);
  return viewer.view.only === null ? null : () => viewer.showOnly(null);
}

/* The key's action, or nothing where the focused element needs the key itself. */
function actionFor(viewer, event) {
  const target = event.target;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (target.matches("input[type=number], select")) return null;
  if (key.startsWith("Arrow") && target !== viewer.root) return null;
  if (key === "Enter") return target === viewer.root ? () => viewer.act("full") : null;
  if (key === "Escape") return actionForEscape(viewer);
  const name = viewer.head.classes[Number(key) - 1];
  if (name !== undefined) return () => viewer.chooseClass(name);
  return Object.hasOwn(KEYS, key) ? () => KEYS[key](viewer) : null;
}

function wireKeys(viewer, on) {
  on(viewer.root, "keydown", (event) => {
    event.stopPropagation(); // or Streamlit's own R (rerun) and C (clear cache) fire
    if (!viewer.levels) return;
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (isUndo && !event.target.matches("input[type=number]")) {
      event.preventDefault();
      undoMarks(viewer);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actionFor(viewer, event);
    if (!action) return;
    event.preventDefault();
    if (!event.repeat || REPEATED.test(event.key)) action();
  });
}
