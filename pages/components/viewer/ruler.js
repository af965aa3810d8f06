/* ruler.js: how long a line on the film is, and how far that may be believed. */

/* `spacing` is millimetres between rows, then between columns; null where the header has none. */
function lengthInWords({ spacing }, [x, y, endX, endY]) {
  if (!spacing) return `${Math.hypot(endX - x, endY - y).toFixed(0)} px`;
  const length = Math.hypot((endX - x) * spacing[1], (endY - y) * spacing[0]);
  return `${length.toFixed(1)} mm`;
}

/* PS3.3 10.7.1.3: what is not corrected for magnification is longer at the detector. */
function lengthCaution({ spacing, calibrated }) {
  return spacing && !calibrated ? text("viewer-length-caution") : "";
}
