// The worklist table. Names and messages come from files: they enter as text, never as markup.

const SHAPES = {
  urgent: "M7 1 13 12.5H1z", // triangle
  held: "M4 6V4a3 3 0 0 1 6 0v2h1.5v6.5h-9V6zm1.5 0h3V4a1.5 1.5 0 0 0-3 0z", // padlock
  shown: "M7 3c3 0 5.2 2 6.3 4C12.2 9 10 11 7 11S1.8 9 .7 7C1.8 5 4 3 7 3zm0 1.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z", // eye
  unread: "M7 .8 13.2 7 7 13.2.8 7z", // diamond
  soon: "M1.5 1.5h11v11h-11z", // square
  routine: "M7 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z", // disc
  refused: "M2 .8 7 5.8 12 .8 13.2 2 8.2 7l5 5-1.2 1.2-5-5-5 5L.8 12l5-5-5-5z", // cross
  waiting: "M1 6h12v2H1z", // dash
};

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function priority(state) {
  const badge = make("span", `priority ${state}`);
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  picture.setAttribute("viewBox", "0 0 14 14");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[state]);
  path.setAttribute("fill", "currentColor");
  picture.append(path);
  badge.append(picture, make("span", "", state[0].toUpperCase() + state.slice(1)));
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
  const value = `${(100 * probability).toFixed(0)} %`;
  line.append(make("span", "who", model), make("span", "label", label), bar, make("span", "value", value));
  return line;
}

function warnings(texts) {
  if (!texts.length) return make("span", "none", "none");
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
  const button = make("button", "", "Review");
  button.type = "button";
  button.setAttribute("aria-label", `Review ${row.name}`);
  line.classList.add("open");
  line.addEventListener("click", () => open(row.number));
  return button;
}

/* A film without numbers: a sentence takes the place of findings, models and warnings. */
function messageRow(row, line, name, open) {
  const message = cell("message", row.message ?? "Waiting to be read");
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
  if (row.study === "middle" || row.study === "last") name.append(make("small", "study", "same study"));
  if (row.voices === undefined) return messageRow(row, line, name, open);
  name.append(make("small", "", `score ${row.score.toFixed(2)}`));
  name.title = row.reason;
  const button = reviewButton(row, line, open);
  line.append(
    cell("", priority(row.state)),
    cell("film", film(row)),
    name,
    cell("", ...row.voices.map(voice)),
    cell(`agreement ${row.agreement}`, row.agreement),
    cell("warnings", warnings(row.warnings)),
    cell("", button),
  );
  return line;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const open = number => setTriggerValue("opened", number);
  const body = parentElement.querySelector("tbody");
  body.replaceChildren(...data.rows.map(row => tableRow(row, open)));
}
