/* strip.js: the marks in words under the films: to choose, to name, to delete and to undo, by
   mouse and by keyboard. */

const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function markInWords(viewer, mark) {
  const number = viewer.book.marks.findIndex(({ id }) => id === mark.id) + 1;
  const length = mark.kind === "ruler" ? lengthInWords(viewer.head.film, mark.place) : "";
  const kind = text(`viewer-mark-${mark.kind}`);
  return [number || "", kind, length, mark.label].filter(Boolean).join(" ");
}

function markButton(viewer, mark) {
  const words = markInWords(viewer, mark);
  const button = make("button", "mark", words);
  button.type = "button";
  button.title = words;
  button.dataset.mark = mark.id;
  button.dataset.testid = "mark";
  button.setAttribute("aria-pressed", mark.id === viewer.book.chosen);
  return button;
}

/* Of two films the active one's. */
function refreshStrip({ desk }, note = "") {
  const viewer = desk.active;
  const { el, book, head, root } = viewer;
  const focused = root.getRootNode().activeElement?.dataset.mark;
  const chosen = chosenMark(book);
  const wasHidden = el.marks.hidden;
  el.marks.hidden = desk.sides.every((side) => !side.book?.marks.length && !side.book?.past.length);
  el.marksOf.textContent = desk.isPair ? text("viewer-marks-of", { name: viewer.name }) : "";
  const buttons = book.marks.map((mark) => markButton(viewer, mark));
  el.marksList.replaceChildren(...buttons);
  buttons.find((button) => button.dataset.mark === focused)?.focus({ preventScroll: true });
  el.markLabel.value = chosen?.label ?? "";
  el.markLabel.dataset.mark = chosen?.id ?? "";
  el.markLabel.disabled = !chosen;
  root.querySelector("[data-do=unmark]").disabled = !chosen;
  root.querySelector("[data-do=undo]").disabled = book.past.length === 0;
  const hasRuler = book.marks.some(({ kind }) => kind === "ruler");
  const isCautious = hasRuler && lengthCaution(head.film) !== "";
  el.marksNote.textContent = note || (isCautious ? text("viewer-lengths-caution") : "");
  root.dataset.marks = JSON.stringify(book.marks);
  if (wasHidden !== el.marks.hidden) layOut(viewer);
}

/* The field may still hold what was typed for a mark that is no longer chosen. */
function renameMark(viewer) {
  const { markLabel } = viewer.el;
  const mark = viewer.book.marks.find(({ id }) => id === markLabel.dataset.mark);
  const label = markLabel.value.trim();
  if (mark && label !== mark.label) replaceMark(viewer, { ...mark, label });
}

function wireStrip(desk, on) {
  const { el } = desk;
  on(el.marksList, "click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) chooseMark(desk.active, button.dataset.mark);
  });
  on(el.marksList, "keydown", (event) => {
    const step = ARROWS[event.key];
    const id = event.target.dataset.mark;
    if (!step || !id) return;
    event.preventDefault();
    chooseMark(desk.active, id);
    nudgeStroke(desk.active, ...step, event.shiftKey);
  });
  on(el.marksList, "keyup", (event) => {
    if (ARROWS[event.key]) finishStroke(desk.active);
  });
  on(el.marksList, "focusout", () => finishStroke(desk.active));
  on(el.markLabel, "change", () => renameMark(desk.active));
  on(el.markLabel, "keydown", (event) => {
    event.stopPropagation(); // letters are letters here, and Ctrl+Z undoes typing
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Enter" || event.key === "Escape") {
      if (event.key === "Escape") el.markLabel.value = chosenMark(desk.active.book)?.label ?? "";
      desk.root.focus({ preventScroll: true });
    }
  });
  on(memory.bell, "post", () => desk.sides.forEach(takeMarks));
}
