/* marks.js: the shapes drawn on a film: `kind`, `label` and `place`, which holds x and y of one
   corner or end after the other in pixels of the stored film. Knows nothing of Python or panels. */

const MARK_TOOLS = ["box", "point", "ruler"];
const MOST_MARKS = 100; // as in marks.py
const SMALLEST_MARK = 4; // CSS pixels: a shorter drag was a click
const REACH = { mouse: 6, pen: 10, touch: 18 }; // CSS pixels about a line that still touch it

// Which x and which y of `place` a handle moves.
const HANDLES = {
  box: [[0, 1], [2, 1], [2, 3], [0, 3]],
  point: [[0, 1]],
  ruler: [[0, 1], [2, 3]],
};
const LAST_HANDLE = { box: 2, point: 0, ruler: 1 };
const WHOLE = -1; // instead of a handle: all of the mark

const hundredth = (value) => Math.round(100 * value) / 100;

/* The same mark, always written in the same way: told from another by its JSON. */
function tidyMark({ id, kind, label, place }) {
  let [x, y, endX, endY] = place.map(hundredth);
  if (kind === "point") return { id, kind, label, place: [x, y] };
  if (kind === "box" && x > endX) [x, endX] = [endX, x];
  if (kind === "box" && y > endY) [y, endY] = [endY, y];
  return { id, kind, label, place: [x, y, endX, endY] };
}

function newMark(kind, x, y) {
  const id = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  return { id, kind, label: "", place: kind === "point" ? [x, y] : [x, y, x, y] };
}

/* Move a handle or the whole by film pixels; nothing leaves the film. */
function movedMark(mark, handle, dx, dy, film) {
  const place = [...mark.place];
  if (handle !== WHOLE) {
    const [column, row] = HANDLES[mark.kind][handle];
    place[column] = clamp(place[column] + dx, 0, film.width);
    place[row] = clamp(place[row] + dy, 0, film.height);
    return { ...mark, place };
  }
  const columns = place.filter((_, i) => i % 2 === 0);
  const rows = place.filter((_, i) => i % 2 === 1);
  const across = clamp(dx, -Math.min(...columns), film.width - Math.max(...columns));
  const down = clamp(dy, -Math.min(...rows), film.height - Math.max(...rows));
  return { ...mark, place: place.map((each, i) => each + (i % 2 ? down : across)) };
}

function handlesOnScreen({ kind, place }, lens) {
  return HANDLES[kind].map(([column, row]) => lens.toScreen(place[column], place[row]));
}

function distanceToLine(x, y, [startX, startY], [endX, endY]) {
  const across = endX - startX;
  const down = endY - startY;
  const square = across ** 2 + down ** 2 || 1;
  const share = clamp(((x - startX) * across + (y - startY) * down) / square, 0, 1);
  return Math.hypot(x - startX - share * across, y - startY - share * down);
}

/* The nearest handle within reach, or WHOLE on a line; null elsewhere, a box's inside too. */
function handleAt(mark, lens, x, y, reach) {
  const spots = handlesOnScreen(mark, lens);
  const distances = spots.map(([spotX, spotY]) => Math.hypot(spotX - x, spotY - y));
  const nearest = distances.indexOf(Math.min(...distances));
  if (distances[nearest] <= reach * 1.3) return mark.kind === "point" ? WHOLE : nearest;
  const lines = mark.kind === "box" ? spots.length : spots.length - 1;
  for (let i = 0; i < lines; i++) {
    if (distanceToLine(x, y, spots[i], spots[(i + 1) % spots.length]) <= reach) return WHOLE;
  }
  return null;
}

/* The chosen mark first, then the one drawn last. */
function gripAt(viewer, place, kindOfPointer = "mouse") {
  const { marks, chosen } = viewer.book;
  const reach = (REACH[kindOfPointer] ?? REACH.mouse) * devicePixelRatio;
  const order = [...marks].reverse().sort((a, b) => (b.id === chosen) - (a.id === chosen));
  for (const mark of order) {
    const handle = handleAt(mark, viewer.lens, place.x, place.y, reach);
    if (handle !== null) return { mark, handle };
  }
  return null;
}

function isTooSmall(mark, lens) {
  if (mark.kind === "point") return false;
  const [x, y] = lens.toScreen(mark.place[0], mark.place[1]);
  const [endX, endY] = lens.toScreen(mark.place[2], mark.place[3]);
  const sides = [Math.abs(endX - x), Math.abs(endY - y)];
  const least = mark.kind === "box" ? Math.min(...sides) : Math.hypot(...sides);
  return least < SMALLEST_MARK * devicePixelRatio;
}
