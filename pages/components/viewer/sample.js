/* sample.js: the film at screen size. Bilinear in stored values, then the window through a
   table, so that 8 and 16 bits cost the same. */

const OUTSIDE = 0xff000000;

/* For each screen column: the film column on its left and the weight of the one on its right. */
function columnWeights(columns, filmWidth, start, step) {
  const index = new Int32Array(columns);
  const weight = new Int32Array(columns);
  let first = columns;
  let end = 0;
  for (let x = 0; x < columns; x++) {
    const place = start + (x + 0.5) * step - 0.5;
    if (place >= -0.5 && place <= filmWidth - 0.5) {
      first = Math.min(first, x);
      end = x + 1;
    }
    index[x] = clamp(Math.floor(place), 0, filmWidth - 2);
    weight[x] = Math.round(clamp(place - index[x], 0, 1) * 256);
  }
  return { index, weight, first, end };
}

/* Fill `out` (packed RGBA, columns x rows) with the film's part that begins at (left, top). */
function resample(out, columns, rows, film, left, top, step, table) {
  const { width, height, pixels } = film;
  const { index, weight, first, end } = columnWeights(columns, width, left, step);
  for (let y = 0; y < rows; y++) {
    const line = y * columns;
    const place = top + (y + 0.5) * step - 0.5;
    if (place < -0.5 || place > height - 0.5 || first >= end) {
      out.fill(OUTSIDE, line, line + columns);
      continue;
    }
    const row = clamp(Math.floor(place), 0, height - 2);
    const below = Math.round(clamp(place - row, 0, 1) * 256);
    const above = 256 - below;
    const base = row * width;
    out.fill(OUTSIDE, line, line + first);
    for (let x = first; x < end; x++) {
      const p = base + index[x];
      const right = weight[x];
      const here = 256 - right;
      const upper = pixels[p] * here + pixels[p + 1] * right;
      const lower = pixels[p + width] * here + pixels[p + width + 1] * right;
      out[line + x] = table[(upper * above + lower * below) >>> 16];
    }
    out.fill(OUTSIDE, line + end, line + columns);
  }
}
