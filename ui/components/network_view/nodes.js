// The neurons as buttons, and how pointer and keyboard reach them and the edges.

function paintNodes(state) {
  const { fixed, model, place, parts, design } = state;
  const focused = state.root.getRootNode().activeElement?.closest(".node");
  const at = focused && [Number(focused.dataset.column), focused.dataset.row];
  const all = fixed.features.map(({ name, title }, row) => {
    const index = model.columns[0].findIndex((feature) => feature.name === name);
    return makeNeuron(state, 0, row, index, title, fillIn(fixed.text.feature, { name: title }));
  });
  for (let column = 1; column < model.columns.length; column += 1) {
    const label = column > design.layers.length;
    model.columns[column].forEach(({ row, title, symbol }) => all.push(makeNeuron(state, column, row, row, label ? symbol : "", title)));
  }
  for (const node of all) {
    node.style.left = `${place.column(Number(node.dataset.column)) - place.side / 2}px`;
    node.style.top = `${place.row(Number(node.dataset.row)) - place.side / 2}px`;
    node.style.setProperty("--side", `${place.side}px`);
  }
  parts.nodes.replaceChildren(...all);
  const [column, row] = at ?? state.active;
  const current = all.find((node) => Number(node.dataset.column) === column && node.dataset.row === String(row)) ?? all[0];
  current.tabIndex = 0;
  if (focused) current.focus();
}

// index: among the neurons in use; -1 for a feature that is switched off.
function makeNeuron(state, column, row, index, label, title) {
  const node = makeNode("button", "node");
  node.type = "button";
  node.tabIndex = -1;
  node.setAttribute("aria-label", title);
  Object.assign(node.dataset, { column, row, index });
  const map = makeNode("canvas", "");
  map.setAttribute("aria-hidden", "true");
  node.append(map);
  if (label) node.append(makeNode("span", column ? "label after" : "label before", label));
  if (!column) node.setAttribute("aria-pressed", String(index >= 0));
  if (!column && state.locked.features) node.setAttribute("aria-disabled", "true");
  return node;
}

function paintNode(state, node) {
  const [column, index] = [Number(node.dataset.column), Number(node.dataset.index)];
  const map = index < 0 ? state.features?.[node.dataset.row] : mapOf(state, column, index);
  node.dataset.known = String(Boolean(map));
  if (map) paintMap(node.querySelector("canvas"), map.values, map.size, state.ramp, Math.min(MAX_PIXELS, Math.round(state.place.side * devicePixelRatio)));
}

const nodeAt = (state, column, index) => state.parts.nodes.querySelector(`.node[data-column="${column}"][data-index="${index}"]`);

const subjectOf = (node) => (Number(node.dataset.index) < 0 ? null : { column: Number(node.dataset.column), index: Number(node.dataset.index) });

function listen(state) {
  const { nodes, net, card } = state.parts;
  const nodeOf = (event) => event.target.closest(".node");
  net.addEventListener("pointermove", (event) => {
    const node = nodeOf(event);
    const box = (node ?? net).getBoundingClientRect();
    state.pointer = node && [(event.clientX - box.left) / box.width, (box.bottom - event.clientY) / box.height];
    hover(state, node ? subjectOf(node) : edgeAt(state, event.clientX - box.left, event.clientY - box.top));
  });
  net.addEventListener("pointerleave", () => {
    state.pointer = null;
    hover(state, null);
  });
  net.addEventListener("click", (event) => {
    const node = nodeOf(event);
    const box = net.getBoundingClientRect();
    if (node) return press(state, node);
    const subject = edgeAt(state, event.clientX - box.left, event.clientY - box.top);
    if (subject) showCard(state, subject, true);
    else if (state.card.isPinned) closeCard(state);
  });
  nodes.addEventListener("focusin", (event) => {
    const node = nodeOf(event);
    for (const other of nodes.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    node.tabIndex = 0;
    state.active = [Number(node.dataset.column), Number(node.dataset.row)];
    if (node.matches(":focus-visible")) {
      showCard(state, subjectOf(node));
      node.setAttribute("aria-description", state.card.subject ? card.innerText : "");
    }
  });
  nodes.addEventListener("focusout", () => hover(state, null));
  nodes.addEventListener("keydown", (event) => moveFocus(state, nodeOf(event), event));
  state.root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !state.card.subject) return;
    event.stopPropagation();
    if (state.card.isPinned) closeCard(state);
    else showCard(state, null);
  });
}

function hover(state, subject) {
  const shown = state.card.subject;
  const isSame = shown === subject || (shown && subject && shown.edge === subject.edge && shown.column === subject.column && shown.index === subject.index);
  if (state.card.isPinned) return;
  if (!isSame) showCard(state, subject);
  else if (subject) fillCard(state);
}

function edgeAt(state, x, y) {
  const edge = state.edges && findEdge(state.edges, x, y);
  return edge ? { edge } : null;
}

// A feature is switched on or off; the card of another neuron is pinned.
function press(state, node) {
  if (node.dataset.column !== "0") {
    showCard(state, subjectOf(node), true);
    return;
  }
  if (state.locked.features) return;
  const { name } = state.fixed.features[node.dataset.row];
  const isUsed = state.design.features.includes(name);
  if (isUsed && state.design.features.length === 1) {
    state.root.querySelector("[role=status]").textContent = state.fixed.text.lastFeature;
    return;
  }
  const features = state.fixed.features.map((feature) => feature.name).filter((other) => (other === name ? !isUsed : state.design.features.includes(other)));
  showCard(state, null);
  change(state, { ...state.design, features });
}

function moveFocus(state, node, event) {
  const [column, row] = [Number(node.dataset.column), Number(node.dataset.row)];
  const inColumn = (at) => [...state.parts.nodes.querySelectorAll(`.node[data-column="${at}"]`)];
  const targets = {
    ArrowDown: () => inColumn(column)[row + 1],
    ArrowUp: () => inColumn(column)[row - 1],
    ArrowRight: () => inColumn(column + 1)[row] ?? inColumn(column + 1).at(-1),
    ArrowLeft: () => inColumn(column - 1)[row] ?? inColumn(column - 1).at(-1),
    Home: () => inColumn(column)[0],
    End: () => inColumn(column).at(-1),
  };
  if (!targets[event.key]) return;
  event.preventDefault(); // keeps the page from scrolling
  targets[event.key]()?.focus();
}

// After a change of the design, the neuron or edge of the card may no longer exist.
function closeIfGone(state) {
  const hadFocus = state.parts.card.contains(state.root.getRootNode().activeElement);
  state.card = { subject: null, isPinned: false };
  showCard(state, null);
  if (hadFocus) state.parts.nodes.querySelector('[tabindex="0"]')?.focus();
}
