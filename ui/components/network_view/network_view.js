// The network of the Playground: a button with a heat map for each neuron over a canvas with the edges. The user's changes are kept here
// and sent to Python; the browser receives a frame (maps, weights and gradients) only if it does not have it yet.

const states = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".network");
  const state = states.get(root) ?? mount(root);
  states.set(root, state);
  state.send = (name, value) => (name === "set" ? setTriggerValue : setStateValue)(name, value);
  const isRepeated = receive(state, data);
  confirm(state, data, isRepeated);
  if (state.fixed) render(state);
  return () => setTimeout(() => root.isConnected || state.observer.disconnect());
}

function mount(root) {
  const parts = Object.fromEntries(["scroller", "net", "nodes", "card"].map((name) => [name, root.querySelector(`.${name}`)]));
  parts.edges = root.querySelector(".edges");
  const state = { root, parts, version: null, has: ["", "", ""], card: { subject: null, isPinned: false }, frames: 0, active: [0, 0] };
  state.paintEdges = () => paintEdges(state);
  state.mapOf = (subject) => mapOf(state, subject.column, subject.index);
  state.focusNeuron = ({ column, index }) => nodeAt(state, column, index)?.focus();
  state.observer = new ResizeObserver(() => state.fixed && render(state));
  state.observer.observe(root);
  listen(state);
  return state;
}

// Returns whether a frame came that is already here.
function receive(state, data) {
  if (data.fixed) Object.assign(state, { fixed: data.fixed, has: state.has.with(0, data.keys[0]) });
  if (data.features) {
    const { maps, scales, size, extent } = JSON.parse(data.features);
    state.features = decodeMaps(maps, scales.length, size).map((values, i) => ({ values, size, scale: scales[i] }));
    Object.assign(state, { extent, has: state.has.with(2, data.keys[2]), painted: null });
  }
  if (state.version !== data.version) Object.assign(state, { version: data.version, design: data.design });
  Object.assign(state, { outputs: data.outputs, locked: data.locked, canSet: data.can_set, cannotSet: data.cannot_set });
  const isRepeated = Boolean(data.frame) && data.keys[1] === state.has[1];
  if (data.frame && !isRepeated) Object.assign(state, { given: JSON.parse(data.frame), has: state.has.with(1, data.keys[1]) });
  if (!data.keys[1]) Object.assign(state, { given: null, has: state.has.with(1, "") });
  if (!data.keys[2]) Object.assign(state, { features: null, has: state.has.with(2, "") });
  return isRepeated;
}

// Tells Python what is here when it does not know: after the page was opened, after an update was lost, and once a frame is repeated.
function confirm(state, { keys, received, frame }, isRepeated) {
  const known = JSON.stringify(received ?? ["", "", ""]);
  const has = JSON.stringify(state.has);
  const isMissing = (!frame && keys[1] !== state.has[1]) || [0, 2].some((part) => state.has[part] !== (received?.[part] ?? ""));
  if (known === has || state.confirmed === `${known}${has}` || !(isMissing || isRepeated)) return;
  state.confirmed = `${known}${has}`;
  state.send("received", state.has);
}

// Rebuilds what depends on the design or the width, then draws the frame.
function render(state) {
  const width = state.parts.scroller.clientWidth - 4; // without its padding
  if (!width) return;
  setPalette(state);
  const key = JSON.stringify([state.design, state.outputs, state.locked, width, state.has[0]]);
  if (key !== state.structure) {
    state.structure = key;
    state.model = makeModel(state);
    state.place = layOut([state.fixed.features.length, ...state.model.columns.slice(1).map((column) => column.length)], width);
    state.edges = listEdges(state.model, state.place);
    Object.assign(state.parts.net.style, { width: `${state.place.width}px`, height: `${state.place.height}px` });
    paintHeads(state, (layers) => change(state, { ...state.design, layers }));
    paintNodes(state);
    state.parts.net.setAttribute("aria-label", state.fixed.text.network);
    state.root.querySelector(".key").textContent = state.fixed.text.key;
    state.root.dataset.layers = state.design.layers.map(({ neurons }) => neurons).join("-");
    if (state.card.subject) closeIfGone(state);
  }
  cancelAnimationFrame(state.request);
  state.request = requestAnimationFrame(() => paintFrame(state));
}

function setPalette(state) {
  const { backgroundColor, color } = getComputedStyle(state.root); // with forced colours those of the system
  const key = `${backgroundColor} ${color}`;
  if (key === state.paletteKey) return;
  const palette = paletteOf(state.root);
  Object.assign(state, { palette, paletteKey: key, ramp: makeRamp(palette), painted: null });
}

function makeModel({ design, fixed, outputs }) {
  const { text } = fixed;
  const features = fixed.features
    .map(({ name, title }, row) => ({ row, name, symbol: title, title: fillIn(text.feature, { name: title }) }))
    .filter(({ name }) => design.features.includes(name));
  const hidden = design.layers.map(({ neurons }, layer) =>
    Array.from({ length: neurons }, (_, row) => ({
      row,
      symbol: hiddenName(layer + 1, row),
      title: fillIn(text.neuron, { layer: layer + 1, number: row + 1 }),
    })),
  );
  const last = outputs.map((name, row) => ({ row, symbol: name, title: fillIn(text.outputNeuron, { name }) }));
  return { columns: [features, ...hidden, last] };
}

function change(state, design) {
  state.design = design;
  state.send("edited", { version: state.version, ...design });
  render(state);
  state.root.querySelector("[role=status]").textContent = describeLayers(design.layers, state.fixed.text);
}

// The frame, if it is of this design; a frame of an earlier one comes until Python has taken the change.
function fitting({ given, model }) {
  const isSame = given?.layers.length === model.columns.length && given.layers.every((layer, i) => layer.neurons.length === model.columns[i].length);
  return isSame && given.layers[0].neurons.every((title, i) => title === model.columns[0][i].symbol) ? given : null;
}

function paintFrame(state) {
  const began = performance.now();
  state.frame = fitting(state);
  const painting = state.frame ? `${state.has[1]}${state.structure}` : state.structure;
  if (state.painted !== painting) {
    state.painted = painting;
    state.maps = state.frame?.layers.map((layer) => decodeMaps(layer.maps, layer.neurons.length, state.frame.size)) ?? [];
    for (const node of state.parts.nodes.querySelectorAll(".node")) paintNode(state, node);
    state.frames += Boolean(state.frame);
  }
  paintEdges(state);
  if (state.card.subject) fillCard(state);
  const step = state.frame ? String(state.frame.step) : "";
  Object.assign(state.root.dataset, { step, frames: state.frames, frameMs: (performance.now() - began).toFixed(1) });
}

function paintEdges(state) {
  const { subject } = state.card;
  const isOf = (edge) => (subject.edge ? edge === subject.edge : subject.column === edge.layer && subject.index === edge.to.neuron);
  const isMarked = subject && (subject.edge || subject.column) ? isOf : null;
  drawEdges(state.parts.edges, state.edges, ({ layer, to, from }) => state.frame?.layers[layer].weights[to.neuron][from.neuron], isMarked, state.palette);
}

// {values, size, scale} of a neuron in use, or null before the first frame.
function mapOf(state, column, index) {
  const layer = state.frame?.layers[column];
  if (layer) return { values: state.maps[column][index], size: state.frame.size, scale: layer.scales[index] };
  return column ? null : (state.features?.[state.model.columns[0][index].row] ?? null);
}
