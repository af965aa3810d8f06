/* heat.js: one class's heatmap of one model, as numbers and as a coloured layer. */

const LAYER = 256; // side of the painted layer; the canvas scales it smoothly to the film
const FADE = 0.015; // heat

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

/* The chosen class's heat of a panel, kept with all that is made of it; null without one. */
function chosenHeat(panel, name) {
  const index = panel.model.classes.indexOf(name);
  if (index < 0) return null;
  if (!panel.heats.has(name)) {
    const { rows, columns } = panel.model.heat;
    const map = panel.maps.subarray(index * rows * columns, (index + 1) * rows * columns);
    const heat = { name, rows, columns, map, outlines: new Map() };
    panel.heats.set(name, { ...heat, peak: hottest(heat) });
  }
  return panel.heats.get(name);
}

function layerSamples(heat) {
  if (!heat.samples) {
    heat.samples = new Float32Array(LAYER * LAYER);
    for (let i = 0; i < heat.samples.length; i++) {
      const value = heatAt(heat, ((i % LAYER) + 0.5) / LAYER, (Math.floor(i / LAYER) + 0.5) / LAYER);
      heat.samples[i] = clamp(value, 0, 1);
    }
  }
  return heat.samples;
}

/* Packed RGBA for 256 heats. */
function heatPalette(ramp) {
  return Uint32Array.from(ramp, ([red, green, blue], i) => {
    const cover = Math.floor(255 * heatCover(i / 255));
    return ((cover << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/* Heat below the threshold (0 to 1) is clear; just above it fades in, or its edge is jagged. */
function paintHeat(layer, heat, ramp, threshold) {
  layer.width = LAYER;
  layer.height = LAYER;
  const image = new ImageData(LAYER, LAYER);
  const packed = new Uint32Array(image.data.buffer);
  const samples = layerSamples(heat);
  const palette = heatPalette(ramp);
  const full = threshold > 0 ? Math.min(1, threshold + FADE) : 0;
  for (let i = 0; i < packed.length; i++) {
    const value = samples[i];
    if (value < threshold) continue;
    packed[i] = palette[Math.round(value * 255)];
    if (value < full) image.data[4 * i + 3] *= (value - threshold) / (full - threshold);
  }
  layer.getContext("2d").putImageData(image, 0, 0);
}

/* Repaint a panel's layer only when something of it changed. */
function refreshLayer(panel, { colour, threshold }) {
  const key = [panel.heat.name, colour, threshold].join();
  if (key === panel.layerKey) return;
  panel.layerKey = key;
  paintHeat(panel.layer, panel.heat, colourRamp(colour), threshold / 100);
}

function showHeat(viewer, panel) {
  const { lens, prefs } = viewer;
  if (prefs.outline) {
    drawOutline(panel, lens, prefs);
  } else if (prefs.opacity > 0) {
    refreshLayer(panel, prefs);
    drawHeat(panel, lens, prefs.opacity);
  }
}
