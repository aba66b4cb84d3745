// Blocks of numbers: decoding them, their colours, and drawing a table or a picture of each unit.

const PLUS = { light: [29, 92, 204], dark: [64, 156, 255] };
const MINUS = { light: [214, 84, 0], dark: [255, 150, 40] };

// {shape, low, high, values} from the server → a function for the number at an index.
function decodeBlock(block) {
  const bytes = bytesOf(block.values);
  const scale = (block.high - block.low) / 255;
  return { ...block, bytes, at: (index) => block.low + bytes[index] * scale };
}

// A colour for each byte of a block: blue above 0, orange below, the page's background at 0.
function colourTable({ low, high }, palette) {
  const theme = luminance(palette.surface) > 0.4 ? "light" : "dark";
  const ground = mixed(palette.surface, palette.text, 0.06);
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return Array.from({ length: 256 }, (_, byte) => {
    const value = low + ((high - low) * byte) / 255;
    const end = palette.forced ? palette.text : (value < 0 ? MINUS : PLUS)[theme];
    return mixed(ground, end, Math.abs(value) / most);
  });
}

// A picture of rows × columns numbers, a pixel for each, from the index `start`; the canvas is stretched by the style sheet.
function paintNumbers(canvas, { bytes }, colours, [rows, columns], start = 0, across = 1) {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    image.data.set(colours[bytes[start + i * across]], 4 * i);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Three channels as a colour picture, each byte as it is.
function paintColours(canvas, { bytes }, [rows, columns], start) {
  paintPicture(canvas, bytes.subarray(start), [3, rows, columns]);
}

// The maps of several units side by side in one canvas, with a gap of a pixel between them.
function paintMaps(canvas, block, palette, { count, channels, rows, columns, across }) {
  const down = Math.ceil(count / across);
  const [width, height] = [across * (columns + 1) - 1, down * (rows + 1) - 1];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  const colours = colourTable(block, palette);
  const area = channels * rows * columns;
  const tile = new OffscreenCanvas(columns, rows);
  for (let unit = 0; unit < count; unit += 1) {
    if (channels === 3) paintColours(tile, block, [rows, columns], unit * area);
    else paintNumbers(tile, block, colours, [rows, columns], unit * area);
    pen.drawImage(tile, (unit % across) * (columns + 1), Math.floor(unit / across) * (rows + 1));
  }
}

// How many maps are side by side, so that they fill the width and a pixel stays large enough to see.
function mapsAcross(width, count, columns, side) {
  return Math.max(1, Math.min(count, Math.floor(width / Math.max(side, columns + 1))));
}
