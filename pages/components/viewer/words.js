/* words.js: what is shown, said: for those who cannot see it, for the saved picture and for
   paper. Sides are the image's as it is shown, never the patient's. */

const FIELDS = [
  ["upper-left", "upper-middle", "upper-right"],
  ["middle-left", "centre", "middle-right"],
  ["lower-left", "lower-middle", "lower-right"],
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
  return text(`viewer-field-${FIELDS[third(y, y0, y1)][third(x, x0, x1)]}`);
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
  if (value <= 0) return text("viewer-heat-none");
  return text("viewer-said-hottest", { field: fieldInWords(lens, u, v) });
}

/* How heat is drawn, in all panels. */
function heatStyleInWords({ heat, outline, opacity, threshold, colour }) {
  if (!heat) return text("viewer-heat-off");
  if (outline) return text("viewer-heat-outline", { percent: threshold });
  if (threshold === 0) return text("viewer-picture-heat", { opacity, colour });
  return text("viewer-picture-heat-from", { threshold, opacity, colour });
}

/* What a panel's own tag says; nothing where the colours say it all. */
function heatTag(panel, { heat, outline, threshold, opacity }) {
  const from = { percent: threshold };
  if (!heat) return text("viewer-heat-off");
  if (!panel.heat || panel.heat.peak.value <= 0) return text("viewer-heat-none");
  if (panel.heat.peak.value < threshold / 100) return text("viewer-heat-below", from);
  if (outline) return text("viewer-heat-outline", from);
  if (opacity === 0) return text("viewer-heat-clear");
  return threshold > 0 ? text("viewer-heat-from", from) : "";
}

/* "62 %", not "62.0 %": shorter to listen to. */
function spokenPercent(probability) {
  return percent(probability).replace(".0 %", " %");
}

/* A panel's title over its picture. */
function titleInWords({ view }, { title, model }) {
  if (!model) return title;
  const probability = probabilityOf(model, view.chosen);
  const told = { panel: title, class: view.chosen };
  if (probability === null) return text("viewer-said-no-class", told);
  return text("viewer-said-share", { ...told, share: spokenPercent(probability) });
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
  const grey = windowInWords(view);
  return view.invert ? text("viewer-window-inverted", { window: grey }) : grey;
}

function zoomInWords(lens) {
  return text("viewer-said-zoom", { percent: (100 * lens.scale).toFixed(0) });
}

function filmInWords({ lens, view }) {
  const { width, height } = lens.film;
  const size = text("viewer-said-film", { width: `${width}`, height: `${height}` });
  return [size, turnInWords(view), greyInWords(view), zoomInWords(lens)].filter(Boolean).join(", ");
}

/* Class, each model's probability, where the heat is highest. */
function viewInWords(viewer) {
  const models = viewer.panels.filter((panel) => panel.model);
  if (models.length === 0) return text("viewer-said-no-model", { film: filmInWords(viewer) });
  const said = models.map((panel) => modelInWords(viewer, panel)).join(". ");
  return text("viewer-said-class", { class: viewer.view.chosen, models: said });
}

/* What was just set, by the name of the preference. */
const DONE = {
  heat: ({ heat }) => text(heat ? "viewer-done-heat-on" : "viewer-done-heat-off"),
  opacity: ({ opacity }) => text("viewer-done-opacity", { percent: opacity }),
  threshold: ({ outline, threshold }) => (
    text(outline ? "viewer-done-outline" : "viewer-done-threshold", { percent: threshold })
  ),
  outline: ({ outline, threshold }) => (
    outline ? text("viewer-done-outline", { percent: threshold }) : text("viewer-done-filled")
  ),
  colour: ({ colour }) => text("viewer-done-colour", { name: colour }),
  tool: ({ tool }) => text(`viewer-done-tool-${tool}`),
  linked: ({ linked }) => text(linked ? "viewer-done-linked" : "viewer-done-free"),
  shows: ({ shows }) => shows || text("viewer-done-shows-films"),
  seen: ({ seen }) => text(seen ? "viewer-done-seen" : "viewer-done-film"),
  glass: ({ glass }) => (
    glass ? text("viewer-done-glass", { times: glass }) : text("viewer-done-no-glass")
  ),
};
