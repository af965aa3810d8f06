/* contour.js: the line around the heat that reaches a threshold: marching squares (Lorensen and
   Cline 1987, in the plane) over the heat as heatAt gives it, drawn in screen space. */

const CELLS_PER_VALUE = 8; // heatAt bends inside a value's cell; straight pieces must follow it
const MOST_CELLS = 256; // along a side
const MOST_OUTLINES = 32; // kept for a class
const LINE_WIDTH = 1.5; // CSS pixels
const HALO_WIDTH = 4; // dark on both sides of the line, or it is lost on white bone

const [TOP, RIGHT_SIDE, BOTTOM, LEFT_SIDE] = [0, 1, 2, 3];
// For each cell the ends of its pieces, heat on the left hand. The case is the sum of 1 (upper
// left corner is hot), 2 (upper right), 4 (lower right) and 8 (lower left).
const PIECES = [
  [], [LEFT_SIDE, TOP], [TOP, RIGHT_SIDE], [LEFT_SIDE, RIGHT_SIDE],
  [RIGHT_SIDE, BOTTOM], [LEFT_SIDE, TOP, RIGHT_SIDE, BOTTOM], [TOP, BOTTOM], [LEFT_SIDE, BOTTOM],
  [BOTTOM, LEFT_SIDE], [BOTTOM, TOP], [TOP, RIGHT_SIDE, BOTTOM, LEFT_SIDE], [BOTTOM, RIGHT_SIDE],
  [RIGHT_SIDE, LEFT_SIDE], [RIGHT_SIDE, TOP], [TOP, LEFT_SIDE], [],
];
// Two hot corners across from each other, and a hot middle that joins them.
const JOINED = {
  5: [RIGHT_SIDE, TOP, LEFT_SIDE, BOTTOM],
  10: [TOP, LEFT_SIDE, BOTTOM, RIGHT_SIDE],
};

/* Heat at the corners of cells that cover the film to its edges. */
function heatGrid(heat) {
  if (!heat.grid) {
    const columns = Math.min(MOST_CELLS, heat.columns * CELLS_PER_VALUE);
    const rows = Math.min(MOST_CELLS, heat.rows * CELLS_PER_VALUE);
    const values = new Float32Array((columns + 1) * (rows + 1));
    let at = 0;
    for (let y = 0; y <= rows; y++) {
      for (let x = 0; x <= columns; x++) values[at++] = heatAt(heat, x / columns, y / rows);
    }
    heat.grid = { columns, rows, values };
  }
  return heat.grid;
}

/* An edge's number: twice that of the corner it begins at, one more where it runs down. */
function edgesOf(corner, width) {
  return [2 * corner, 2 * (corner + 1) + 1, 2 * (corner + width), 2 * corner + 1];
}

/* Map from the edge on which a piece begins to the one on which it ends. */
function marchedPieces({ columns, rows, values }, threshold) {
  const width = columns + 1;
  const pieces = new Map();
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const corner = y * width + x;
      const a = values[corner];
      const b = values[corner + 1];
      const c = values[corner + width + 1];
      const d = values[corner + width];
      const hot = (a >= threshold) + 2 * (b >= threshold) + 4 * (c >= threshold) + 8 * (d >= threshold);
      if (hot === 0 || hot === 15) continue;
      const isJoined = Object.hasOwn(JOINED, hot) && (a + b + c + d) / 4 >= threshold;
      const ends = isJoined ? JOINED[hot] : PIECES[hot];
      const edges = edgesOf(corner, width);
      for (let i = 0; i < ends.length; i += 2) pieces.set(edges[ends[i]], edges[ends[i + 1]]);
    }
  }
  return pieces;
}

/* Where heat crosses the threshold on an edge, as shares of the film. */
function crossing({ columns, rows, values }, edge, threshold) {
  const width = columns + 1;
  const corner = edge >> 1;
  const isDown = edge & 1;
  const from = values[corner];
  const to = values[corner + (isDown ? width : 1)];
  const share = (threshold - from) / (to - from);
  const x = (corner % width) + (isDown ? 0 : share);
  const y = Math.floor(corner / width) + (isDown ? share : 0);
  return [x / columns, y / rows];
}

/* Lines of [u, v] points, shares of the film. One that meets the film's edge ends there; a
   closed one ends where it began. */
function contourLines(grid, threshold) {
  const pieces = marchedPieces(grid, threshold);
  const ends = new Set(pieces.values());
  const open = [...pieces.keys()].filter((edge) => !ends.has(edge));
  const lines = [];
  const follow = (first) => {
    const line = [crossing(grid, first, threshold)];
    for (let edge = first; pieces.has(edge); ) {
      const next = pieces.get(edge);
      pieces.delete(edge);
      line.push(crossing(grid, next, threshold));
      edge = next;
    }
    lines.push(line);
  };
  open.forEach(follow);
  while (pieces.size > 0) follow(pieces.keys().next().value);
  return lines;
}

/* The outline as a path over the unit square; made once for a class and threshold. */
function outlineOf(heat, percentage) {
  if (!heat.outlines.has(percentage)) {
    if (heat.outlines.size >= MOST_OUTLINES) heat.outlines.clear();
    const path = new Path2D();
    for (const line of contourLines(heatGrid(heat), percentage / 100)) {
      line.forEach(([u, v], i) => (i === 0 ? path.moveTo(u, v) : path.lineTo(u, v)));
    }
    heat.outlines.set(percentage, path);
  }
  return heat.outlines.get(percentage);
}

function drawOutline({ context, heat }, lens, { colour, threshold }) {
  const { width, height } = lens.film;
  const [left, top] = lens.toScreen(0, 0);
  const [acrossX, acrossY] = lens.toScreen(width, 0);
  const [downX, downY] = lens.toScreen(0, height);
  const toScreen = [acrossX - left, acrossY - top, downX - left, downY - top, left, top];
  const path = new Path2D();
  path.addPath(outlineOf(heat, threshold), new DOMMatrix(toScreen));
  context.lineJoin = "round";
  context.lineWidth = HALO_WIDTH * devicePixelRatio;
  context.strokeStyle = "rgba(0, 0, 0, 0.7)";
  context.stroke(path);
  context.lineWidth = LINE_WIDTH * devicePixelRatio;
  context.strokeStyle = `#${COLOUR_MAPS[colour].at(-1)}`;
  context.stroke(path);
}
