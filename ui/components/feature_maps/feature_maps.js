// The sheet of all maps of a layer, the choice of one of them, and the text about the chosen pixel.

const states = new WeakMap();
const TABLE_ROWS = 10;

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const state = states.get(parentElement) ?? mount(parentElement);
  states.set(parentElement, state);
  state.request = (unit) => setStateValue("unit", unit);
  state.text = data.text;
  if (!data.columns && state.version !== data.version) {
    setTriggerValue("need", data.version);
    return undefined;
  }
  const isNew = state.version !== data.version;
  const isOtherUnit = isNew || state.unit !== data.unit;
  if (data.columns) {
    state.inputs = floatsOf(data.columns.inputs);
    state.maps = floatsOf(data.columns.maps);
  }
  Object.assign(state, { version: data.version, inputShape: data.inputShape, shape: data.shape, steps: data.steps, unit: data.unit });
  state.kernel = data.kernel;
  state.weights = data.kernel ? floatsOf(data.kernel.weights) : new Float32Array();
  state.sums = floatsOf(data.chosen.sums);
  state.responses = floatsOf(data.chosen.responses);
  if (isOtherUnit) {
    const [, , width] = state.shape;
    const { at } = rangeOf(mapOf(state, state.unit));
    state.pixel = [Math.floor(at / width), at % width];
    state.isChannelChosen = false;
  }
  setLabels(state);
  redraw(state);
  describePixel(state);
  if (!state.hasPlayed && state.kernel) {
    state.hasPlayed = true;
    play(state);
  }
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);
const mapOf = ({ maps, shape }, unit) => maps.subarray(unit * shape[1] * shape[2], (unit + 1) * shape[1] * shape[2]);

function mount(parentElement) {
  const root = parentElement.querySelector(".maps");
  const find = (name) => root.querySelector(`.${name}`);
  const canvases = Object.fromEntries(["input", "kernel", "product", "output"].map((name) => [name, root.querySelector(`canvas.${name}`)]));
  const state = { root, find, sheet: find("sheet"), canvases, unit: 0, pixel: [0, 0], channel: 0, version: "" };
  state.observer = new ResizeObserver(() => state.version && redraw(state));
  state.observer.observe(root);
  state.forced = forcedColours();
  state.recolour = () => redraw(state);
  state.forced.addEventListener("change", state.recolour);
  state.sheet.addEventListener("click", (event) => clickSheet(state, event));
  state.sheet.addEventListener("keydown", (event) => moveUnit(state, event));
  canvases.output.addEventListener("pointermove", (event) => pointAtPixel(state, event));
  canvases.output.addEventListener("pointerdown", (event) => pointAtPixel(state, event));
  canvases.output.addEventListener("keydown", (event) => movePixel(state, event));
  for (const [name, step] of [["previous", -1], ["next", 1]]) find(name).addEventListener("click", () => chooseChannel(state, step));
  find("replay").addEventListener("click", () => play(state));
  return state;
}

function unmount(parentElement, state) {
  cancelAnimationFrame(state.frame);
  state.observer.disconnect();
  state.forced.removeEventListener("change", state.recolour);
  states.delete(parentElement);
}

function redraw(state) {
  state.palette = paletteOf(state.root);
  drawSheet(state);
  drawStage(state);
}

function drawSheet(state) {
  const [count, height, width] = state.shape;
  const tiles = layTiles(count, [height, width], state.sheet.clientWidth - 4);
  state.tiles = tiles;
  state.sheet.style.height = `${Math.ceil(tiles.height) + 4}px`;
  const sheet = clearedSheet(state.sheet);
  if (!sheet) return;
  const colours = signColours(state.palette);
  const most = mostOf(state.maps); // all maps have one scale, so that they can be compared
  for (let unit = 0; unit < count; unit += 1) {
    const [left, top] = placeOf(tiles, unit);
    paintHeat(sheet.pen, { values: state.maps, start: unit * height * width, height, width, most }, { left, top, cell: tiles.side / width }, colours);
  }
  frameRect(sheet.pen, ...placeOf(tiles, state.unit), tiles.side, tiles.tall);
}

const placeOf = ({ across, side, tall, gap }, unit) => [2 + (unit % across) * (side + gap), 2 + Math.floor(unit / across) * (tall + gap)];

function clickSheet(state, event) {
  const { left, top } = state.sheet.getBoundingClientRect();
  const { across, side, tall, gap } = state.tiles;
  const column = Math.min(across - 1, Math.floor((event.clientX - left) / (side + gap)));
  chooseUnit(state, Math.floor((event.clientY - top) / (tall + gap)) * across + column);
}

