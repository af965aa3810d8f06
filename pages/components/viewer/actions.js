/* actions.js: what a button or a key does, by the name in `data-do`. */

const ACTIONS = {
  fit: (viewer) => viewer.lens.fit(),
  one: (viewer) => viewer.lens.zoomBy(1 / viewer.lens.scale),
  reset: (viewer) => viewer.reset(),
  save: savePicture,
  full: toggleFullScreen,
  flip: flipFilm,
  rotate: rotateFilm,
  glass: nextGlass,
  unmark: deleteChosen,
  undo: undoMarks,
  print: printView,
  keys: (viewer) => toggleSheet(viewer.el.sheet),
};
