/* keys.js: the keyboard. One row per key: what it does, and what the sheet of keys says of it. */

const PAN_STEP = 30; // CSS pixels
const PERCENT_STEP = 5;
const REPEATED = /^(Arrow.*|[-+=[\],.])$/; // while held; a held switch must not flicker
const FIRST_THRESHOLD = 50; // percent; the outline of all heat above 0 is no line

function nextColour(current) {
  const names = Object.keys(COLOUR_MAPS);
  return names[(names.indexOf(current) + 1) % names.length];
}

function stepPercent(viewer, name, by) {
  viewer.prefer(name, clamp(viewer.prefs[name] + by, 0, 100));
}

function toggleOutline(viewer) {
  if (!viewer.prefs.outline && viewer.prefs.threshold === 0) viewer.prefs.threshold = FIRST_THRESHOLD;
  viewer.prefer("outline", !viewer.prefs.outline);
}

function panByKey(viewer, key) {
  const length = PAN_STEP * devicePixelRatio;
  const across = { ArrowLeft: 1, ArrowRight: -1 }[key] ?? 0;
  const down = { ArrowUp: 1, ArrowDown: -1 }[key] ?? 0;
  viewer.pan(across * length, down * length);
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const ARROW_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

/* `keys` as the browser names them, letters small; `shown` where the sheet writes them otherwise;
   `group` and `does` end the names of messages. `ctrl`: with Ctrl or Command. `own`: only while
   the viewer itself has the focus, since buttons and sliders need the key. `when`: left to the
   browser otherwise. */
const KEY_TABLE = [
  { group: "heat", keys: DIGITS, shown: ["1", "…", "9"], does: "class",
    when: ({ desk }, key) => desk.classes[Number(key) - 1] !== undefined,
    run: (viewer, key) => viewer.chooseClass(viewer.desk.classes[Number(key) - 1]) },
  { group: "heat", keys: ["h"], does: "heat",
    run: (viewer) => viewer.prefer("heat", !viewer.prefs.heat) },
  { group: "heat", keys: ["["], does: "less-opaque",
    run: (viewer) => stepPercent(viewer, "opacity", -PERCENT_STEP) },
  { group: "heat", keys: ["]"], does: "more-opaque",
    run: (viewer) => stepPercent(viewer, "opacity", PERCENT_STEP) },
  { group: "heat", keys: [","], does: "lower-threshold",
    run: (viewer) => stepPercent(viewer, "threshold", -PERCENT_STEP) },
  { group: "heat", keys: ["."], does: "higher-threshold",
    run: (viewer) => stepPercent(viewer, "threshold", PERCENT_STEP) },
  { group: "heat", keys: ["e"], does: "outline", run: toggleOutline },
  { group: "heat", keys: ["c"], does: "colour",
    run: (viewer) => viewer.prefer("colour", nextColour(viewer.prefs.colour)) },
  { group: "drag", keys: ["w"], does: "tool-window",
    run: (viewer) => viewer.prefer("tool", "window") },
  { group: "drag", keys: ["p"], does: "tool-move",
    run: (viewer) => viewer.prefer("tool", "pan") },
  { group: "drag", keys: ["b"], does: "tool-box", run: (viewer) => viewer.prefer("tool", "box") },
  { group: "drag", keys: ["t"], does: "tool-point",
    run: (viewer) => viewer.prefer("tool", "point") },
  { group: "drag", keys: ["l"], does: "tool-ruler",
    run: (viewer) => viewer.prefer("tool", "ruler") },
  { group: "marks", keys: ["n"], does: "new-mark", run: addMarkByKey },
  { group: "marks", keys: ["Delete", "Backspace"], shown: ["delete"], does: "delete",
    run: deleteChosen },
  { group: "marks", keys: ["z"], ctrl: true, shown: ["ctrl", "z"], does: "undo", run: undoMarks },
  { group: "film", keys: ["x"], does: "flip", run: flipFilm },
  { group: "film", keys: ["r"], does: "rotate", run: rotateFilm },
  { group: "film", keys: ["m"], does: "glass", run: nextGlass },
  { group: "film", keys: ["v"], does: "seen",
    run: (viewer) => viewer.prefer("seen", !viewer.prefs.seen) },
  { group: "film", keys: ["i"], does: "invert", run: (viewer) => viewer.invert() },
  { group: "film", keys: ["+", "="], shown: ["+"], does: "zoom-in", run: (viewer) => viewer.zoom(1.25) },
  { group: "film", keys: ["-"], shown: ["−"], does: "zoom-out", run: (viewer) => viewer.zoom(0.8) },
  { group: "film", keys: ARROW_KEYS, shown: ["←", "→", "↑", "↓"], does: "move-film", own: true,
    run: panByKey },
  { group: "film", keys: ["f"], does: "fit", run: (viewer) => viewer.act("fit") },
  { group: "film", keys: ["o"], does: "one",
    run: (viewer) => viewer.act("one") },
  { group: "film", keys: ["0"], does: "reset",
    run: (viewer) => viewer.act("reset") },
  { group: "pair", keys: ["k"], does: "link", when: ({ desk }) => desk.isPair,
    run: (viewer) => viewer.act("link") },
  { group: "pair", keys: ["a"], does: "other-side",
    when: ({ desk }) => desk.isPair, run: ({ desk }) => desk.nextSide() },
  { group: "output", keys: ["Enter"], shown: ["enter"], does: "full", own: true,
    run: (viewer) => viewer.act("full") },
  { group: "output", keys: ["Escape"], shown: ["esc"], does: "escape",
    when: (viewer) => actionForEscape(viewer) !== null, run: (viewer) => actionForEscape(viewer)() },
  { group: "output", keys: ["s"], does: "save", run: (viewer) => viewer.act("save") },
  { group: "output", keys: ["p"], ctrl: true, shown: ["ctrl", "p"], does: "print",
    run: (viewer) => viewer.act("print") },
  { group: "output", keys: ["?"], does: "sheet", run: (viewer) => viewer.act("keys") },
];

const keyName = (key, ctrl) => (ctrl ? `Ctrl ${key}` : key);
const ROW_OF_KEY = new Map(
  KEY_TABLE.flatMap((row) => row.keys.map((key) => [keyName(key, row.ctrl), row])),
);

/* The innermost first: the mark in hand, the chosen mark, the single panel. */
function actionForEscape(viewer) {
  if (viewer.stroke) return () => cancelStroke(viewer);
  if (viewer.book.chosen) return () => chooseMark(viewer, null);
  const isOnly = viewer.desk.isPair ? viewer.desk.single : viewer.view.only !== null;
  return isOnly ? () => viewer.showOnly(null) : null;
}

/* The key's action, or nothing where the focused element or the browser needs the key. */
function actionFor(viewer, event) {
  const { target } = event;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const row = ROW_OF_KEY.get(keyName(key, event.ctrlKey || event.metaKey));
  if (!row || (row.own && target !== viewer.root)) return null;
  const isTyped = target.matches("input[type=number], select");
  if (isTyped && (!row.ctrl || key === "z")) return null;
  if (row.when && !row.when(viewer, key)) return null;
  return () => row.run(viewer, key);
}

function wireKeys(desk, on) {
  on(desk.root, "keydown", (event) => {
    const viewer = desk.active;
    event.stopPropagation(); // or Streamlit's own R (rerun) and C (clear cache) fire
    if (event.altKey || !viewer.levels) return;
    const action = actionFor(viewer, event);
    if (!action) return;
    event.preventDefault();
    if (!event.repeat || REPEATED.test(event.key)) action();
  });
}