function moveUnit(state, event) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -state.tiles.across, ArrowDown: state.tiles.across }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || !step) return;
  event.preventDefault();
  chooseUnit(state, (state.wanted ?? state.unit) + step);
}

// The server answers with the kernel of the unit.
function chooseUnit(state, unit) {
  if (unit < 0 || unit >= state.shape[0]) return;
  state.wanted = unit;
  state.request(unit);
}

function chooseChannel(state, step) {
  if (!state.kernel) return;
  const { channels } = state.kernel;
  state.channel = (state.channel + step + channels) % channels;
  state.isChannelChosen = true;
  stopPlaying(state);
  drawStage(state);
  describePixel(state);
}

function setLabels(state) {
  const { text, root, shape, kernel } = state;
  state.wanted = undefined;
  root.classList.toggle("without-kernel", !kernel);
  root.classList.toggle("single-input", !kernel || kernel.channels < 2);
  root.classList.toggle("single-pixel", shape[1] * shape[2] < 2);
  state.sheet.setAttribute("aria-label", text.sheet);
  state.canvases.output.setAttribute("aria-label", fillIn(text.map, { rows: shape[1], columns: shape[2] }));
  for (const name of ["kernel", "product"]) state.find(`${name}-name`).textContent = text[name];
  state.find("output-name").textContent = fillIn(text.output, { unit: state.unit + 1 });
  for (const name of ["previous", "next"]) state.find(name).setAttribute("aria-label", text[name]);
  state.find("replay").textContent = text.replay;
  state.find("keys").textContent = text.keys;
  state.find("channels-name").textContent = text.channels;
  state.find("terms-name").textContent = text.terms;
  for (const name of ["channels", "terms"]) state.find(`${name}-scroller`).setAttribute("aria-label", text[name]);
  const { low, high, at } = rangeOf(mapOf(state, state.unit));
  const values = { unit: state.unit + 1, count: shape[0], low: numberText(low, 2), high: numberText(high, 2) };
  state.find("chosen").textContent = fillIn(text.chosen, { ...values, row: Math.floor(at / shape[2]) + 1, column: (at % shape[2]) + 1 });
}

function describePixel(state) {
  const { text, pixel, kernel, shape, unit, root } = state;
  const index = pixel[0] * shape[2] + pixel[1];
  const value = mapOf(state, unit)[index];
  state.find("pixel").textContent = shape[1] * shape[2] < 2 ? "" : fillIn(text.pixel, { row: pixel[0] + 1, column: pixel[1] + 1 });
  root.dataset.total = state.sums[index];
  if (!kernel) {
    state.find("sum").textContent = fillIn(text.noKernel, { value: numberText(value) });
    return;
  }
  const terms = computeTerms(state, ...pixel);
  root.dataset.computed = terms.total;
  state.find("input-name").textContent = fillIn(text.input, { channel: kernel.first + state.channel + 1, channels: state.inputShape[0] });
  const [norm, rest] = state.steps;
  const steps = [[norm, state.responses[index]], [rest, value]].filter(([name]) => name);
  const sentence = kernel.bias === null ? text.sumAlone : text.sum;
  const sum = fillIn(sentence, { terms: terms.products.length, products: numberText(terms.all), bias: numberText(kernel.bias ?? 0), total: numberText(terms.total) });
  state.find("sum").textContent = [sum, ...steps.map(([name, after]) => fillIn(text.step, { name, value: numberText(after) }))].join(" → ");
  fillTables(state, terms);
}

function fillTables(state, { sums, products, patch, rows, columns, area }) {
  const { text, root } = state;
  const tableIn = (name) => root.querySelector(`.${name}-scroller table`) ?? createTable(state.find(`${name}-scroller`));
  fillTable(tableIn("channels"), {
    head: text.channelColumns.split("|"),
    rows: largestFirst(sums, TABLE_ROWS).map((channel) => [state.kernel.first + channel + 1, numberText(sums[channel])]),
  });
  const start = state.channel * area;
  const part = products.subarray(start, start + area);
  fillTable(tableIn("terms"), {
    head: text.termColumns.split("|"),
    rows: largestFirst(part, TABLE_ROWS).map((i) => {
      const [y, x] = [rows[Math.floor(i / columns.length)], columns[i % columns.length]];
      const place = y < 0 || x < 0 ? text.padding : `${y + 1}, ${x + 1}`;
      return [place, numberText(patch[start + i]), numberText(state.weights[start + i]), numberText(part[i])];
    }),
  });
}
