/* sheet.js: the sheet of mouse, touch and keys, made from the table that drives the keyboard. */

const GESTURES = [
  { group: "Mouse", shown: ["Wheel"], words: "zoom" },
  { group: "Mouse", shown: ["Left drag"], words: "the chosen tool" },
  { group: "Mouse", shown: ["Right drag"], words: "window" },
  { group: "Mouse", shown: ["Middle drag"], words: "move" },
  { group: "Mouse", shown: ["Shift", "drag"], words: "move" },
  { group: "Mouse", shown: ["Double click"], words: "one panel, or all" },
  { group: "Touch", shown: ["One finger"], words: "the chosen tool" },
  { group: "Touch", shown: ["Two fingers"], words: "zoom and move" },
  { group: "Touch", shown: ["Double tap"], words: "one panel, or all" },
];

function sheetRow({ keys, shown, words }) {
  const row = make("div", "");
  const how = make("dt", "");
  const names = shown ?? keys.map((key) => (key.length === 1 ? key.toUpperCase() : key));
  // With spaces between, or a screen reader joins "Ctrl" and "P".
  names.forEach((name, i) => how.append(i ? " " : "", make("kbd", "", name)));
  row.append(how, make("dd", "", words));
  return row;
}

function sheetGroup(title, rows) {
  const group = make("section", "");
  const list = make("dl", "");
  group.dataset.group = title;
  list.append(...rows.map(sheetRow));
  group.append(make("h3", "", title), list);
  return group;
}

function fillSheet(sheet, place, on) {
  const groups = Map.groupBy([...GESTURES, ...KEY_TABLE], ({ group }) => group);
  place.replaceChildren(...[...groups].map(([title, rows]) => sheetGroup(title, rows)));
  // The sheet's own padding is inside; what is hit as the dialog itself is the ground behind it.
  on(sheet, "click", (event) => {
    if (event.target === sheet) sheet.close();
  });
  on(sheet, "keydown", (event) => {
    event.stopPropagation(); // no key of the viewer's works behind it, and none of Streamlit's
    if (event.key === "?") sheet.close();
  });
}

/* The browser brings the focus in, keeps it there and gives it back. */
function toggleSheet(sheet) {
  if (sheet.open) sheet.close();
  else sheet.showModal();
}
