/* side.js: one of two films: its name above it, what each model says of it below, and which of
   the two is active. Names come from data, so they enter as textContent only. */

function arrangeSides(desk) {
  const { el, sides } = desk;
  const models = sides.flatMap(({ head }) => head.panels.map(({ name }) => name));
  const names = [...new Set(models)];
  const options = names.map((name) => new Option(name, name));
  el.shows.replaceChildren(new Option(text("viewer-shows-film"), ""), ...options);
  if (!names.includes(desk.prefs.shows)) desk.prefs.shows = "";
  // One class for both; a film without models has none of its own.
  const chosen = sides.find(({ head }) => head.classes.length > 0)?.view.chosen ?? "";
  for (const side of sides) side.view.chosen = chosen;
  el.panels.replaceChildren(...sides.map(buildSide));
}

function buildSide(viewer, number) {
  const box = make("div", "side");
  box.dataset.side = number;
  box.dataset.testid = `side-${number}`;
  box.setAttribute("role", "group");
  const side = { number: number + 1, name: viewer.name };
  box.setAttribute("aria-label", text("viewer-side", side));
  const top = make("div", "side-top");
  const name = make("button", "side-name", viewer.name);
  name.type = "button";
  name.title = text("viewer-side-told", { name: viewer.name });
  const active = make("span", "side-active", text("viewer-side-active"));
  const scores = make("p", "scores");
  scores.dataset.testid = "scores";
  top.append(name, active);
  box.append(top, ...viewer.panels.map((panel) => panel.box), scores);
  Object.assign(viewer, { box, nameButton: name, activeWord: active, scores });
  return box;
}

function score(model, chosen) {
  const probability = probabilityOf(model, chosen);
  return `${model.name} ${probability === null ? text("viewer-no-class") : percent(probability)}`;
}

/* "covid19: vgg16 62.0 %, resnet50 58.1 %" */
function scoresInWords({ head, view }) {
  if (head.panels.length === 0) return text("viewer-side-unread");
  return `${view.chosen}: ${head.panels.map((model) => score(model, view.chosen)).join(", ")}`;
}

function describeSide(viewer) {
  const { head, prefs, isActive } = viewer;
  const isMissing = prefs.shows !== "" && !head.panels.some(({ name }) => name === prefs.shows);
  const scores = scoresInWords(viewer);
  const told = { scores, model: prefs.shows };
  viewer.scores.textContent = isMissing ? text("viewer-side-no-heat", told) : scores;
  viewer.box.dataset.active = isActive;
  viewer.nameButton.setAttribute("aria-pressed", isActive);
  viewer.activeWord.hidden = !isActive;
}

function wireSides(desk, on) {
  const { el } = desk;
  for (const name of ["pointerdown", "focusin"]) {
    on(el.panels, name, (event) => {
      if (event.target.closest("[data-side]")) desk.activate(desk.sideAt(event));
    });
  }
  on(el.shows, "change", () => desk.show(el.shows.value));
}
