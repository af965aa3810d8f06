/* colour.js: what a stored value or a heat value looks like. */

// Perceptually uniform maps, ten stops each (matplotlib); never jet, and not cividis, whose
// grey middle vanishes on film.
const COLOUR_MAPS = {
  inferno: [
    "000004", "1b0c41", "4a0c6b", "781c6d", "a52c60",
    "cf4446", "ed6925", "fb9b06", "f7d13d", "fcffa4",
  ],
  viridis: [
    "440154", "482878", "3e4989", "31688e", "26828e",
    "1f9e89", "35b779", "6ece58", "b5de2b", "fde725",
  ],
};

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function rgbOf(hex) {
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/* 256 [red, green, blue] between the stops of a map. */
function colourRamp(name) {
  const stops = COLOUR_MAPS[name].map(rgbOf);
  return Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const share = place - below;
    return stops[below].map((from, k) => Math.round(from + (stops[below + 1][k] - from) * share));
  });
}

function rampAsGradient(ramp) {
  const stops = ramp.filter((_, i) => i % 15 === 0).map((colour) => `rgb(${colour})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/* The toolbar's scale: what the film cannot show is dark. */
function scaleAsGradient({ colour, threshold }) {
  const clear = `linear-gradient(to right, #0b0d10 ${threshold}%, transparent ${threshold}%)`;
  return `${clear}, ${rampAsGradient(colourRamp(colour))}`;
}

/* Cold is clear: below 0.06 nothing covers the film, from 0.46 on the full opacity does. */
function heatCover(heat) {
  const t = clamp((heat - 0.06) / 0.4, 0, 1);
  return t * t * (3 - 2 * t);
}
