/* actions.js: what a button or a key does, by the name in `data-do`. */

const ACTIONS = {
  fit: (viewer) => viewer.move((lens) => lens.fit()),
  // Of two linked films the active one; the other keeps to its magnification.
  one: (viewer) => viewer.move((lens) => lens.zoomBy(1 / viewer.lens.scale)),
  reset: (viewer) => viewer.reset(),
  save: savePicture,
  full: toggleFullScreen,
  flip: flipFilm,
  rotate: rotateFilm,
  glass: nextGlass,
  unmark: deleteChosen,
  undo: undoMarks,
  print: printView,
  link: (viewer) => viewer.desk.link(),
  keys: (viewer) => toggleSheet(viewer.el.sheet),
};
