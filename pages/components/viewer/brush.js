/* brush.js: the marks on a canvas: a panel, the magnifier or the saved picture. */

const MARK_COLOUR = "#8fd3ff";
const CHOSEN_COLOUR = "#ffffff";
const UNDERLAY = "rgba(0, 0, 0, 0.7)"; // a dark edge, so that a line shows on bone as well
const LONGEST_CAPTION = 40; // characters on the film; the strip has them all

function tracePath(context, { kind }, spots, ratio) {
  context.beginPath();
  if (kind === "point") {
    const [[x, y]] = spots;
    context.arc(x, y, 6 * ratio, 0, 2 * Math.PI);
    for (const [across, down] of Object.values(ARROWS)) {
      context.moveTo(x + 3 * across * ratio, y + 3 * down * ratio);
      context.lineTo(x + 10 * across * ratio, y + 10 * down * ratio);
    }
    return;
  }
  spots.forEach((spot, i) => (i ? context.lineTo(...spot) : context.moveTo(...spot)));
  if (kind === "box") context.closePath();
}

/* Short strokes across both ends: where exactly it was measured. */
function traceEnds(context, [[x, y], [endX, endY]], ratio) {
  const length = Math.hypot(endX - x, endY - y) || 1;
  const across = ((endY - y) / length) * 6 * ratio;
  const down = (-(endX - x) / length) * 6 * ratio;
  for (const [spotX, spotY] of [[x, y], [endX, endY]]) {
    context.moveTo(spotX - across, spotY - down);
    context.lineTo(spotX + across, spotY + down);
  }
}

function isInSight(spots, { width, height }) {
  const columns = spots.map(([x]) => x);
  const rows = spots.map(([, y]) => y);
  const isBeside = Math.max(...columns) < 0 || Math.min(...columns) > width;
  return !isBeside && Math.max(...rows) >= 0 && Math.min(...rows) <= height;
}

function writeCaption(context, lines, spots, lens, ratio) {
  const line = 16 * ratio;
  const width = Math.max(...lines.map((text) => context.measureText(text).width)) + 8 * ratio;
  const height = line * lines.length;
  const left = Math.min(...spots.map(([x]) => x));
  const top = Math.min(...spots.map(([, y]) => y));
  const x = clamp(left, 0, Math.max(0, lens.width - width));
  const y = clamp(top - height - 5 * ratio, 0, Math.max(0, lens.height - height));
  context.fillStyle = UNDERLAY;
  context.fillRect(x, y, width, height);
  context.fillStyle = CHOSEN_COLOUR;
  lines.forEach((text, i) => context.fillText(text, x + 4 * ratio, y + line * (i + 0.74)));
}

function captionOf(viewer, mark, number) {
  const { film } = viewer.head;
  const isRuler = mark.kind === "ruler";
  const words = [number, isRuler ? lengthInWords(film, mark.place) : "", mark.label];
  const text = words.filter(Boolean).join("  ");
  const isLong = text.length > LONGEST_CAPTION;
  const first = isLong ? `${text.slice(0, LONGEST_CAPTION - 1)}…` : text;
  return [first, isRuler ? lengthCaution(film) : ""].filter(Boolean);
}

function drawMark(context, viewer, mark, lens) {
  const ratio = devicePixelRatio;
  const spots = handlesOnScreen(mark, lens);
  const isChosen = mark.id === (viewer.stroke?.mark.id ?? viewer.book.chosen);
  const colour = isChosen ? CHOSEN_COLOUR : MARK_COLOUR;
  tracePath(context, mark, spots, ratio);
  if (mark.kind === "ruler") traceEnds(context, spots, ratio);
  for (const [stroke, width] of [[UNDERLAY, 4], [colour, 1.5]]) {
    context.strokeStyle = stroke;
    context.lineWidth = width * ratio;
    context.stroke();
  }
  if (isChosen && mark.kind !== "point") {
    context.fillStyle = UNDERLAY;
    const side = 7 * ratio;
    for (const [x, y] of spots) {
      context.fillRect(x - side / 2, y - side / 2, side, side);
      context.strokeRect(x - side / 2, y - side / 2, side, side);
    }
  }
}

function drawMarks(context, viewer, lens) {
  for (const mark of marksInHand(viewer)) drawMark(context, viewer, mark, lens);
}

/* Over all lines, and for what is in sight: words about what is elsewhere mislead. */
function writeMarks(context, viewer, lens) {
  const ratio = devicePixelRatio;
  context.font = `${12 * ratio}px sans-serif`;
  marksInHand(viewer).forEach((mark, i) => {
    const spots = handlesOnScreen(mark, lens);
    if (!isInSight(spots, lens)) return;
    writeCaption(context, captionOf(viewer, mark, i + 1), spots, lens, ratio);
  });
}
