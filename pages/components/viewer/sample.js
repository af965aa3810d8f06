/* sample.js: the film at screen size. Bilinear in stored values, then the window through a
   table, so that 8 and 16 bits cost the same. */

const OUTSIDE = 0xff000000;

/* For each screen column: where the film column on its left lies in the array, and the weight of
   the one on its right. */
function columnWeights(columns, { width: filmWidth, across }, start, step) {
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
    const column = clamp(Math.floor(place), 0, filmWidth - 2);
    index[x] = column * across;
    weight[x] = Math.round(clamp(place - column, 0, 1) * 256);
  }
  return { index, weight, first, end };
}

/* Fill `out` (packed RGBA, columns x rows) with the film's part that begins at (left, top). The
   film is one of `shownLevel`: its strides turn it, at no cost per pixel. */
function resample(out, columns, rows, film, left, top, step, table) {
  const { height, pixels, origin, across, down } = film;
  const corner = across + down;
  const { index, weight, first, end } = columnWeights(columns, film, left, step);
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
    const base = origin + row * down;
    out.fill(OUTSIDE, line, line + first);
    for (let x = first; x < end; x++) {
      const p = base + index[x];
      const right = weight[x];
      const here = 256 - right;
      const upper = pixels[p] * here + pixels[p + across] * right;
      const lower = pixels[p + down] * here + pixels[p + corner] * right;
      out[line + x] = table[(upper * above + lower * below) >>> 16];
    }
    out.fill(OUTSIDE, line + end, line + columns);
  }
}
