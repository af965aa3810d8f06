/* actions.js: what a button or a key does, by the name in `data-do`. */

function toggleFullScreen(viewer) {
  const { root } = viewer;
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen().catch(() => viewer.say("Full screen is not allowed here"));
}

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
};
