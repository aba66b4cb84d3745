// The head of each column: the buttons for its neurons and the choice of its activation. Above them are those for the layers.

// A disabled button stays in the tab order, so that it does not lose the focus while it is pressed.
function makeButton(label, title, act, enabled, action) {
  const element = makeNode("button", "round", label);
  Object.assign(element, { type: "button", title });
  element.setAttribute("aria-label", title);
  element.setAttribute("aria-disabled", String(!enabled));
  element.dataset.act = act;
  if (enabled) element.addEventListener("click", action);
  return element;
}

function makeNode(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// Rebuilds all heads and gives the focus back. change: takes the new layers.
function paintHeads({ root, design, fixed, locked, place }, change) {
  const { text, limits } = fixed;
  const focused = root.getRootNode().activeElement?.dataset.act;
  const { layers } = design;
  const bar = [makeNode("span", "title", text.layers), makeNode("b", "count", String(layers.length))];
  if (!locked.layers) {
    const copy = layers.at(-1) ?? { neurons: 4, activation: "tanh" };
    const [fewer, more] = [() => change(layers.slice(0, -1)), () => change([...layers, copy])];
    bar.splice(1, 0, makeButton("−", text.removeLayer, "fewer", layers.length > 0, fewer));
    bar.push(makeButton("+", text.addLayer, "more", layers.length < limits.layers, more));
  }
  root.querySelector(".bar").replaceChildren(...bar);
  const heads = layers.map((_, index) => makeHead(index, layers, fixed, locked, change));
  if (!layers.length) heads.push(makeNode("p", "none", text.none));
  heads.forEach((head, index) => {
    head.style.left = `${layers.length ? place.column(index + 1) : place.width / 2}px`;
  });
  const [first, last] = [makeNode("div", "end", text.features), makeNode("div", "end", text.output)];
  first.style.left = `${place.column(0)}px`;
  last.style.left = `${place.column(layers.length + 1)}px`;
  root.querySelector(".heads").replaceChildren(first, ...heads, last);
  if (focused) root.querySelector(`[data-act="${focused}"]`)?.focus();
}

function makeHead(index, layers, { text, limits, activations }, locked, change) {
  const { neurons, activation } = layers[index];
  const set = (values) => change(layers.map((layer, i) => (i === index ? { ...layer, ...values } : layer)));
  const named = (label) => fillIn(label, { number: index + 1 });
  const head = makeNode("div", "head");
  head.setAttribute("role", "group");
  head.setAttribute("aria-label", describeLayer(layers[index], index, text));
  const row = makeNode("div", "row");
  row.append(makeNode("b", "count", String(neurons)));
  if (!locked.layers) {
    const [fewer, more] = [() => set({ neurons: neurons - 1 }), () => set({ neurons: neurons + 1 })];
    row.prepend(makeButton("−", named(text.removeNeuron), `fewer-${index}`, neurons > 1, fewer));
    row.append(makeButton("+", named(text.addNeuron), `more-${index}`, neurons < limits.neurons, more));
  }
  head.append(row);
  if (locked.activation) {
    head.append(makeNode("span", "activation", activation));
    return head;
  }
  const select = makeNode("select", "activation");
  select.setAttribute("aria-label", named(text.activation));
  select.dataset.act = `activation-${index}`;
  select.append(...activations.map((name) => new Option(name, name, false, name === activation)));
  select.addEventListener("change", () => set({ activation: select.value }));
  head.append(select);
  return head;
}

const describeLayer = ({ neurons }, index, text) => fillIn(text.layer, { number: index + 1, count: neurons });

const describeLayers = (layers, text) => layers.map((layer, index) => describeLayer(layer, index, text)).join(", ") || text.none;
