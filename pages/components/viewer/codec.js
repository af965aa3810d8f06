/* codec.js: bytes from Python -> header, film pixels, pyramid, heatmaps.
   The layout is written down in parcel.py. Knows nothing of the screen. */

const MAGIC = "CXRV";
const SMALLEST_LEVEL = 300; // pixels on the short side: below this a level is cheaper drawn than made

function openParcel(bytes) {
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(0, 4)) !== MAGIC) {
    throw new Error(text("viewer-strange-parcel"));
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const start = 8 + length;
  return {
    head: JSON.parse(decoder.decode(bytes.subarray(8, start))),
    part: (place) => bytes.subarray(start + place.offset, start + place.offset + place.length),
  };
}

/* Never kept on the disk of the browser's machine. */
async function fetchParcel(address) {
  const answer = await fetch(address, { cache: "no-store" });
  if (!answer.ok) throw new Error(text("viewer-not-there", { status: String(answer.status) }));
  return openParcel(new Uint8Array(await answer.arrayBuffer()));
}

/* Written at once and read straight into place: half the time of a Blob through a Response. */
async function inflate(bytes, length) {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  // A fault comes out of the reader too; nobody waits for it here.
  writer.write(bytes).then(() => writer.close()).catch(() => {});
  const whole = new Uint8Array(length);
  const reader = readable.getReader();
  let at = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    whole.set(part.value, at);
    at += part.value.length;
  }
  return whole;
}

/* What the pixels measure; without a scale they are the values themselves. */
function readScale(film, part) {
  const plain = { slope: 1, intercept: 0, inverted: false, closest: null, windows: [] };
  const scale = { ...plain, ...film, top: 2 ** film.bits - 1 };
  return { ...scale, greys: film.greys ? part(film.greys) : null };
}

/* Planes of high and of low bytes to differences, and these to values, in one pass. */
function joinPlanes(high, low, width) {
  const pixels = new Uint16Array(high.length);
  for (let i = 0; i < width; i++) pixels[i] = (high[i] << 8) | low[i];
  for (let i = width; i < pixels.length; i++) {
    pixels[i] = pixels[i - width] + ((high[i] << 8) | low[i]);
  }
  return pixels;
}

function sumRows(differences, width) {
  const pixels = differences.slice(); // the parcel stays as it came
  for (let i = width; i < pixels.length; i++) pixels[i] += pixels[i - width];
  return pixels;
}

/* Undoes the differences between rows; typed arrays wrap as NumPy did. */
async function unpackFilm({ width, height, planes }, part) {
  const [first, second] = await Promise.all(planes.map((plane) => (
    plane.deflated ? inflate(part(plane), width * height) : part(plane)
  )));
  const pixels = second ? joinPlanes(first, second, width) : sumRows(first, width);
  return { width, height, pixels };
}

function halve({ width, height, pixels }) {
  const columns = width >> 1;
  const rows = height >> 1;
  const half = new pixels.constructor(columns * rows);
  let out = 0;
  for (let y = 0; y < rows; y++) {
    let i = 2 * y * width;
    for (let x = 0; x < columns; x++) {
      half[out++] = (pixels[i] + pixels[i + 1] + pixels[i + width] + pixels[i + width + 1] + 2) >> 2;
      i += 2;
    }
  }
  return { width: columns, height: rows, pixels: half };
}

/* The film and its halves, largest first: drawing then costs screen pixels, not film pixels. */
function pyramid(film) {
  const levels = [film];
  let last = film;
  while (Math.min(last.width, last.height) > SMALLEST_LEVEL) {
    last = halve(last);
    levels.push(last);
  }
  return levels;
}

function unpackHeat(bytes) {
  // A copy, since a Float32Array must begin on a multiple of four in its buffer.
  return new Float32Array(bytes.slice().buffer);
}
