/* book.js: the marks of one film, and their way to Python and back through `post.js`. A book
   belongs to the stored film, whichever viewer shows it and however its greys are turned. */

const MOST_UNDONE = 50;

function openBook(viewer) {
  const fresh = { marks: [], chosen: null, past: [], sent: [] };
  viewer.stroke = null;
  viewer.book = recall(memory.books, viewer.head.film.source, fresh);
  takeMarks(viewer);
  refreshStrip(viewer);
}

/* A finished change, and only that, is told to Python. */
function changeMarks(viewer, marks, chosen) {
  const { book } = viewer;
  book.past = [...book.past, book.marks].slice(-MOST_UNDONE);
  settleMarks(viewer, marks, chosen);
}

function settleMarks(viewer, marks, chosen) {
  const { book, head } = viewer;
  Object.assign(book, { marks: marks.map(tidyMark), chosen });
  book.sent.push(JSON.stringify(book.marks));
  memory.posts.get(head.key)?.hand(head.film.source, book.marks);
  refreshStrip(viewer);
  for (const side of viewer.desk.sides) side.draw(); // the other may be a copy of the same film
}

/* What Python holds. A late answer to an older change is no news; anything else is its word. */
function takeMarks(viewer) {
  const { book, head } = viewer;
  const post = memory.posts.get(head?.key);
  if (!book || post?.film !== head.film.source) return;
  const marks = post.marks.map(tidyMark);
  const told = JSON.stringify(marks);
  const isKnown = told === JSON.stringify(book.marks);
  if (!isKnown && book.sent.includes(told)) return;
  book.sent = [told];
  if (isKnown) return;
  const isThere = marks.some(({ id }) => id === book.chosen);
  Object.assign(book, { marks, past: [], chosen: isThere ? book.chosen : null });
  refreshStrip(viewer);
  viewer.draw();
}

function chosenMark({ marks, chosen }) {
  return marks.find(({ id }) => id === chosen);
}

function chooseMark(viewer, id) {
  if (viewer.book.chosen === id) return;
  viewer.book.chosen = id;
  refreshStrip(viewer);
  viewer.draw();
}

function replaceMark(viewer, changed) {
  const marks = viewer.book.marks.map((mark) => (mark.id === changed.id ? changed : mark));
  changeMarks(viewer, marks, changed.id);
}

function deleteChosen(viewer) {
  const mark = chosenMark(viewer.book);
  if (!mark) return;
  const words = markInWords(viewer, mark);
  changeMarks(viewer, viewer.book.marks.filter(({ id }) => id !== mark.id), null);
  viewer.root.focus({ preventScroll: true }); // its button is gone
  viewer.say(text("viewer-mark-deleted", { mark: words }));
}

function undoMarks(viewer) {
  const { book } = viewer;
  if (book.past.length === 0) return;
  const marks = book.past.at(-1);
  book.past = book.past.slice(0, -1);
  const back = marks.find(({ id }) => !book.marks.some((mark) => mark.id === id));
  const isThere = marks.some(({ id }) => id === book.chosen);
  settleMarks(viewer, marks, back?.id ?? (isThere ? book.chosen : null));
  if (book.past.length === 0) viewer.root.focus({ preventScroll: true });
  viewer.say(text("viewer-mark-undone"));
}
