/* words.js: what is shown, said: for those who cannot see it, for the saved picture and for
   paper. Sides are the image's as it is shown, never the patient's. */

const FIELDS = [
  ["upper left", "upper middle", "upper right"],
  ["middle left", "centre", "middle right"],
  ["lower left", "lower middle", "lower right"],
];

/* "upper left", where the film's place (shares from 0 to 1) is on the screen. */
function fieldInWords(lens, u, v) {
  const { width, height } = lens.film;
  const [x, y] = lens.toScreen(u * width, v * height);
  const [x0, y0] = lens.toScreen(0, 0);
  const [x1, y1] = lens.toScreen(width, height);
  const third = (place, from, to) => {
    const share = (place - Math.min(from, to)) / Math.abs(to - from);
    return clamp(Math.floor(3 * share), 0, 2);
  };
  return FIELDS[third(y, y0, y1)][third(x, x0, x1)];
}

function hottest(heat) {
  let best = 0;
  for (let i = 1; i < heat.map.length; i++) {
    if (heat.map[i] > heat.map[best]) best = i;
  }
  const v = (Math.floor(best / heat.columns) + 0.5) / heat.rows;
  return { u: ((best % heat.columns) + 0.5) / heat.columns, v, value: heat.map[best] };
}

function heatInWords(lens, heat) {
  const { u, v, value } = heat.peak;
  if (value <= 0) return "no heat";
  return `heat highest in the ${fieldInWords(lens, u, v)} of the image`;
}

/* How heat is drawn, in all panels. */
function heatStyleInWords({ heat, outline, opacity, threshold, colour }) {
  if (!heat) return "heat off";
  if (outline) return `outline at ${threshold} %`;
  const from = threshold > 0 ? ` from ${threshold} %` : "";
  return `heat${from}, opacity ${opacity} %, ${colour}`;
}

/* What a panel's own tag says; nothing where the colours say it all. */
function heatTag(panel, { heat, outline, threshold, opacity }) {
  if (!heat) return "heat off";
  if (!panel.heat || panel.heat.peak.value <= 0) return "no heat";
  if (panel.heat.peak.value < threshold / 100) return `no heat reaches ${threshold} %`;
  if (outline) return `outline at ${threshold} %`;
  if (opacity === 0) return "heat opacity 0 %";
  return threshold > 0 ? `heat from ${threshold} %` : "";
}

/* "62 %", not "62.0 %": shorter to listen to. */
function spokenPercent(probability) {
  return percent(probability).replace(".0 %", " %");
}

/* A panel's title over its picture. */
function titleInWords({ view }, { title, model }) {
  if (!model) return title;
  const probability = probabilityOf(model, view.chosen);
  if (probability === null) return `${title}: ${view.chosen}, no such class`;
  return `${title}: ${view.chosen} ${spokenPercent(probability)}`;
}

/* A panel's title where it leaves the viewer: on paper and in the saved picture. */
function pictureTitle(viewer, panel) {
  if (!viewer.desk.isPair) return titleInWords(viewer, panel);
  return `${viewer.name}. ${panel.model ? titleInWords(viewer, panel) : scoresInWords(viewer)}`;
}

function modelInWords(viewer, panel) {
  const title = titleInWords(viewer, panel);
  return panel.heat ? `${title}, ${heatInWords(viewer.lens, panel.heat)}` : title;
}

/* Rewrite what depends on how heat is shown: a panel's tag and its text alternative. */
function describeHeat(viewer, panel) {
  const words = modelInWords(viewer, panel);
  const tag = heatTag(panel, viewer.prefs);
  panel.remark.textContent = tag;
  const isSaid = tag === "" || words.endsWith(tag);
  panel.canvas.setAttribute("aria-label", isSaid ? words : `${words}, ${tag}`);
}

function greyInWords(view) {
  return view.invert ? `${windowInWords(view)}, inverted` : windowInWords(view);
}

function zoomInWords(lens) {
  return `zoom ${(100 * lens.scale).toFixed(0)} %`;
}

function filmInWords({ lens, view }) {
  const { width, height } = lens.film;
  const size = `Radiograph, ${width} by ${height} pixels`;
  return [size, turnInWords(view), greyInWords(view), zoomInWords(lens)].filter(Boolean).join(", ");
}

/* Class, each model's probability, where the heat is highest. */
function viewInWords(viewer) {
  const models = viewer.panels.filter((panel) => panel.model);
  if (models.length === 0) return `${filmInWords(viewer)}, no model`;
  return `Class ${viewer.view.chosen}. ${models.map((panel) => modelInWords(viewer, panel)).join(". ")}`;
}

function preferenceInWords(prefs, name) {
  const value = prefs[name];
  const words = {
    heat: value ? "Heat on" : "Heat off",
    opacity: `Heat opacity ${value} %`,
    threshold: `${prefs.outline ? "Outline at" : "Heat from"} ${value} %`,
    outline: value ? `Outline at ${prefs.threshold} %` : "Filled",
    colour: `Colour map ${value}`,
    linked: value ? "Linked" : "Free",
    shows: value || "The films",
    seen: value ? "What each network was given" : "The film",
    glass: value ? `Magnifier ${value} times` : "Magnifier off",
  };
  return words[name] ?? `${name} ${value}`;
}
