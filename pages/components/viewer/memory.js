/* memory.js: what outlives a remount: views per film and key, preferences per key. The key is
   the page's own, from the parcel: the one that Streamlit hands to a mount is new every time. */

// On the page, not in the module: Streamlit may import the module anew. Gone on a reload.
const memory = (globalThis[Symbol.for("cxr-triage.film-viewer")] ??= {});
for (const name of ["views", "prefs", "books", "posts", "ties"]) memory[name] ??= new Map();
memory.bell ??= new EventTarget(); // rings when `post.js` brings marks

function recall(map, key, first) {
  if (!map.has(key)) map.set(key, first);
  return map.get(key);
}

/* Film first: heat begins faint. */
function recallPreferences(key) {
  const heat = { opacity: 30, threshold: 0, outline: false, colour: "inferno", heat: true };
  const pair = { linked: true, shows: "" }; // whose heat each side of two shows; "" for none
  return recall(memory.prefs, key, { ...heat, ...pair, seen: false, tool: "window", glass: 0 });
}

/* How two films go together: the common view, and how far the right one was shifted by hand. */
function recallTie(left, right) {
  const view = { zoom: 1, x: 0.5, y: 0.5, turns: 0, flipped: false };
  return recall(memory.ties, `${left.film.id} ${right.film.id}`, { view, shift: [0, 0] });
}

function recallView(head, presets) {
  const { width, level } = presets.default;
  const window = { preset: "default", width, level, function: "LINEAR", invert: false };
  const stored = { turns: 0, flipped: false };
  const place = { zoom: 1, x: 0.5, y: 0.5, only: null, ...stored };
  const fresh = { ...place, ...window, chosen: "", hint: null };
  const view = recall(memory.views, `${head.key} ${head.film.id}`, fresh);
  // The reader's choice stands until the page proposes another class.
  if (view.hint !== head.selected || !head.classes.includes(view.chosen)) {
    view.chosen = head.selected || head.classes[0] || "";
    view.hint = head.selected;
  }
  if (view.only > head.panels.length) view.only = null;
  return view;
}
