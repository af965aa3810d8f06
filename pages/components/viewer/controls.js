/* controls.js: the toolbar: fill it, listen to it, mirror the state back into it. */

const MOST_RADIOS = 5; // classes; with more, or with long names, a list takes less room
const LONGEST_RADIOS = 44; // characters in all

function fillColours(select) {
  for (const name of Object.keys(COLOUR_MAPS)) {
    select.append(new Option(name[0].toUpperCase() + name.slice(1), name));
  }
}

function classRadio(name, number) {
  const label = make("label", "");
  const radio = make("input", "");
  radio.type = "radio";
  radio.name = "class";
  radio.value = name;
  if (number < 10) label.title = text("viewer-class-key", { number });
  label.append(radio, make("span", "", name));
  return label;
}

function fillClasses(el, classes) {
  const isShort = classes.length <= MOST_RADIOS && classes.join("").length <= LONGEST_RADIOS;
  el.classRadios.replaceChildren();
  el.classSelect.replaceChildren();
  el.classGroup.hidden = classes.length === 0;
  el.classRadios.hidden = !isShort;
  el.classPick.hidden = isShort;
  classes.forEach((name, i) => {
    if (isShort) el.classRadios.append(classRadio(name, i + 1));
    else el.classSelect.append(new Option(name, name));
  });
}

function fillPresets(select, presets) {
  const options = Object.entries(presets).map(([name, { label }]) => new Option(label, name));
  select.replaceChildren(...options);
}

function wireControls(desk, on) {
  const { el, root } = desk;
  on(root, "click", (event) => {
    const viewer = desk.active;
    const button = event.target.closest("button");
    if (!viewer.levels) return;
    if (button?.dataset.toggle === "heat") viewer.prefer("heat", !viewer.prefs.heat);
    else if (button?.dataset.toggle === "seen") viewer.prefer("seen", !viewer.prefs.seen);
    else if (button?.dataset.toggle === "outline") toggleOutline(viewer);
    else if (button?.dataset.toggle === "invert") viewer.invert();
    else if (button?.dataset.only) viewer.showOnly(Number(button.dataset.only));
    else if (button?.dataset.do) viewer.act(button.dataset.do);
    // A click on a bar is a short cut for the mouse; the class chooser is there for everyone.
    const row = event.target.closest("tr[data-class]");
    if (row) viewer.chooseClass(row.dataset.class);
  });
  on(el.classRadios, "change", (event) => desk.active.chooseClass(event.target.value));
  on(el.classSelect, "change", () => desk.active.chooseClass(el.classSelect.value));
  on(el.opacity, "input", () => desk.active.prefer("opacity", Number(el.opacity.value)));
  on(el.threshold, "input", () => desk.active.prefer("threshold", Number(el.threshold.value)));
  on(el.colour, "change", () => desk.active.prefer("colour", el.colour.value));
  on(el.tools, "change", (event) => desk.active.prefer("tool", event.target.value));
  on(el.preset, "change", () => choosePreset(desk.active, el.preset.value));
  for (const field of [el.width, el.level]) {
    on(field, "change", () => {
      windowTo(desk.active, Number(el.width.value) || 1, Number(el.level.value) || 0);
    });
  }
}

function checkRadio(group, value) {
  for (const radio of group.querySelectorAll("input")) radio.checked = radio.value === value;
}

function mirrorControls(viewer) {
  const { el, prefs, view, root } = viewer;
  const focused = root.getRootNode().activeElement;
  el.opacity.value = prefs.opacity;
  el.opacityText.textContent = `${prefs.opacity} %`;
  el.opacity.disabled = prefs.outline; // a line has none
  el.threshold.value = prefs.threshold;
  el.thresholdText.textContent = `${prefs.threshold} %`;
  el.colour.value = prefs.colour;
  el.preset.value = view.preset;
  // Do not overwrite a number while it is being typed.
  if (focused !== el.width) el.width.value = tidy(view.width);
  if (focused !== el.level) el.level.value = tidy(view.level);
  root.querySelector("[data-toggle=heat]").setAttribute("aria-pressed", prefs.heat);
  el.seen.setAttribute("aria-pressed", prefs.seen);
  root.querySelector("[data-toggle=outline]").setAttribute("aria-pressed", prefs.outline);
  root.querySelector("[data-toggle=invert]").setAttribute("aria-pressed", view.invert);
  el.link.setAttribute("aria-pressed", prefs.linked);
  el.shows.value = prefs.shows;
  checkRadio(el.tools, prefs.tool);
  el.glass.setAttribute("aria-pressed", prefs.glass > 0);
  el.glassText.textContent = prefs.glass ? `${prefs.glass}×` : "";
  checkRadio(el.classRadios, view.chosen);
  el.classSelect.value = view.chosen;
}
