// A column of neurons for each hidden layer. What the user makes of them lives here; Python is told.

const chosen = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const editor = parentElement.querySelector(".editor");
  if (!chosen.has(editor)) chosen.set(editor, data.hidden);
  const change = (layers) => {
    chosen.set(editor, layers);
    draw();
    setStateValue("hidden", layers);
  };
  const draw = () => {
    const focused = editor.getRootNode().activeElement?.dataset.act;
    paint(editor, chosen.get(editor), data, change);
    const again = focused && editor.querySelector(`[data-act="${focused}"]:not(:disabled)`);
    again?.focus();
  };
  draw();
}

function paint(editor, layers, { text, mostLayers, mostNeurons }, change) {
  const head = node("div", "head");
  head.append(
    node("span", "title", text.layers),
    button("−", text.removeLayer, "fewer", layers.length > 0, () => change(layers.slice(0, -1))),
    node("b", "count", String(layers.length)),
    button("+", text.addLayer, "more", layers.length < mostLayers, () => change([...layers, layers.at(-1) ?? 4])),
  );
  const columns = node("div", "columns");
  layers.forEach((neurons, index) => {
    const set = (count) => change(layers.map((old, i) => (i === index ? count : old)));
    const named = (label) => label.replace("{number}", index + 1);
    const column = node("div", "column");
    const dots = node("div", "dots");
    for (let i = 0; i < neurons; i += 1) dots.append(node("i", ""));
    column.append(
      button("+", named(text.addNeuron), `more-${index}`, neurons < mostNeurons, () => set(neurons + 1)),
      node("b", "count", String(neurons)),
      button("−", named(text.removeNeuron), `fewer-${index}`, neurons > 1, () => set(neurons - 1)),
      dots,
    );
    columns.append(column);
  });
  if (!layers.length) columns.append(node("p", "none", text.none));
  editor.replaceChildren(head, columns);
  editor.dataset.layers = layers.join("-");
}

function button(label, title, act, enabled, action) {
  const made = node("button", "", label);
  Object.assign(made, { type: "button", title, disabled: !enabled });
  made.setAttribute("aria-label", title);
  made.dataset.act = act;
  made.addEventListener("click", action);
  return made;
}

function node(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
