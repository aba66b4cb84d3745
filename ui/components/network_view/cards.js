// The card of a neuron or an edge: its value, gradient and formula. A click pins it; then its weights can be set.

const CARD_MAP = 96;
const LARGEST_WEIGHT = 1e6; // as in nn_core/runs/requests.py

// Shows a subject, {column, index} of a neuron or {edge}, or null for none. A pinned card stays until it is closed.
function showCard(state, subject, isPinned = false) {
  if (state.card.isPinned && !isPinned && subject) return;
  if (state.card.isPinned && !isPinned && state.card.subject) return;
  state.card = { subject, isPinned };
  const { card } = state.parts;
  card.hidden = !subject;
  card.dataset.pinned = String(isPinned);
  state.card.rows = null;
  if (subject) fillCard(state);
  if (isPinned) (card.querySelector("input") ?? card.querySelector("button")).focus();
  state.paintEdges();
}

function closeCard(state) {
  const { subject } = state.card;
  state.card = { subject: null, isPinned: false };
  showCard(state, null);
  state.focusNeuron(subject.edge ? { column: subject.edge.layer, index: subject.edge.to.neuron } : subject);
}

function buildCard(state, card, fields) {
  const { text } = state.fixed;
  const { subject, isPinned } = state.card;
  card.replaceChildren();
  const head = makeNode("header", "");
  head.append(makeNode("b", "", titleOf(state, subject)));
  if (isPinned) head.append(makeButton("×", text.close, "close", true, () => closeCard(state)));
  card.setAttribute("role", isPinned ? "dialog" : "group");
  card.setAttribute("aria-label", titleOf(state, subject));
  card.append(head);
  if (!subject.edge) {
    const row = makeNode("div", "picture");
    const map = makeNode("canvas", "map");
    map.setAttribute("aria-hidden", "true");
    row.append(map, makeNode("p", "range"));
    card.append(row);
  }
  card.append(makeNode("p", "formula"));
  if (!fields.length) return;
  const table = createTable(card);
  setCells(table.tHead.rows[0], "th", [text.parameter, text.value, text.gradient]);
  for (const field of fields) table.tBodies[0].append(makeRow(state, field, isPinned));
  const hint = isPinned ? (state.canSet ? text.setHint : state.cannotSet) : text.pinHint;
  if (!state.locked.weights) card.append(makeNode("p", "note", hint));
}

function makeRow(state, field, isPinned) {
  const row = document.createElement("tr");
  const head = makeNode("th", "", field.label);
  head.scope = "row";
  const cells = [makeNode("td", "value"), makeNode("td", "gradient")];
  row.append(head, ...cells);
  if (!isPinned || !state.canSet) return row;
  cells[0].append(makeInput(state, field));
  return row;
}

// A field for a number. While the user works in it, it does not follow the training.
function makeInput(state, field) {
  const input = makeNode("input", "");
  Object.assign(input, { type: "text", inputMode: "decimal" });
  input.setAttribute("aria-label", field.label);
  const edit = () => (input.dataset.edited = "true");
  const commit = () => {
    if (!input.dataset.changed) return;
    const value = parseNumber(input.value);
    const isPossible = Number.isFinite(value) && Math.abs(value) <= LARGEST_WEIGHT;
    input.setAttribute("aria-invalid", String(!isPossible));
    const { setHint, badNumber } = state.fixed.text;
    setText(state.parts.card.querySelector(".note"), isPossible ? setHint : fillIn(badNumber, { text: input.value, most: numberText(LARGEST_WEIGHT) }));
    if (!isPossible) return;
    delete input.dataset.changed;
    delete input.dataset.edited;
    state.send("set", { parameter: field.parameter, index: field.index, value });
  };
  input.addEventListener("input", () => (input.dataset.changed = "true"));
  input.addEventListener("pointerdown", edit);
  input.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") commit();
    else if (key !== "Tab" && key !== "Escape") edit();
  });
  input.addEventListener("blur", () => {
    commit();
    delete input.dataset.edited;
    delete input.dataset.changed;
  });
  return input;
}

// A decimal comma is taken as well.
const parseNumber = (text) => (text.trim() ? Number(text.trim().replace("−", "-").replace(",", ".")) : NaN);

// Writes the current numbers into the card, but not into a field that the user is changing. What can be set changes when a run starts.
function fillCard(state) {
  const { subject, isPinned } = state.card;
  const { card } = state.parts;
  const fields = listFields(state, subject, isPinned);
  const kind = `${fields.length} ${state.canSet}`;
  if (state.card.rows !== kind) {
    const hadFocus = card.contains(state.root.getRootNode().activeElement);
    state.card.rows = kind;
    buildCard(state, card, fields);
    placeCard(state, card);
    if (hadFocus) (card.querySelector("input") ?? card.querySelector("button"))?.focus();
  }
  const range = card.querySelector(".range");
  if (range) {
    const map = state.mapOf(subject);
    if (map) paintMap(card.querySelector(".map"), map.values, map.size, state.ramp, CARD_MAP);
    setText(range, map ? describeRange(state, map) : state.fixed.text.unknown);
  }
  setText(card.querySelector(".formula"), formulaOf(state, subject));
  const rows = card.querySelectorAll("tbody tr");
  fields.forEach((field, i) => {
    const input = rows[i].querySelector("input");
    if (!input) setText(rows[i].querySelector(".value"), numberText(field.value));
    else if (!input.dataset.edited && field.value !== undefined) Object.assign(input, { value: String(field.value), ariaInvalid: "false" });
    setText(rows[i].querySelector(".gradient"), numberText(field.gradient));
  });
}

