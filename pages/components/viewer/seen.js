/* seen.js: what a network was given, exactly: cropped, resized and normalised, one channel. */

function unpackSeen(seen, bytes) {
  const { rows, columns } = seen;
  const map = new Float32Array(bytes.slice().buffer);
  let low = Infinity;
  let high = -Infinity;
  for (const value of map) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const layer = document.createElement("canvas");
  layer.width = columns;
  layer.height = rows;
  const image = new ImageData(columns, rows);
  const packed = new Uint32Array(image.data.buffer);
  map.forEach((value, i) => {
    const grey = Math.round((255 * (value - low)) / Math.max(high - low, 1e-9));
    packed[i] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  });
  layer.getContext("2d").putImageData(image, 0, 0);
  return { rows, columns, map, layer };
}

/* u and v run over the film from 0 to 1. */
function seenAt({ rows, columns, map }, u, v) {
  const row = clamp(Math.floor(v * rows), 0, rows - 1);
  return map[row * columns + clamp(Math.floor(u * columns), 0, columns - 1)];
}

/* Every pixel as a square: nothing is smoothed that the network did not get smooth. */
function drawSeen(panel, lens) {
  const { context, canvas, seen } = panel;
  context.fillStyle = "#000000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  drawOver(context, seen.layer, lens);
  context.imageSmoothingEnabled = true;
}
