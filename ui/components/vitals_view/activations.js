// The filters of the first layer, and the activations of one held-out example in every layer.

const FILTER_SIDE = 64; // pixels on the screen
const MAP_SIDE = 58;

function createFilters(root) {
  const state = { version: "", block: null, text: null };
  const area = element("div", "maps", root);
  const figure = makeFigure(area, {
    step: () => [1 / 64, 1 / 64],
    read: (x, y) => state.block && readBlock(state.block, { isMap: state.block.shape.length === 4, across: state.across, text: state.text }, x, y),
  });
  return {
    take(data) {
      if (data.block) Object.assign(state, { version: data.version, block: decodeBlock(data.block), text: data.text });
      return state.version === data.version;
    },
    draw(palette) {
      state.across = paintBlock(figure, state.block, root.clientWidth, palette, { side: FILTER_SIDE });
      describeBlock(figure, state.block, state.text, state.text.caption);
      root.dataset.version = state.version;
    },
  };
}

// The first unit's index, and whether each unit has a map, tell apart pictures and tables. Returns how many maps are side by side.
function paintBlock(figure, block, width, palette, { side, isNamed = false }) {
  const { canvas } = figure;
  if (block.shape.length === 2) {
    const [rows, columns] = block.shape;
    paintNumbers(canvas, block, colourTable(block, palette), [rows, columns]);
    const cell = Math.max(5, Math.min(isNamed ? 28 : rows === 1 ? 16 : 12, Math.floor(Math.min(width, 620) / columns)));
    canvas.style.width = `min(100%, ${cell * columns}px)`;
    canvas.style.height = `${Math.min(320, (rows === 1 ? 22 : cell) * rows)}px`;
    return 1;
  }
  const [count, channels, rows, columns] = block.shape.length === 4 ? block.shape : [block.shape[0], 1, ...block.shape.slice(1)];
  const across = mapsAcross(width, count, columns, side);
  paintMaps(canvas, block, palette, { count, channels, rows, columns, across });
  canvas.style.width = `min(100%, ${across * side}px)`;
  canvas.style.height = "auto";
  return across;
}

function describeBlock({ caption, canvas, below }, block, text, name) {
  setText(caption, name);
  setText(below, `${formatNumber(block.low)} … ${formatNumber(block.high)}`);
  canvas.setAttribute("aria-label", fillIn(text.label, { name, low: formatNumber(block.low), high: formatNumber(block.high) }));
}

// The number at a place of the picture: a unit's map, or a row and a column of a table.
function readBlock(block, { isMap, across, text, classes }, x, y) {
  if (!isMap) {
    const [rows, columns] = block.shape;
    const [row, column] = [Math.floor(y * rows), Math.floor(x * columns)];
    const place = { row: row + 1, column: column + 1, unit: column + 1, name: classes?.[column] };
    return fillIn(cellText({ text, classes, rows }), { ...place, value: formatNumber(block.at(row * columns + column)) });
  }
  const [count, channels, rows, columns] = block.shape.length === 4 ? block.shape : [block.shape[0], 1, ...block.shape.slice(1)];
  const down = Math.ceil(count / across);
  const [left, top] = [x * (across * (columns + 1) - 1), y * (down * (rows + 1) - 1)];
  const [i, j] = [Math.floor(left / (columns + 1)), Math.floor(top / (rows + 1))];
  const [column, row] = [Math.floor(left) - i * (columns + 1), Math.floor(top) - j * (rows + 1)];
  const unit = j * across + i;
  if (unit >= count || column >= columns || row >= rows) return "";
  const value = block.at(unit * channels * rows * columns + row * columns + column);
  return fillIn(text.pixel, { unit: unit + 1, row: row + 1, column: column + 1, value: formatNumber(value) });
}

// classes: of a layer's units, perhaps none; undefined for weights, which have rows and columns.
function cellText({ text, classes, rows }) {
  if (!classes) return text.cell;
  if (rows > 1) return text.position;
  return classes.length ? text.class : text.unit;
}

