// The pen is position the centre of a grid cell. Events are numbered and sent until the page has read them. Strokes that the canvas below
// does not show yet are drawn here.

const DEBOUNCE_MS = 120; // before a position is announced, so that held keys do not flood the screen reader
const MOVES = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};
const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const view = views.get(parentElement) ?? mount(parentElement, data);
  views.set(parentElement, view);
  view.data = data;
  view.send = () => setStateValue("events", view.pending);
  view.pending = view.pending.filter(({ id }) => id > data.read);
  view.count = data.strokes + view.pending.reduce((sum, { kind }) => sum + (kind === "stroke") - (kind === "undo"), 0);
  view.pad.setAttribute("aria-label", data.text.name);
  parentElement.querySelector("#help").textContent = data.text.help;
  Object.assign(view.pad.style, { width: `${data.size}px`, height: `${data.size}px` });
  draw(view);
}

function mount(parentElement, data) {
  const pad = parentElement.querySelector(".pad");
  const middle = Math.floor(data.cells / 2);
  const view = {
    pad, data, pen: pad.querySelector("canvas").getContext("2d"), status: parentElement.querySelector("[role=status]"),
    position: [middle, middle], stroke: null, pending: [], next: data.read + 1, held: new Set(), focused: false,
  };
  pad.addEventListener("keydown", (event) => onKey(view, event));
  pad.addEventListener("keyup", ({ key }) => view.held.delete(key));
  pad.addEventListener("focus", () => {
    view.focused = true;
    announce(view, describe(view, "place"), DEBOUNCE_MS);
    draw(view);
  });
  pad.addEventListener("blur", () => {
    view.focused = false;
    view.held.clear();
    lift(view);
    draw(view);
  });
  return view;
}

function onKey(view, event) {
  const { key } = event;
  if (event.altKey || event.metaKey || (event.ctrlKey && key !== "z")) return;
  if (key in MOVES) move(view, key);
  else if (key === " " || key === "Enter") event.repeat || (view.stroke ? lift(view) : lower(view));
  else if (key === "Backspace" || (event.ctrlKey && key === "z")) undo(view);
  else if (key === "Delete") clear(view);
  else if (key === "Escape") leave(view);
  else return;
  event.preventDefault();
  event.stopPropagation();
  draw(view);
}

// Two arrow keys held at once make a diagonal step: the repeating key is combined with the one that is still down.
function move(view, key) {
  const cells = view.data.cells;
  let [across, down] = MOVES[key];
  if (key.startsWith("Arrow")) {
    for (const other of view.held) {
      const [x, y] = MOVES[other];
      if (!across && x) across = x;
      else if (!down && y) down = y;
    }
    view.held.add(key);
  }
  const clamp = (value) => Math.min(Math.max(value, 0), cells - 1);
  const to = [clamp(view.position[0] + across), clamp(view.position[1] + down)];
  if (String(to) === String(view.position)) return announce(view, view.data.text.edge, DEBOUNCE_MS);
  view.position = to;
  view.stroke?.push(to);
  if (view.stroke) report(view, "move");
  announce(view, describe(view, view.stroke ? "drawn" : "step"), DEBOUNCE_MS);
}

function lower(view) {
  view.stroke = [view.position];
  report(view, "down");
  announce(view, view.data.text.down);
}

function lift(view) {
  if (!view.stroke) return;
  const points = view.stroke.map((cell) => point(view, cell));
  report(view, "up");
  view.stroke = null;
  view.count += 1;
  addEvent(view, { kind: "stroke", points });
  announce(view, describe(view, "up"));
}

function undo(view) {
  if (view.stroke) drop(view);
  else if (view.count) {
    view.count -= 1;
    addEvent(view, { kind: "undo" });
  }
  announce(view, describe(view, "undone"));
}

function clear(view) {
  if (view.stroke) drop(view);
  view.count = 0;
  addEvent(view, { kind: "clear" });
  announce(view, view.data.text.cleared);
}

function drop(view) {
  report(view, "cancel");
  view.stroke = null;
}

// The points are those of the stroke that the server will put on the canvas.
function report(view, phase) {
  reportPen(phase, smooth(smooth(view.stroke.map((cell) => point(view, cell)))));
}

// Moves the focus to the buttons below the canvas.
function leave(view) {
  lift(view);
  document.querySelector(".st-key-canvas_buttons button:not(:disabled)")?.focus();
}

function addEvent(view, event) {
  view.pending = [...view.pending, { id: view.next++, ...event }];
  view.send();
}

function announce(view, text, wait = 0) {
  clearTimeout(view.timer);
  const speak = () => { view.status.textContent = text; };
  if (wait) view.timer = setTimeout(speak, wait);
  else speak();
}

function describe(view, name) {
  const { text, cells } = view.data;
  const [column, row] = view.position.map((place) => place + 1);
  const strokes = view.count === 1 ? text.one : text.many.replace("{count}", view.count);
  return fillIn(text[name], { column, row, cells, strokes });
}

function point({ data }, [column, row]) {
  const cell = data.size / data.cells;
  return [(column + 0.5) * cell, (row + 0.5) * cell];
}

function draw(view) {
  const { pen, data } = view;
  const scale = window.devicePixelRatio || 1;
  pen.canvas.width = pen.canvas.height = data.size * scale;
  pen.scale(scale, scale);
  for (const { kind, points } of view.pending) {
    if (kind === "stroke") drawStroke(view, points);
  }
  if (view.stroke) drawStroke(view, view.stroke.map((cell) => point(view, cell)));
  if (view.focused) drawCursor(view);
}

function drawStroke({ pen, data }, points) {
  pen.beginPath();
  smooth(smooth(points)).forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  if (points.length === 1) pen.lineTo(...points[0]);
  Object.assign(pen, { strokeStyle: "#fff", lineWidth: data.pen, lineCap: "round", lineJoin: "round" });
  pen.stroke();
}

// Same as `smooth_steps` in Python.
function smooth(points) {
  const middles = points.slice(1).map(([x, y], i) => [(points[i][0] + x) / 2, (points[i][1] + y) / 2]);
  return [points[0], ...middles, points.at(-1)];
}

// A ring at the pen's position, filled while it is down. Black beside white, so that it is visible on paper and on ink.
function drawCursor(view) {
  const { pen, data } = view;
  const [x, y] = point(view, view.position);
  pen.beginPath();
  pen.arc(x, y, data.pen / 2 + 3, 0, 2 * Math.PI);
  if (view.stroke) {
    pen.fillStyle = "#b84a00";
    pen.fill();
  }
  for (const [colour, width] of [["#000", 6], ["#fff", 3]]) {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width });
    pen.stroke();
  }
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    for (const [colour, width] of [["#000", 5], ["#fff", 2]]) {
      pen.beginPath();
      pen.moveTo(x + dx * (data.pen / 2 + 3), y + dy * (data.pen / 2 + 3));
      pen.lineTo(x + dx * (data.pen / 2 + 9), y + dy * (data.pen / 2 + 9));
      Object.assign(pen, { strokeStyle: colour, lineWidth: width });
      pen.stroke();
    }
  }
}
