// A column of neurons for each hidden layer. The state is kept here and sent to Python after each change.

const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const editor = parentElement.querySelector(".editor");
  const state = states.get(editor) ?? { version: null, layers: [] };
  states.set(editor, state);
  if (state.version !== data.version) Object.assign(state, { version: data.version, layers: data.hidden });
  const change = (layers) => {
    state.layers = layers;
    draw();
    editor.querySelector("[role=status]").textContent = describeLayers(layers, data.text);
    setStateValue("edited", { version: state.version, hidden: layers });
  };
  const draw = () => {
    const focused = editor.getRootNode().activeElement?.dataset.act;
    paint(editor, state.layers, data, change);
    if (focused) editor.querySelector(`[data-act="${focused}"]`)?.focus();
  };
  if (!editor.children.length) mount(editor, data.text);
  draw();
}

function mount(editor, text) {
  const status = node("p", "unseen");
  status.setAttribute("role", "status");
  editor.append(node("div", "head"), node("div", "columns"), status);
  editor.setAttribute("aria-label", text.layers);
}

function paint(editor, layers, { text, mostLayers, mostNeurons }, change) {
  const named = (label, index) => label.replace("{number}", index + 1);
  editor.querySelector(".head").replaceChildren(
    node("span", "title", text.layers),
    button("−", text.removeLayer, "fewer", layers.length > 0, () => change(layers.slice(0, -1))),
    node("b", "count", String(layers.length)),
    button("+", text.addLayer, "more", layers.length < mostLayers, () => change([...layers, layers.at(-1) ?? 4])),
  );
  const columns = layers.map((neurons, index) => {
    const set = (count) => change(layers.map((old, i) => (i === index ? count : old)));
    const column = node("div", "column");
    column.setAttribute("role", "group");
    column.setAttribute("aria-label", describeLayer(neurons, index, text));
    const dots = node("div", "dots");
    dots.setAttribute("aria-hidden", "true");
    for (let i = 0; i < neurons; i += 1) dots.append(node("i", ""));
    column.append(
      button("+", named(text.addNeuron, index), `more-${index}`, neurons < mostNeurons, () => set(neurons + 1)),
      node("b", "count", String(neurons)),
      button("−", named(text.removeNeuron, index), `fewer-${index}`, neurons > 1, () => set(neurons - 1)),
      dots,
    );
    return column;
  });
  if (!layers.length) columns.push(node("p", "none", text.none));
  editor.querySelector(".columns").replaceChildren(...columns);
  editor.dataset.layers = layers.join("-");
}

const describeLayer = (neurons, index, text) => text.layer.replace("{number}", index + 1).replace("{count}", neurons);

const describeLayers = (layers, text) => layers.map((neurons, index) => describeLayer(neurons, index, text)).join(", ") || text.none;

// A disabled button stays in the tab order, so that it does not lose the focus while it is pressed.
function button(label, title, act, enabled, action) {
  const element = node("button", "", label);
  Object.assign(element, { type: "button", title });
  element.setAttribute("aria-label", title);
  element.setAttribute("aria-disabled", String(!enabled));
  element.dataset.act = act;
  if (enabled) element.addEventListener("click", action);
  return element;
}

function node(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
