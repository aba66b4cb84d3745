// Heat maps of activations. Positive values have the first colour; negative ones have the second and are hatched, so that the sign does
// not depend on colour.

const MAX_PIXELS = 48; // along each side of a neuron
const [HATCH_EVERY, HATCH_FROM] = [5, 5]; // pixels between two lines; the smallest negative value of -127 that is hatched

// From base64 of int8, [count, size, size], to one array per neuron. Rows run from the lowest y up.
function decodeMaps(text, count, size) {
  const values = new Int8Array(bytesOf(text).buffer);
  return Array.from({ length: count }, (_, index) => values.subarray(index * size * size, (index + 1) * size * size));
}

// The colours of the values -127 to 127, and those of the hatching, as the four bytes of a pixel.
function makeRamp({ surface, text, series: [positive, negative] }) {
  const colours = Array.from({ length: 255 }, (_, index) => {
    const value = index - 127;
    return mixed(surface, value < 0 ? negative : positive, 0.9 * Math.sqrt(Math.abs(value) / 127));
  });
  return { colours: pixelsOf(colours), hatch: pixelsOf(colours.map((colour) => mixed(colour, text, 0.4))) };
}

const pixelsOf = (colours) => new Uint32Array(Uint8ClampedArray.from(colours.flatMap((colour) => [...colour, 255])).buffer);

// Paints a map of size × size values, smoothly enlarged.
function paintMap(canvas, values, size, ramp, pixels) {
  if (canvas.width !== pixels) Object.assign(canvas, { width: pixels, height: pixels });
  const image = new ImageData(pixels, pixels);
  const shown = new Uint32Array(image.data.buffer);
  const { cells, shares } = samplesOf(size, pixels);
  for (let down = 0, to = 0; down < pixels; down += 1) {
    const [low, up] = [cells[pixels - 1 - down], shares[pixels - 1 - down]];
    const [row, above] = [low * size, Math.min(size - 1, low + 1) * size];
    for (let across = 0; across < pixels; across += 1, to += 1) {
      const [left, right, share] = [cells[across], Math.min(size - 1, cells[across] + 1), shares[across]];
      const below = values[row + left] + (values[row + right] - values[row + left]) * share;
      const higher = values[above + left] + (values[above + right] - values[above + left]) * share;
      const value = Math.round(below + (higher - below) * up);
      const isHatched = value <= -HATCH_FROM && (down + across) % HATCH_EVERY === 0;
      shown[to] = (isHatched ? ramp.hatch : ramp.colours)[Math.max(0, value + 127)];
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// For each pixel of a side, the cell before it and how far it is from there to the next one.
const samples = new Map();
function samplesOf(size, pixels) {
  const key = `${size}/${pixels}`;
  if (!samples.has(key)) {
    const places = Array.from({ length: pixels }, (_, i) => Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / pixels - 0.5)));
    samples.set(key, { cells: places.map(Math.floor), shares: places.map((place) => place - Math.floor(place)) });
  }
  return samples.get(key);
}
