/* picture.js: what is shown, as a PNG, with the notice burnt into every panel, so that a
   cropped picture still says what it is. */

const LINE = 18; // CSS pixels per line of text

function burn(context, text, x, bottom, width, ratio) {
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.fillRect(x, bottom - LINE * ratio, width, LINE * ratio);
  context.fillStyle = "#ffffff";
  context.fillText(text, x + 6 * ratio, bottom - 5 * ratio, width - 12 * ratio);
}

function drawPicture(viewer) {
  const { lens, view, prefs, head } = viewer;
  const ratio = devicePixelRatio;
  const shown = viewer.panels.filter((panel) => !panel.box.hidden);
  const pad = LINE * ratio;
  const picture = document.createElement("canvas");
  picture.width = shown.length * lens.width;
  picture.height = lens.height + 4 * pad;
  const context = picture.getContext("2d");
  context.fillStyle = "#000000";
  context.fillRect(0, 0, picture.width, picture.height);
  context.font = `${12 * ratio}px sans-serif`;
  shown.forEach((panel, i) => {
    const x = i * lens.width;
    const label = panel.canvas.getAttribute("aria-label");
    context.drawImage(panel.canvas, x, pad);
    context.fillStyle = "#ffffff";
    context.fillText(label, x + 6 * ratio, pad - 5 * ratio, lens.width - 12 * ratio);
    burn(context, head.notice, x, pad + lens.height, lens.width, ratio);
    const turned = turnInWords(view);
    if (turned) burn(context, `Film ${turned}`, x, 2 * pad, lens.width, ratio);
  });
  const heat = prefs.heat ? `heat ${prefs.opacity} % ${prefs.colour}` : "heat off";
  const grey = `W ${Math.round(view.width)} L ${Math.round(view.level)}`;
  const lines = [
    `${grey}${view.invert ? " inverted" : ""}, ${turnInWords(view) || "as stored"}, ${heat}, film ${head.film.id.slice(0, 12)}`,
    viewer.el.caution.textContent,
    [head.notice, head.note].filter(Boolean).join(". "),
  ];
  context.fillStyle = "#ffffff";
  lines.forEach((line, i) => {
    const y = lens.height + (i + 2) * pad - 5 * ratio;
    context.fillText(line, 6 * ratio, y, picture.width - 12 * ratio);
  });
  return picture;
}

function savePicture(viewer) {
  const name = `film-${viewer.head.film.id.slice(0, 12)}.png`;
  drawPicture(viewer).toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    viewer.say(`Saved as ${name}`);
  });
}
