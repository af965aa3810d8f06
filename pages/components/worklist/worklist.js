// The worklist table. Names and messages come from files: they enter as text, never as markup.

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function priority(state) {
  const badge = make("span", `cxr-badge ${state}`);
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  picture.setAttribute("viewBox", "0 0 14 14");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[state]);
  path.setAttribute("fill", "currentColor");
  picture.append(path);
  badge.append(picture, make("span", "", text(`priority-${state}`)));
  return badge;
}

function cell(className, ...children) {
  const element = make("td", className);
  element.append(...children);
  return element;
}

function voice({ model, label, probability }) {
  const line = make("div", "voice");
  const bar = make("span", "bar");
  const fill = make("i");
  fill.style.width = `${100 * probability}%`;
  bar.append(fill);
  const value = make("span", "value", percent(probability));
  line.append(make("span", "who", model), make("span", "label", label), bar, value);
  return line;
}

/* Never "100 %" or "0 %" for a model that is only nearly sure. */
function percent(share) {
  if (share < 1 && share >= 0.995) return "> 99 %";
  if (share > 0 && share < 0.005) return "< 1 %";
  return `${(100 * share).toFixed(0)} %`;
}

function warnings(texts) {
  if (!texts.length) return make("span", "none", text("worklist-no-warnings"));
  const list = make("ul");
  list.append(...texts.map(text => make("li", "", text)));
  return list;
}

function film(row) {
  if (!row.picture) return make("span");
  const picture = make("img");
  picture.src = row.picture;
  picture.alt = "";
  return picture;
}

/* A row that opens the film wherever it is clicked; the button is there for the keyboard. */
function reviewButton(row, line, open) {
  const button = make("button", "", text("worklist-review"));
  button.type = "button";
  button.setAttribute("aria-label", text("worklist-review-film", { name: row.name }));
  line.classList.add("open");
  line.addEventListener("click", () => open(row.number));
  return button;
}

/* A film without numbers: a sentence takes the place of findings, models and warnings. */
function messageRow(row, line, name, open) {
  const message = cell("message", row.message ?? text("worklist-waiting"));
  message.colSpan = row.opens ? 3 : 4;
  line.append(cell("", priority(row.state)), cell("film", film(row)), name, message);
  if (row.opens) line.append(cell("", reviewButton(row, line, open)));
  return line;
}

function tableRow(row, open) {
  const line = make("tr");
  line.dataset.state = row.state;
  if (row.study) line.dataset.study = row.study;
  const name = cell("name", make("span", "", row.name));
  if (row.study === "middle" || row.study === "last") name.append(make("small", "study", text("worklist-same-study")));
  if (row.voices === undefined) return messageRow(row, line, name, open);
  // The score explains the order; where there is none that counts, the reason does.
  const told = row.state === "unread" ? row.reason : text("worklist-score", { share: percent(row.score) });
  const score = make("small", "score", told);
  score.title = row.state === "unread" ? "" : text("worklist-score-told");
  const button = reviewButton(row, line, open);
  line.append(
    cell("place", priority(row.state), score),
    cell("film", film(row)),
    name,
    cell("", ...row.voices.map(voice)),
    cell(`agreement ${row.agreement}`, text(`worklist-${row.agreement}`)),
    cell("warnings", warnings(row.warnings)),
    cell("", button),
  );
  return line;
}

export default newest(({ data, parentElement, setTriggerValue }) => {
  const open = number => setTriggerValue("opened", number);
  const body = parentElement.querySelector("tbody");
  body.replaceChildren(...data.rows.map(row => tableRow(row, open)));
});
