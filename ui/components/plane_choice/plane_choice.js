// Radio buttons with pictures of the data. The state is kept here and sent to Python after each change.

const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const group = parentElement.querySelector(".choice");
  const state = states.get(group) ?? { version: null, chosen: "" };
  states.set(group, state);
  if (state.version !== data.version) Object.assign(state, { version: data.version, chosen: data.chosen });
  group.setAttribute("aria-label", data.label);
  if (!group.children.length) group.append(...data.sets.map(newButton));
  const choose = (name) => {
    state.chosen = name;
    mark();
    setStateValue("choice", { version: state.version, chosen: name });
  };
  const mark = () => {
    for (const button of group.children) {
      const chosen = button.dataset.name === state.chosen;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  };
  [...group.children].forEach((button, index) => {
    button.onclick = () => choose(button.dataset.name);
    button.onkeydown = (event) => {
      const last = group.children.length - 1;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const target = { Home: 0, End: last }[event.key] ?? (step && (index + step + last + 1) % (last + 1));
      if (target === undefined) return;
      event.preventDefault(); // keeps the page from scrolling
      group.children[target].focus();
      choose(group.children[target].dataset.name);
    };
    sketch(button.querySelector("canvas"), data.sets[index]);
  });
  mark();
}

function newButton({ name, title }) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.name = name;
  button.setAttribute("role", "radio");
  const picture = document.createElement("canvas");
  picture.setAttribute("aria-hidden", "true");
  button.append(picture, title);
  return button;
}

function sketch(canvas, { x, y, label, extent: [x0, x1, y0, y1] }) {
  const colours = categoricalColours(canvas);
  const size = 96;
  Object.assign(canvas, { width: size, height: size });
  const pen = canvas.getContext("2d");
  x.forEach((value, i) => {
    pen.fillStyle = colours[label[i] % colours.length] || "#4f46e5";
    pen.beginPath();
    pen.arc(((value - x0) / (x1 - x0)) * size, ((y1 - y[i]) / (y1 - y0)) * size, 2.6, 0, 2 * Math.PI);
    pen.fill();
  });
}
