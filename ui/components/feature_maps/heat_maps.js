// Draws arrays of numbers: blue above 0, orange below, the surface at 0. Cells that are large enough show their numbers.

const LARGEST_TEXT = 30; // pixels of a cell from which on its number is written into it

function signColours(palette) {
  const isDark = luminance(palette.surface) < 0.4;
  const zero = palette.forced ? palette.surface : isDark ? [28, 30, 43] : [238, 240, 248];
  return { zero, above: isDark ? [64, 156, 255] : [29, 92, 204], below: isDark ? [255, 150, 40] : [214, 84, 0] };
}

// values: [height · width] from `start`; most: the value with the full colour.
function paintHeat(pen, { values, start = 0, height, width, most }, { left, top, cell }, colours) {
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const share = most ? Math.max(-1, Math.min(1, values[start + y * width + x] / most)) : 0;
      pen.fillStyle = cssOf(mixed(colours.zero, share > 0 ? colours.above : colours.below, Math.abs(share)));
      const [right, bottom] = [left + (x + 1) * cell, top + (y + 1) * cell];
      pen.fillRect(left + x * cell, top + y * cell, right - left - x * cell, bottom - top - y * cell);
    }
  }
}

function writeNumbers(pen, { values, start = 0, height, width, most }, { left, top, cell }, { colours, font }) {
  if (cell < LARGEST_TEXT) return;
  pen.font = `${Math.min(13, cell / 3)}px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = values[start + y * width + x];
      const share = most ? Math.min(1, Math.abs(value) / most) : 0;
      pen.fillStyle = cssOf(blackOrWhite(mixed(colours.zero, value > 0 ? colours.above : colours.below, share)));
      pen.fillText(shortNumber(value), left + (x + 0.5) * cell, top + (y + 0.5) * cell);
    }
  }
}

const shortNumber = (value) => numberText(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
const numberText = (value, digits = 4) => value.toFixed(digits).replace(/^-(?=0[.0]*$)/, "").replace("-", "−");

// Two lines around a rectangle, so that it stands out from every colour.
function frameRect(pen, left, top, width, height) {
  for (const [colour, thick] of [["#fff", 4], ["#111", 2]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.strokeRect(left, top, width, height);
  }
}

// How many tiles of this shape fit beside each other, and how large they are.
function layTiles(count, [height, width], available) {
  const wanted = width * height === 1 ? 22 : Math.max(30, Math.min(64, 2 * width));
  const gap = 4;
  const across = Math.max(1, Math.min(count, Math.floor((available + gap) / (wanted + gap))));
  const side = Math.min(wanted * 1.5, (available - gap * (across - 1)) / across);
  const tall = (side * height) / width;
  const down = Math.ceil(count / across);
  return { across, side, tall, gap, height: down * (tall + gap) - gap };
}
