/* sheet.js: the marks of one film, and their way to Python and back through `post.js`. A sheet
   belongs to the stored film, whichever viewer shows it and however its greys are turned. */

const MOST_UNDONE = 50;

function openSheet(viewer) {
  const fresh = { marks: [], chosen: null, past: [], sent: [] };
  viewer.stroke = null;
  viewer.sheet = recall(memory.sheets, viewer.head.film.source, fresh);
  takeMarks(viewer);
  refreshStrip(viewer);
}

/* A finished change, and only that, is told to Python. */
function changeMarks(viewer, marks, chosen) {
  const { sheet } = viewer;
  sheet.past = [...sheet.past, sheet.marks].slice(-MOST_UNDONE);
  settleMarks(viewer, marks, chosen);
}

function settleMarks(viewer, marks, chosen) {
  const { sheet, head } = viewer;
  Object.assign(sheet, { marks: marks.map(tidyMark), chosen });
  sheet.sent.push(JSON.stringify(sheet.marks));
  memory.posts.get(head.key)?.hand(head.film.source, sheet.marks);
  refreshStrip(viewer);
  viewer.draw();
}

/* What Python holds. A late answer to an older change is no news; anything else is its word. */
function takeMarks(viewer) {
  const { sheet, head } = viewer;
  const post = memory.posts.get(head?.key);
  if (!sheet || post?.film !== head.film.source) return;
  const marks = post.marks.map(tidyMark);
  const text = JSON.stringify(marks);
  const isKnown = text === JSON.stringify(sheet.marks);
  if (!isKnown && sheet.sent.includes(text)) return;
  sheet.sent = [text];
  if (isKnown) return;
  const isThere = marks.some(({ id }) => id === sheet.chosen);
  Object.assign(sheet, { marks, past: [], chosen: isThere ? sheet.chosen : null });
  refreshStrip(viewer);
  viewer.draw();
}

function chosenMark({ marks, chosen }) {
  return marks.find(({ id }) => id === chosen);
}

function chooseMark(viewer, id) {
  if (viewer.sheet.chosen === id) return;
  viewer.sheet.chosen = id;
  refreshStrip(viewer);
  viewer.draw();
}

function replaceMark(viewer, changed) {
  const marks = viewer.sheet.marks.map((mark) => (mark.id === changed.id ? changed : mark));
  changeMarks(viewer, marks, changed.id);
}

function deleteChosen(viewer) {
  const mark = chosenMark(viewer.sheet);
  if (!mark) return;
  const name = markInWords(viewer, mark);
  changeMarks(viewer, viewer.sheet.marks.filter(({ id }) => id !== mark.id), null);
  viewer.root.focus({ preventScroll: true }); // its button is gone
  viewer.say(`${name} deleted`);
}

function undoMarks(viewer) {
  const { sheet } = viewer;
  if (sheet.past.length === 0) return;
  const marks = sheet.past.at(-1);
  sheet.past = sheet.past.slice(0, -1);
  const back = marks.find(({ id }) => !sheet.marks.some((mark) => mark.id === id));
  const isThere = marks.some(({ id }) => id === sheet.chosen);
  settleMarks(viewer, marks, back?.id ?? (isThere ? sheet.chosen : null));
  if (sheet.past.length === 0) viewer.root.focus({ preventScroll: true });
  viewer.say("Last change of the marks undone");
}