const setText = (element, text) => element.textContent === text || (element.textContent = text);

function describeRange(state, { values, size, scale }) {
  const { text } = state.fixed;
  const { pointer } = state;
  const numbers = [Math.min(...values), Math.max(...values)].map((value) => numberText((value / 127) * scale));
  const lines = [fillIn(text.range, { low: numbers[0], high: numbers[1] })];
  if (pointer) {
    const { extent } = state.frame ?? state;
    const [column, row] = pointer.map((share) => Math.min(size - 1, Math.floor(share * size)));
    const [x, y] = [column, row].map((cell, axis) => extent[2 * axis] + ((extent[2 * axis + 1] - extent[2 * axis]) * (cell + 0.5)) / size);
    const value = numberText((values[row * size + column] / 127) * scale);
    lines.push(fillIn(text.atPoint, { x: x.toFixed(2).replace("-", "−"), y: y.toFixed(2).replace("-", "−"), value }));
  }
  return lines.join("\n");
}

function titleOf({ model, fixed }, subject) {
  if (!subject.edge) return model.columns[subject.column][subject.index].title;
  const { layer, from, to } = subject.edge;
  return fillIn(fixed.text.edge, { from: model.columns[layer - 1][from.neuron].title, to: model.columns[layer][to.neuron].title });
}

// The numbers that can be set: of an edge its weight, of a neuron its bias and, if it is pinned, its weights.
function listFields(state, subject, isPinned) {
  const [column, index] = subject.edge ? [subject.edge.layer, subject.edge.to.neuron] : [subject.column, subject.index];
  const layer = state.frame?.layers[column];
  const given = state.model.columns[column - 1] ?? [];
  if (!column || !layer) return [];
  const weight = (from) => ({
    label: fillIn(state.fixed.text.weight, { name: given[from].symbol }),
    parameter: `${layer.parameter}.weight`,
    index: [index, from],
    value: layer.weights[index][from],
    gradient: layer.weight_gradients[index]?.[from],
  });
  if (subject.edge) return [weight(subject.edge.from.neuron)];
  const bias = {
    label: state.fixed.text.bias,
    parameter: `${layer.parameter}.bias`,
    index: [index],
    value: layer.biases[index],
    gradient: layer.bias_gradients[index],
  };
  return [bias, ...(isPinned ? given.map((_, from) => weight(from)) : [])];
}

function formulaOf({ model, frame, fixed, design }, subject) {
  const [column, index] = subject.edge ? [subject.edge.layer, subject.edge.to.neuron] : [subject.column, subject.index];
  const neuron = model.columns[column][index];
  const layer = frame?.layers[column];
  if (!column) return fillIn(fixed.text.featureFormula, { name: neuron.symbol });
  if (!layer) return fixed.text.unknown;
  const given = model.columns[column - 1].map(({ symbol }) => symbol);
  if (subject.edge) {
    const from = subject.edge.from.neuron;
    return `z = … + (${sumText([[layer.weights[index][from], `·${given[from]}`]])}) + …`;
  }
  const terms = layer.weights[index].map((weight, from) => [weight, `·${given[from]}`]);
  const sum = `z = ${sumText([...terms, [layer.biases[index], ""]])}`;
  const activation = column <= design.layers.length ? design.layers[column - 1].activation : "";
  return `${neuron.symbol} = ${activation ? (DEFINITIONS[activation] ?? `${activation}(z)`) : "z"}\n${sum}`;
}

// Beside its subject, inside the component; on a narrow one the style puts it below.
function placeCard(state, card) {
  const { subject } = state.card;
  const { place, root } = state;
  const { edge } = subject;
  const offset = state.parts.scroller.scrollLeft;
  const x = (edge ? (edge.from.x + edge.to.x) / 2 : place.column(subject.column)) - offset;
  const y = edge ? (edge.from.y + edge.to.y) / 2 : place.row(state.model.columns[subject.column][subject.index].row);
  const [room, width] = [root.clientWidth, card.offsetWidth];
  const right = x + place.side / 2 + 10;
  const left = right + width <= room ? right : Math.max(0, Math.min(x - place.side / 2 - 10 - width, room - width));
  const top = state.parts.scroller.offsetTop + state.parts.net.offsetTop + y - 40;
  card.style.left = `${left}px`;
  card.style.top = `${Math.max(0, Math.min(top, root.clientHeight - card.offsetHeight))}px`;
}
