/* window.js: which grey a stored value has, and which windows are offered. Windows are given in
   modality values: slope times the stored value, plus intercept (PS3.3 C.11.1). */

const FARTHEST = 60; // exp of more is 0 or infinite

/* Share of white in [0, 1] (PS3.3 C.11.2.1.2.1, C.11.2.1.3). */
function windowed(value, { width, level, function: shape }) {
  if (shape === "SIGMOID") return 1 / (1 + Math.exp(clamp((-4 * (value - level)) / width, -FARTHEST, FARTHEST)));
  if (shape === "LINEAR_EXACT") return clamp((value - level) / width + 0.5, 0, 1);
  if (width <= 1) return value >= level ? 1 : 0;
  return clamp((value - (level - 0.5)) / (width - 1) + 0.5, 0, 1);
}

/* One packed grey per stored value. The default is what the models read, where that is known;
   a window shows the values as they are, turned round where low ones are bright. */
function windowTable(film, view) {
  const { slope, intercept, inverted, greys } = film;
  const isRead = view.preset === "default" && greys;
  const isTurned = isRead ? view.invert : view.invert !== inverted;
  const table = new Uint32Array(film.top + 1);
  for (let stored = 0; stored <= film.top; stored++) {
    let grey = isRead
      ? greys[stored]
      : Math.round(255 * windowed(slope * stored + intercept, view));
    if (isTurned) grey = 255 - grey;
    table[stored] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  return table;
}

/* Presets: the header's windows, and shares of the film's own histogram, since radiographs carry
   no Hounsfield units; pure black and pure white are mostly borders and markers. */
function windowPresets(pixels, film) {
  const { top, slope, intercept, inverted, closest, windows } = film;
  let values = pixels.filter((value) => value > 0 && value < top);
  if (values.length < pixels.length / 10) values = pixels.slice();
  values.sort();
  const at = (share) => {
    const place = Math.floor((inverted ? 1 - share : share) * (values.length - 1));
    return slope * values[place] + intercept;
  };
  const between = (low, high) => {
    const width = Math.max(2 * slope, Math.abs(at(high) - at(low)));
    return { width, level: (at(low) + at(high)) / 2 };
  };
  const label = text(closest ? "viewer-preset-as-read" : "viewer-preset-default");
  const presets = {
    default: { label, ...between(0.005, 0.995) },
  };
  if (closest) Object.assign(presets.default, { width: closest.width, level: closest.center });
  windows.forEach(({ center, width, function: shape, name }, i) => {
    const label = name
      ? text("viewer-preset-header", { name: name.toLowerCase() })
      : text("viewer-preset-header-number", { number: i + 1 });
    presets[`header${i}`] = { label, width, level: center, function: shape };
  });
  const whole = { width: slope * (top + 1), level: intercept + (slope * (top + 1)) / 2 };
  const named = (name) => text(`viewer-preset-${name}`);
  return {
    ...presets,
    full: { label: named("full"), ...whole },
    chest: { label: named("chest"), ...between(0.03, 0.97) },
    lung: { label: named("lung"), ...between(0.02, 0.6) },
    mediastinum: { label: named("mediastinum"), ...between(0.45, 0.998) },
    percentile: { label: named("percentile"), ...between(0.01, 0.99) },
    custom: { label: named("custom") },
  };
}

/* As many digits as a reader needs. */
function tidy(value) {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function windowInWords({ width, level }) {
  return text("viewer-window", { width: `${tidy(width)}`, level: `${tidy(level)}` });
}
