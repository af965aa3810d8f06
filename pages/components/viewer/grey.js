/* grey.js: the grey scale by hand. Of two linked films both follow: windows by shares of each
   film's own range, since their units differ, presets and the inversion by name. */

function windowTo(viewer, width, level) {
  const wider = (width - viewer.view.width) / viewer.span;
  const higher = (level - viewer.view.level) / viewer.span;
  for (const side of viewer.desk.together(viewer)) {
    const { view, span } = side;
    if (side === viewer) side.setWindow(width, level);
    else side.setWindow(view.width + wider * span, view.level + higher * span);
  }
}

/* The window of the same name among another film's: the header's go by their words. */
function samePreset(presets, name, label) {
  if (!name.startsWith("header")) return name;
  return Object.keys(presets).find((each) => presets[each].label === label);
}

function choosePreset(viewer, name) {
  const { label } = viewer.presets[name];
  for (const side of viewer.desk.together(viewer)) {
    const same = side === viewer ? name : samePreset(side.presets, name, label);
    const { width, level } = side.presets[same] ?? {};
    if (width) side.setWindow(width, level, same);
    else if (!same) viewer.say(text("viewer-side-no-preset", { name: side.name, preset: label }));
  }
}

function invertGreys(viewer) {
  const isInverted = !viewer.view.invert;
  for (const side of viewer.desk.together(viewer)) {
    side.view.invert = isInverted;
    side.draw();
  }
  viewer.say(text(isInverted ? "viewer-done-inverted" : "viewer-done-not-inverted"));
}