function createActivations(root, send) {
  const state = { version: "", layers: [], rows: [], text: null, inputs: null, chosen: 0 };
  const chooser = element("div", "chooser", root);
  chooser.setAttribute("role", "radiogroup");
  const list = element("div", "units", root);
  return {
    take(data) {
      if (data.inputs) state.inputs = data.inputs;
      if (data.layers && state.inputs) {
        const layers = data.layers.map((layer) => ({ ...layer, block: decodeBlock(layer.block) }));
        Object.assign(state, { version: data.version, layers, text: data.text, chosen: data.chosen });
      }
      return state.version === data.version;
    },
    draw(palette) {
      showChooser(chooser, state, send);
      while (state.rows.length > state.layers.length) state.rows.pop().figure.remove();
      state.layers.forEach((_layer, index) => drawUnits(state, index, list, root.clientWidth, palette));
      root.dataset.version = state.version;
    },
  };
}

function drawUnits(state, index, list, width, palette) {
  state.rows[index] ??= makeFigure(list, {
    step: () => [1 / 48, 1 / 48],
    read: (x, y) => readBlock(state.layers[index].block, { ...state.layers[index], across: state.rows[index].across, text: state.text }, x, y),
  });
  const figure = state.rows[index];
  const { block, title, classes } = state.layers[index];
  const isNamed = classes.length > 0 && block.shape[0] === 1;
  figure.across = paintBlock(figure, block, width, palette, { side: MAP_SIDE, isNamed });
  showClasses(figure, isNamed ? classes : []);
  describeBlock(figure, block, state.text, title);
}

// The name of each class below its square; long names are turned.
function showClasses({ canvas, below }, classes) {
  const old = canvas.parentElement.querySelector(".classes");
  const key = classes.join("|");
  if (old?.dataset.key !== key) {
    old?.remove();
    if (!classes.length) return;
    const names = element("div", classes.some((name) => name.length > 2) ? "classes turned" : "classes");
    names.dataset.key = key;
    names.setAttribute("aria-hidden", "true"); // the reading names the class
    for (const name of classes) element("span", "", names, name);
    below.before(names);
  }
  const names = canvas.parentElement.querySelector(".classes");
  if (!names) return;
  names.style.width = canvas.style.width;
  names.style.gridTemplateColumns = `repeat(${classes.length}, minmax(0, 1fr))`;
}

// A radio button for each example.
function showChooser(chooser, state, send) {
  const { inputs, text, chosen } = state;
  chooser.setAttribute("aria-label", text.chooser);
  const key = inputs.names.join("|");
  if (chooser.dataset.key !== key) {
    chooser.dataset.key = key;
    const pictures = inputs.pictures && decodeBlock(inputs.pictures);
    chooser.replaceChildren(...inputs.names.map((name, index) => makeChoice(index, name, pictures, state, send)));
  }
  [...chooser.children].forEach((button, index) => {
    button.setAttribute("aria-checked", String(index === chosen));
    button.tabIndex = index === chosen ? 0 : -1;
  });
}

function makeChoice(index, name, pictures, state, send) {
  const button = element("button", "choice");
  button.type = "button";
  button.setAttribute("role", "radio");
  if (pictures) {
    const [, channels, rows, columns] = pictures.shape;
    const canvas = element("canvas", "", button);
    paintPicture(canvas, pictures.bytes.subarray(index * channels * rows * columns), [channels, rows, columns]);
  }
  element("span", "", button, name);
  const choose = (next) => {
    state.chosen = next;
    send("example", next);
    [...button.parentElement.children].forEach((other, i) => {
      other.setAttribute("aria-checked", String(i === next));
      other.tabIndex = i === next ? 0 : -1;
    });
  };
  button.addEventListener("click", () => choose(index));
  button.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const count = button.parentElement.children.length;
    const next = (index + move + count) % count;
    choose(next);
    button.parentElement.children[next].focus();
  });
  return button;
}
