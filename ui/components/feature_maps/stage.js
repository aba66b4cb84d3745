// The arithmetic of one pixel: the input with its patch, the kernel, the products, and the chosen map with the pixel.

const PLAY_MS = 2600;
const DIRECTIONS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function drawStage(state) {
  const { kernel, shape, unit, pixel, palette } = state;
  const [, height, width] = shape;
  const colours = signColours(palette);
  const area = height * width;
  const map = state.maps.subarray(unit * area, (unit + 1) * area);
  const shown = state.revealed === undefined ? map : map.map((value, i) => (i <= state.revealed ? value : 0));
  const at = state.revealed === undefined ? pixel : [Math.floor(state.revealed / width), state.revealed % width];
  const most = Math.max(Math.abs(rangeOf(map).low), Math.abs(rangeOf(map).high));
  const box = paintInto(state.canvases.output, { values: shown, height, width, most }, state, colours);
  if (box) frameRect(box.pen, box.left + at[1] * box.cell, box.top + at[0] * box.cell, box.cell, box.cell);
  if (!kernel) return;
  const terms = computeTerms(state, ...at);
  if (!state.isChannelChosen) state.channel = strongestOf(terms.sums);
  const [, inputHeight, inputWidth] = state.inputShape;
  const start = (kernel.first + state.channel) * inputHeight * inputWidth;
  const input = { values: state.inputs, start, height: inputHeight, width: inputWidth };
  const values = state.inputs.subarray(start, start + inputHeight * inputWidth);
  const inputBox = paintInto(state.canvases.input, { ...input, most: mostOf(values) }, state, colours);
  if (inputBox) framePatch(inputBox, terms);
  const grid = { height: kernel.size[0], width: kernel.size[1], start: state.channel * terms.area };
  const part = (all) => all.subarray(grid.start, grid.start + terms.area);
  paintInto(state.canvases.kernel, { ...grid, values: state.weights, most: mostOf(state.weights) }, state, colours);
  paintInto(state.canvases.product, { ...grid, values: terms.products, most: mostOf(part(terms.products)) }, state, colours);
}

const mostOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

// Fills a square canvas and returns where the cells are.
function paintInto(canvas, heat, { palette }, colours) {
  const sheet = clearedSheet(canvas);
  if (!sheet) return null;
  const cell = Math.min(sheet.width / heat.width, sheet.height / heat.height);
  const box = { left: (sheet.width - cell * heat.width) / 2, top: (sheet.height - cell * heat.height) / 2, cell, pen: sheet.pen };
  paintHeat(sheet.pen, heat, box, colours);
  writeNumbers(sheet.pen, heat, box, { colours, font: palette.font });
  return box;
}

function framePatch({ pen, left, top, cell }, { rows, columns }) {
  const [inRows, inColumns] = [rows, columns].map((all) => all.filter((place) => place >= 0));
  if (!inRows.length || !inColumns.length) return;
  const [y0, y1, x0, x1] = [Math.min(...inRows), Math.max(...inRows), Math.min(...inColumns), Math.max(...inColumns)];
  frameRect(pen, left + x0 * cell, top + y0 * cell, (x1 - x0 + 1) * cell, (y1 - y0 + 1) * cell);
}

// Moves the kernel over the picture once, from the first pixel to the chosen one, while the map is filled.
function play(state) {
  cancelAnimationFrame(state.frame);
  const [, height, width] = state.shape;
  if (!state.kernel || height * width < 2 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const begin = performance.now();
  const step = (now) => {
    const share = (now - begin) / PLAY_MS;
    state.revealed = share < 1 ? Math.floor(share * height * width) : undefined;
    drawStage(state);
    if (share < 1 && state.root.isConnected) state.frame = requestAnimationFrame(step);
    else stopPlaying(state);
  };
  state.frame = requestAnimationFrame(step);
}

function stopPlaying(state) {
  cancelAnimationFrame(state.frame);
  if (state.revealed === undefined) return;
  state.revealed = undefined;
  drawStage(state);
}

function movePixel(state, event) {
  const direction = DIRECTIONS[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || !direction) return;
  event.preventDefault();
  const [, height, width] = state.shape;
  const [row, column] = state.pixel;
  choosePixel(state, [row + direction[0], column + direction[1]].map((value, i) => Math.min([height, width][i] - 1, Math.max(0, value))));
}

function pointAtPixel(state, event) {
  const [, height, width] = state.shape;
  const { left, top, width: across, height: down } = state.canvases.output.getBoundingClientRect();
  const cell = Math.min(across / width, down / height);
  const row = Math.floor((event.clientY - top - (down - cell * height) / 2) / cell);
  const column = Math.floor((event.clientX - left - (across - cell * width) / 2) / cell);
  if (row >= 0 && row < height && column >= 0 && column < width) choosePixel(state, [row, column]);
}

function choosePixel(state, pixel) {
  state.pixel = pixel;
  state.isChannelChosen = false;
  stopPlaying(state);
  drawStage(state);
  describePixel(state);
}
