/* sheet.js: the sheet of mouse, touch and keys, made from the table that drives the keyboard. */

const GESTURES = [
  { group: "mouse", shown: ["wheel"], does: "zoom" },
  { group: "mouse", shown: ["left-drag"], does: "chosen-tool" },
  { group: "mouse", shown: ["right-drag"], does: "window" },
  { group: "mouse", shown: ["middle-drag"], does: "move" },
  { group: "mouse", shown: ["shift", "drag"], does: "move" },
  { group: "mouse", shown: ["double-click"], does: "one-panel" },
  { group: "touch", shown: ["one-finger"], does: "chosen-tool" },
  { group: "touch", shown: ["two-fingers"], does: "zoom-and-move" },
  { group: "touch", shown: ["double-tap"], does: "one-panel" },
];

const capInWords = (name) => (name.length === 1 ? name.toUpperCase() : text(`viewer-cap-${name}`));

function sheetRow({ keys, shown, does }) {
  const row = make("div", "");
  const how = make("dt", "");
  const names = (shown ?? keys).map(capInWords);
  // With spaces between, or a screen reader joins "Ctrl" and "P".
  names.forEach((name, i) => how.append(i ? " " : "", make("kbd", "", name)));
  row.append(how, make("dd", "", text(`viewer-key-${does}`)));
  return row;
}

function sheetGroup(name, rows) {
  const group = make("section", "");
  const list = make("dl", "");
  group.dataset.group = name;
  list.append(...rows.map(sheetRow));
  group.append(make("h3", "", text(`viewer-group-${name}`)), list);
  return group;
}

function fillSheet(sheet, place, on) {
  const all = [...GESTURES, ...KEY_TABLE];
  const names = [...new Set(all.map(({ group }) => group))];
  const groups = names.map((name) => sheetGroup(name, all.filter(({ group }) => group === name)));
  place.replaceChildren(...groups);
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
