// Radio buttons that look like the data. What is chosen lives here; Python is told.

const choices = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const group = parentElement.querySelector(".choice");
  if (!choices.has(group)) choices.set(group, data.chosen);
  group.setAttribute("aria-label", data.label);
  if (!group.children.length) group.append(...data.sets.map(newButton));
  const choose = (name) => {
    choices.set(group, name);
    mark();
    setStateValue("chosen", name);
  };
  const mark = () => {
    for (const button of group.children) {
      const chosen = button.dataset.name === choices.get(group);
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  };
  [...group.children].forEach((button, index) => {
    button.onclick = () => choose(button.dataset.name);
    button.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
      const next = step && group.children[(index + step + group.children.length) % group.children.length];
      if (next) {
        next.focus();
        choose(next.dataset.name);
      }
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
  button.append(document.createElement("canvas"), title);
  return button;
}

function sketch(canvas, { x, y, label, extent: [x0, x1, y0, y1] }) {
  const given = getComputedStyle(canvas).getPropertyValue("--st-chart-categorical-colors");
  const colours = given.split(/,(?![^(]*\))/).map((colour) => colour.trim());
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
