/* heat.js: one class's heatmap of one model, as numbers, as a coloured layer and in words. */

const LAYER = 256; // side of the painted layer; the canvas scales it smoothly to the film

/* `map` holds rows x columns values; u and v run over the film from 0 to 1. */
function heatAt(heat, u, v) {
  const { rows, columns, map } = heat;
  const x = clamp(u * columns - 0.5, 0, columns - 1);
  const y = clamp(v * rows - 0.5, 0, rows - 1);
  const left = Math.floor(x);
  const upper = Math.floor(y);
  const right = Math.min(columns - 1, left + 1);
  const lower = Math.min(rows - 1, upper + 1);
  const across = x - left;
  const down = y - upper;
  const top = map[upper * columns + left] * (1 - across) + map[upper * columns + right] * across;
  const bottom = map[lower * columns + left] * (1 - across) + map[lower * columns + right] * across;
  return top * (1 - down) + bottom * down;
}

function paintHeat(layer, heat, ramp) {
  layer.width = LAYER;
  layer.height = LAYER;
  const image = new ImageData(LAYER, LAYER);
  const bytes = image.data;
  for (let y = 0; y < LAYER; y++) {
    for (let x = 0; x < LAYER; x++) {
      const value = heatAt(heat, (x + 0.5) / LAYER, (y + 0.5) / LAYER);
      const colour = ramp[Math.round(clamp(value, 0, 1) * 255)];
      const at = 4 * (y * LAYER + x);
      bytes[at] = colour[0];
      bytes[at + 1] = colour[1];
      bytes[at + 2] = colour[2];
      bytes[at + 3] = 255 * heatCover(value);
    }
  }
  layer.getContext("2d").putImageData(image, 0, 0);
}

function hottest(heat) {
  let best = 0;
  for (let i = 1; i < heat.map.length; i++) {
    if (heat.map[i] > heat.map[best]) best = i;
  }
  return { index: best, value: heat.map[best] };
}

/* "hottest lower image left": for those who cannot see the colours. */
function heatInWords(heat) {
  const { index, value } = hottest(heat);
  if (value <= 0) return "no heat";
  const row = (Math.floor(index / heat.columns) + 0.5) / heat.rows;
  const column = ((index % heat.columns) + 0.5) / heat.columns;
  const [across, down] = toShown({ width: 1, height: 1 }, heat.view, column, row);
  const height = ["upper", "middle", "lower"][Math.floor(down * 3)];
  return `hottest ${height} image ${across < 0.5 ? "left" : "right"}`;
}
