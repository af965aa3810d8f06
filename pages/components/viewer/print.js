/* print.js: one page of white paper with the films as they are shown, and nothing else of the
   page. Printed from the page itself, since a frame's print is not everywhere its own. */

const PAPER_STYLE = `
@media screen { .cxr-paper { display: none; } }
@media print {
  @page { size: landscape; margin: 10mm; }
  html, body { background: #fff !important; height: auto !important; overflow: visible !important; }
  body > :not(.cxr-paper) { display: none !important; }
  .cxr-paper { color: #000; font: 10pt/1.4 system-ui, sans-serif; break-inside: avoid; }
  .cxr-paper .films { display: grid; gap: 3mm; align-items: start; }
  .cxr-paper figure { margin: 0; min-width: 0; }
  .cxr-paper img { display: block; max-width: 100%; margin: 0 auto; }
  .cxr-paper figcaption { margin-top: 1mm; overflow-wrap: anywhere; }
  .cxr-paper p { margin: 1.5mm 0 0; overflow-wrap: anywhere; }
  .cxr-paper .notice { margin: 0 0 2mm; font-weight: 600; }
}`;
const FILMS_SHARE = 60; // percent of the page's height; the rest is for the words
const MOST_BESIDE = 3;

/* A picture of one panel, loaded: an image that still loads would be printed blank. */
async function paperPicture(viewer, panel) {
  const canvas = document.createElement("canvas");
  canvas.width = viewer.lens.width;
  canvas.height = viewer.lens.height;
  drawPanel(canvas.getContext("2d"), viewer, panel, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const image = document.createElement("img");
  image.alt = panel.canvas.getAttribute("aria-label");
  image.src = URL.createObjectURL(blob);
  await image.decode();
  return image;
}

async function paperOf(viewer) {
  const shown = shownPanels(viewer);
  const rows = Math.ceil(shown.length / MOST_BESIDE);
  const films = make("div", "films");
  films.style.gridTemplateColumns = `repeat(${Math.ceil(shown.length / rows)}, minmax(0, 1fr))`;
  for (const [side, panel] of shown) {
    const figure = make("figure", "");
    const image = await paperPicture(side, panel);
    const scores = panel.model ? "" : scoresInWords(side);
    const told = side.desk.isPair ? [side.name, scores, image.alt] : [image.alt];
    image.style.maxHeight = `${FILMS_SHARE / rows}vh`;
    figure.append(image, make("figcaption", "", told.filter(Boolean).join(". ")));
    films.append(figure);
  }
  const paper = make("div", "cxr-paper");
  const style = make("style", "", PAPER_STYLE);
  const lines = pictureLines(viewer).map((line) => make("p", "", line));
  paper.append(style, make("p", "notice", text("viewer-notice")), films, ...lines);
  return paper;
}

function takeAway(paper) {
  for (const image of paper.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  paper.remove();
}

async function printView(viewer) {
  document.querySelectorAll(".cxr-paper").forEach(takeAway);
  const paper = await paperOf(viewer);
  // What is not on paper loses the focus while it is printed.
  const focused = viewer.root.getRootNode().activeElement;
  document.body.append(paper);
  const goOn = () => {
    takeAway(paper);
    focused?.focus({ preventScroll: true });
  };
  addEventListener("afterprint", goOn, { once: true });
  viewer.say(text("viewer-done-printing"));
  window.print();
}
