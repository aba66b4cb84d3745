// The layers over the epochs: a row for each with its weights, gradients, size of updates, and dead or saturated units.

const SMALLEST = -40; // the power of two of the lowest bin of gradients, which also has all that are 0
const RATIOS = [-7, 0]; // powers of ten on the axis of updates
const USUAL = [-4, -2];

// rows of a record: [weight limit, weight heights, gradient heights, update ratio, dead share, saturated share]
function createHistory(root, send) {
  const state = { run: "", records: [], layers: [], rows: new Map(), text: null, end: 1, gradientBins: [1, 1] };
  const list = element("div", "layers", root);
  return {
    take(data) {
      if (data.text) state.text = data.text;
      if (!state.text) return false;
      if (data.from === 0) state.records = [];
      else if (state.run !== data.run || data.from > state.records.length) return false;
      state.run = data.run;
      state.layers = data.layers;
      state.lowRate = data.lowRate;
      state.end = Math.max(data.epochs, data.records.at(-1)?.epoch ?? 0, 0.01);
      state.records.length = data.from;
      for (const { epoch, layers } of data.records) {
        state.records.push({
          epoch,
          layers: layers.map((row) => row && [row[0], row[1] && bytesOf(row[1]), row[2] && bytesOf(row[2]), ...row.slice(3)]),
        });
      }
      state.gradientBins = usedBins(state.records.flatMap(({ layers }) => layers.map((row) => row?.[2])), 1);
      root.dataset.records = state.records.length;
      return true;
    },
    draw(palette) {
      for (const [name, row] of state.rows) if (!state.layers.some((layer) => layer.name === name)) row.card.remove();
      state.layers.forEach((layer, index) => {
        const row = state.rows.get(layer.name) ?? createRow(list, layer, state, index);
        state.rows.set(layer.name, row);
        row.draw(palette);
      });
    },
  };
}

function createRow(list, layer, state, index) {
  const { text } = state;
  const card = element("section", "layer", list);
  const title = element("div", "title", card);
  element("h3", "", title, layer.title);
  element("span", "name", title, layer.name);
  // The last record before a column that has this part, because units are looked at less often. After the newest one, that is the newest.
  const reader = (part, describe) => (column, row) => {
    const end = ((Math.floor(column * COLUMNS) + 1) / COLUMNS) * state.end;
    const found = state.records.findLast(({ epoch, layers }) => epoch <= end && layers[index]?.[part] != null);
    if (!found) return text.none;
    return fillIn(text.reading, { epoch: found.epoch.toFixed(1), value: describe(found.layers[index][part], row, column) });
  };
  const step = () => [1 / COLUMNS, 1 / 48];
  const last = (part) => [...state.records].reverse().find(({ layers }) => layers[index]?.[part] != null)?.layers[index][part];
  const series = (part, level) =>
    state.records.flatMap(({ epoch, layers }) => (layers[index]?.[part] == null ? [] : [[epoch, level(layers[index][part])]]));
  const shown = { limit: 1, heights: [], slopes: [] }; // what the two pictures show

  const weights = makeFigure(card, {
    step,
    read: reader(0, (_limit, row) => fillIn(text.near, { value: formatNumber((1 - 2 * row) * shown.limit) })),
  });
  const gradients = makeFigure(card, {
    step,
    read: reader(2, (_bytes, row) => {
      const [low, high] = state.gradientBins;
      const bin = Math.floor((1 - row) * (high - low + 2)) - 1; // the lowest row is 0
      return fillIn(text.near, { value: bin < 0 ? "0" : formatNumber(2 ** (SMALLEST + low + bin + 0.5)) });
    }),
  });
  const updates = makeFigure(card, { step, read: reader(3, formatNumber) });
  const units = makeFigure(card, { step, read: (x, y) => reader(unitPart(), formatPercent)(x, y) });
  const unitPart = () => (last(4) != null ? 4 : 5);

  function drawWeights(columns, palette) {
    const wide = Math.max(...state.records.map(({ layers }) => layers[index]?.[0] ?? 0), 2 ** -30);
    const heights = state.records.map(({ layers }) => layers[index]?.[1] && widen(layers[index][1], layers[index][0], wide));
    const half = (heights.find(Boolean)?.length ?? 2) / 2;
    const [low, high] = usedBins(heights);
    const reach = Math.min(half, Math.max(half - low, high + 1 - half, 1) + 1);
    shown.limit = (wide * reach) / half;
    drawHeatMap(weights.canvas, columns, heights.map((bytes) => bytes?.subarray(half - reach, half + reach)), palette);
    describe(weights, text.weights, `−${formatNumber(shown.limit)} … ${formatNumber(shown.limit)}`);
  }

  function drawGradients(columns, palette) {
    const [low, high] = state.gradientBins;
    const heights = state.records.map(({ layers }) => layers[index]?.[2]);
    gradients.figure.classList.toggle("empty", !heights.some(Boolean));
    const rows = heights.map((bytes) => bytes && [bytes[0], ...bytes.subarray(low, high + 1)]);
    drawHeatMap(gradients.canvas, columns, rows, palette);
    const [from, to] = [low, high + 1].map((bin) => formatNumber(2 ** (SMALLEST + bin)));
    describe(gradients, text.gradients, fillIn(text.gradientRange, { from, to }));
  }

  function drawUpdates(palette) {
    const level = (power) => (power - RATIOS[0]) / (RATIOS[1] - RATIOS[0]);
    const points = series(3, (ratio) => Math.min(1, Math.max(0, level(Math.log10(ratio || 1e-12)))));
    drawLine(updates.canvas, points, state.end, palette, { band: USUAL.map(level) });
    const ratio = last(3);
    const size = ratio === undefined ? text.none : fillIn(judge(ratio, text, state.lowRate), { value: formatNumber(ratio), rate: formatNumber(state.lowRate ?? 0) });
    describe(updates, text.updates, size);
  }

  function drawUnits(palette) {
    const part = unitPart();
    const share = last(part);
    units.figure.hidden = share === undefined;
    if (share === undefined) return;
    drawLine(units.canvas, series(part, (value) => value), state.end, palette, { dash: part === 4 ? [] : [6, 3] });
    describe(units, part === 4 ? text.dead : text.saturated, fillIn(part === 4 ? text.deadNow : text.saturatedNow, { share: formatPercent(share) }));
  }

  return {
    card,
    draw(palette) {
      const columns = recordAt(state.records, state.end);
      drawWeights(columns, palette);
      drawGradients(columns, palette);
      drawUpdates(palette);
      drawUnits(palette);
    },
  };

  function describe({ caption, canvas, below }, name, now) {
    setText(caption, name);
    setText(below, now);
    canvas.setAttribute("aria-label", fillIn(text.label, { layer: layer.title, name, now }));
  }
}

// lowRate: the learning rate if it is so low that updates are small in any network.
function judge(ratio, text, lowRate) {
  const power = Math.log10(ratio || 1e-12);
  if (power < USUAL[0]) return lowRate === null ? text.small : text.smallRate;
  return power > USUAL[1] ? text.large : text.usual;
}
