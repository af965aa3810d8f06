/* stroke.js: a mark while it is being drawn or moved: seen at once in every panel, told to nobody
   before the hand lets go. */

/* Say so where no further mark finds room. */
function isFull(viewer) {
  const full = viewer.book.marks.length >= MOST_MARKS;
  if (full) refreshStrip(viewer, text("viewer-marks-full", { most: MOST_MARKS }));
  return full;
}

/* Take hold of a mark within reach or begin a new one: "mark"; "none" where the book is full;
   null where the chosen tool has its own use for the drag. */
function beginStroke(viewer, place, kindOfPointer) {
  const { lens, book, prefs } = viewer;
  const grip = gripAt(viewer, place, kindOfPointer);
  const spot = lens.toFilm(place.x, place.y);
  if (grip) {
    viewer.stroke = { ...grip, before: grip.mark, spot, isNew: false };
    chooseMark(viewer, grip.mark.id);
    return "mark";
  }
  if (!MARK_TOOLS.includes(prefs.tool)) return null;
  if (isFull(viewer)) return "none";
  const inside = [clamp(spot[0], 0, lens.film.width), clamp(spot[1], 0, lens.film.height)];
  const mark = newMark(prefs.tool, ...inside);
  viewer.stroke = { mark, before: mark, handle: LAST_HANDLE[mark.kind], spot: inside, isNew: true };
  chooseMark(viewer, null);
  viewer.draw();
  return "mark";
}

function moveStroke(viewer, place) {
  const { stroke, lens } = viewer;
  if (!stroke) return;
  const [x, y] = lens.toFilm(place.x, place.y);
  const [fromX, fromY] = stroke.spot;
  stroke.mark = movedMark(stroke.before, stroke.handle, x - fromX, y - fromY, lens.film);
  viewer.draw();
}

function finishStroke(viewer) {
  const { stroke, book, lens } = viewer;
  viewer.stroke = null;
  if (!stroke) return;
  const mark = tidyMark(stroke.mark);
  const isChanged = JSON.stringify(mark) !== JSON.stringify(stroke.before);
  const isOnSheet = book.marks.some(({ id }) => id === mark.id);
  if (stroke.isNew && !isTooSmall(mark, lens)) {
    changeMarks(viewer, [...book.marks, mark], mark.id);
    viewer.say(markInWords(viewer, mark));
  } else if (!stroke.isNew && isOnSheet && isChanged && !isTooSmall(mark, lens)) {
    replaceMark(viewer, mark);
  }
  viewer.draw();
}

function cancelStroke(viewer) {
  if (!viewer.stroke) return false;
  viewer.stroke = null;
  viewer.draw();
  return true;
}

/* What is to be seen: the book, with the mark in hand where the hand has it. */
function marksInHand({ book, stroke }) {
  if (!stroke) return book.marks;
  if (stroke.isNew) return [...book.marks, stroke.mark];
  return book.marks.map((mark) => (mark.id === stroke.mark.id ? stroke.mark : mark));
}

/* For those without a mouse: a mark in the middle of the view, to be moved by the arrows. */
function addMarkByKey(viewer) {
  const { lens, prefs, book } = viewer;
  if (isFull(viewer)) return;
  const kind = MARK_TOOLS.includes(prefs.tool) ? prefs.tool : "box";
  const side = Math.min(lens.width, lens.height) / 8;
  const rise = kind === "box" ? side : 0;
  const middle = [lens.width / 2, lens.height / 2];
  const start = kind === "point" ? middle : [middle[0] - side, middle[1] - rise];
  const mark = newMark(kind, ...lens.toFilm(...start));
  const end = lens.toFilm(middle[0] + side, middle[1] + rise);
  if (kind !== "point") mark.place = [...mark.place.slice(0, 2), ...end];
  changeMarks(viewer, [...book.marks, mark], mark.id);
  viewer.el.marksList.querySelector("[aria-pressed=true]")?.focus();
}

/* One film pixel across or down on the screen, of the whole mark or of its last corner. */
function nudgeStroke(viewer, across, down, isCorner) {
  const mark = viewer.stroke?.mark ?? chosenMark(viewer.book);
  if (!mark) return;
  const { lens } = viewer;
  const [x, y] = lens.toFilm(0, 0);
  const [endX, endY] = lens.toFilm(across * lens.scale, down * lens.scale);
  const handle = isCorner ? LAST_HANDLE[mark.kind] : WHOLE;
  const before = viewer.stroke?.before ?? mark;
  const moved = movedMark(mark, handle, endX - x, endY - y, lens.film);
  viewer.stroke = { mark: moved, before, handle, spot: null, isNew: false };
  viewer.draw();
}
