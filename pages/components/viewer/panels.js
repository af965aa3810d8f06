/* panels.js: a panel's elements and words: caption, table of probabilities, facts of the film.
   Names come from data, so they enter as textContent only. */

const EXPAND = "M6 2H2v4M10 14h4v-4M2 2l5 5M14 14L9 9";

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/* Never "100.0 %" or "0.0 %" for a model that is only nearly sure. */
function percent(probability) {
  if (probability < 1 && probability >= 0.9995) return "> 99.9 %";
  if (probability > 0 && probability < 0.0005) return "< 0.1 %";
  return `${(100 * probability).toFixed(1)} %`;
}

/* null where the model does not know the class: no number rather than a wrong one. */
function probabilityOf(model, name) {
  const index = model.classes.indexOf(name);
  return index < 0 ? null : model.probabilities[index];
}

function tableRow(name, value) {
  const row = make("tr", "");
  const head = make("th", "", name);
  head.scope = "row";
  head.title = name;
  row.append(head, value);
  return row;
}

function probabilityRow(model, name) {
  const probability = probabilityOf(model, name);
  const known = probability !== null;
  const cell = make("td", "");
  const line = make("span", "line");
  const bar = make("span", "bar-track");
  const fill = make("i", "");
  fill.style.width = `${100 * (probability ?? 0)}%`;
  bar.append(fill);
  const row = tableRow(name, cell);
  line.append(bar, make("span", "share", known ? percent(probability) : text("viewer-no-class")));
  cell.append(line);
  row.dataset.testid = "probability-row";
  row.dataset.class = name;
  row.dataset.probability = known ? probability : "";
  row.classList.toggle("unknown", !known);
  return row;
}

function panelTable(title, rows) {
  const frame = make("div", "numbers");
  const table = make("table", "");
  const body = make("tbody", "");
  body.append(...rows);
  table.append(body);
  // Not a caption: one that is out of the flow unsettles the fixed column widths.
  table.setAttribute("aria-label", title);
  frame.append(table);
  return frame;
}

/* One panel; `model` is null for the bare film. */
function buildPanel(number, model, classes) {
  const title = model ? model.name : text("viewer-film");
  const box = make("div", "panel");
  box.dataset.panel = number;
  box.dataset.testid = `panel-${number}`;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", title);

  const caption = make("div", "caption");
  const name = make("b", "name", title);
  name.title = title;
  const about = make("span", "about");
  const shown = make("span", "shown");
  shown.dataset.testid = "probability";
  const only = make("button", "icon");
  only.type = "button";
  only.dataset.only = number;
  only.title = text("viewer-only-told");
  only.setAttribute("aria-label", text("viewer-only", { name: title }));
  only.append(icon(EXPAND));
  caption.append(name, about, shown, only);

  const film = make("div", "film");
  const canvas = make("canvas", "");
  canvas.setAttribute("role", "img");
  const cross = make("div", "cross");
  cross.hidden = true;
  const remark = make("div", "tag left");
  const readout = make("div", "tag right");
  film.append(canvas, cross, remark, readout);

  const panel = { title, model, box, about, shown, only, film, canvas, cross, remark, readout };
  panel.rows = model ? classes.map((each) => probabilityRow(model, each)) : [];
  panel.facts = make("td", "");
  panel.zoom = make("td", "");
  panel.grey = make("td", "");
  const facts = [
    tableRow(text("viewer-fact-size"), panel.facts),
    tableRow(text("viewer-fact-zoom"), panel.zoom),
    tableRow(text("viewer-fact-window"), panel.grey),
  ];
  const head = model ? text("viewer-probabilities", { name: title }) : title;
  panel.numbers = panelTable(head, model ? panel.rows : facts);
  box.append(caption, film, panel.numbers);

  panel.context = canvas.getContext("2d", { alpha: false });
  panel.layer = document.createElement("canvas");
  panel.heat = null;
  return panel;
}

function describeModel(panel, chosen) {
  const probability = probabilityOf(panel.model, chosen);
  const known = probability !== null;
  panel.shown.textContent = known ? percent(probability) : text("viewer-no-class");
  panel.shown.classList.toggle("unknown", !known);
  panel.about.textContent = known ? chosen : "";
  panel.about.title = chosen;
  for (const row of panel.rows) {
    const isChosen = row.dataset.class === chosen;
    if (isChosen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    // Fourteen lines of "no such class" hide the numbers; the chosen one is enough.
    row.hidden = !isChosen && row.classList.contains("unknown");
  }
}

/* Bring the chosen row into sight within its own list; the page must not scroll. */
function revealChosen(panel) {
  const row = panel.rows.find((each) => each.hasAttribute("aria-current"));
  const list = panel.numbers;
  // A list that scrolls must be reachable by keyboard; one that does not is no tab stop.
  if (list.scrollHeight > list.clientHeight + 1) list.tabIndex = 0;
  else list.removeAttribute("tabindex");
  if (!row) return;
  if (row.offsetTop < list.scrollTop) list.scrollTop = row.offsetTop;
  const end = row.offsetTop + row.offsetHeight - list.clientHeight;
  if (end > list.scrollTop) list.scrollTop = end;
}
