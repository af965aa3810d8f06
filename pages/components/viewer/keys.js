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

/* `keys` as the browser names them, letters small; `shown` where the sheet writes them otherwise.
   `ctrl`: with Ctrl or Command. `own`: only while the viewer itself has the focus, since buttons
   and sliders need the key. `when`: left to the browser otherwise. */
const KEY_TABLE = [
  { group: "Class and heat", keys: DIGITS, shown: ["1", "…", "9"], words: "class",
    when: ({ desk }, key) => desk.classes[Number(key) - 1] !== undefined,
    run: (viewer, key) => viewer.chooseClass(viewer.desk.classes[Number(key) - 1]) },
  { group: "Class and heat", keys: ["h"], words: "heat on or off",
    run: (viewer) => viewer.prefer("heat", !viewer.prefs.heat) },
  { group: "Class and heat", keys: ["["], words: "less opaque",
    run: (viewer) => stepPercent(viewer, "opacity", -PERCENT_STEP) },
  { group: "Class and heat", keys: ["]"], words: "more opaque",
    run: (viewer) => stepPercent(viewer, "opacity", PERCENT_STEP) },
  { group: "Class and heat", keys: [","], words: "lower threshold",
    run: (viewer) => stepPercent(viewer, "threshold", -PERCENT_STEP) },
  { group: "Class and heat", keys: ["."], words: "higher threshold",
    run: (viewer) => stepPercent(viewer, "threshold", PERCENT_STEP) },
  { group: "Class and heat", keys: ["e"], words: "outline or filled", run: toggleOutline },
  { group: "Class and heat", keys: ["c"], words: "next colour map",
    run: (viewer) => viewer.prefer("colour", nextColour(viewer.prefs.colour)) },
  { group: "Mouse drag", keys: ["w"], words: "tool: window",
    run: (viewer) => viewer.prefer("tool", "window") },
  { group: "Mouse drag", keys: ["p"], words: "tool: move",
    run: (viewer) => viewer.prefer("tool", "pan") },
  { group: "Mouse drag", keys: ["b"], words: "tool: box", run: (viewer) => viewer.prefer("tool", "box") },
  { group: "Mouse drag", keys: ["t"], words: "tool: point",
    run: (viewer) => viewer.prefer("tool", "point") },
  { group: "Mouse drag", keys: ["l"], words: "tool: ruler",
    run: (viewer) => viewer.prefer("tool", "ruler") },
  { group: "Marks", keys: ["n"], words: "new mark in the middle; arrows move it, Shift and arrows its end",
    run: addMarkByKey },
  { group: "Marks", keys: ["Delete", "Backspace"], shown: ["Delete"], words: "delete the chosen mark",
    run: deleteChosen },
  { group: "Marks", keys: ["z"], ctrl: true, shown: ["Ctrl", "Z"], words: "undo", run: undoMarks },
  { group: "Film", keys: ["x"], words: "flip", run: flipFilm },
  { group: "Film", keys: ["r"], words: "rotate", run: rotateFilm },
  { group: "Film", keys: ["m"], words: "magnifier", run: nextGlass },
  { group: "Film", keys: ["v"], words: "what each network was given",
    run: (viewer) => viewer.prefer("seen", !viewer.prefs.seen) },
  { group: "Film", keys: ["i"], words: "invert", run: (viewer) => viewer.invert() },
  { group: "Film", keys: ["+", "="], shown: ["+"], words: "zoom in", run: (viewer) => viewer.zoom(1.25) },
  { group: "Film", keys: ["-"], shown: ["−"], words: "zoom out", run: (viewer) => viewer.zoom(0.8) },
  { group: "Film", keys: ARROW_KEYS, shown: ["←", "→", "↑", "↓"], words: "move the film", own: true,
    run: panByKey },
  { group: "Film", keys: ["f"], words: "fit", run: (viewer) => viewer.act("fit") },
  { group: "Film", keys: ["o"], words: "1:1, a film pixel for each screen pixel",
    run: (viewer) => viewer.act("one") },
  { group: "Film", keys: ["0"], words: "reset zoom, window and panels",
    run: (viewer) => viewer.act("reset") },
  { group: "Side by side", keys: ["k"], words: "linked or free", when: ({ desk }) => desk.isPair,
    run: (viewer) => viewer.act("link") },
  { group: "Side by side", keys: ["a"], words: "the other side active",
    when: ({ desk }) => desk.isPair, run: ({ desk }) => desk.nextSide() },
  { group: "Screen and output", keys: ["Enter"], words: "full screen", own: true,
    run: (viewer) => viewer.act("full") },
  { group: "Screen and output", keys: ["Escape"], shown: ["Esc"], words: "no mark chosen, all panels again",
    when: (viewer) => actionForEscape(viewer) !== null, run: (viewer) => actionForEscape(viewer)() },
  { group: "Screen and output", keys: ["s"], words: "save as PNG", run: (viewer) => viewer.act("save") },
  { group: "Screen and output", keys: ["p"], ctrl: true, shown: ["Ctrl", "P"], words: "print",
    run: (viewer) => viewer.act("print") },
  { group: "Screen and output", keys: ["?"], words: "this sheet", run: (viewer) => viewer.act("keys") },
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
