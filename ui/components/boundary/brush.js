// Points drawn by hand: a brush for each class, an eraser, and a cursor for the keyboard.

const [SPACING_PX, SCATTER_PX, ERASER_PX, CURSOR_STEPS] = [9, 7, 16, 40];
const ERASER = -1;

// Shows the tools, or removes them. The points are kept here; those of the server are taken over once it has received all strokes.
function setBrush(state, { brush, points }, send) {
  const tools = state.root.querySelector(".tools");
  tools.hidden = !brush;
  state.canvas.tabIndex = brush ? 0 : -1;
  state.canvas.setAttribute("role", brush ? "application" : "img");
  state.canvas.classList.toggle("drawing", Boolean(brush));
  if (!brush) {
    state.brush = null;
    return;
  }
  state.brush ??= listenToBrush(state, { tool: 0, count: brush.count, points: [], cursor: [0, 0], isDown: false });
  Object.assign(state.brush, { limit: brush.limit, reach: brush.reach, text: brush.text, send });
  const isOwn = state.brush.isDown || state.brush.count > brush.count;
  if (points && !isOwn) state.brush.points = points.x.map((x, i) => [x, points.y[i], points.label[i]]);
  if (points && isOwn) showDrawn(state); // those of the server are older
  if (tools.dataset.key !== JSON.stringify(brush.text)) paintTools(state, tools, brush);
}

function paintTools(state, tools, { classes, text }) {
  tools.dataset.key = JSON.stringify(text);
  const group = document.createElement("div");
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", text.tools);
  const choose = (tool) => {
    state.brush.tool = tool;
    for (const button of tools.querySelectorAll("[role=radio]")) {
      const isChosen = Number(button.dataset.tool) === tool;
      button.setAttribute("aria-checked", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
  };
  const radios = [...classes.keys(), ERASER].map((tool) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", onclick: () => choose(tool) });
    button.setAttribute("role", "radio");
    button.setAttribute("aria-label", tool === ERASER ? text.eraser : text.brush.replace("{name}", classes[tool]));
    button.dataset.tool = tool;
    if (tool === ERASER) button.append(text.eraser);
    else {
      swatch(button, { colour: "currentColor", surface: "none", line: false, marker: markerOf(tool) });
      button.append(classes[tool]);
    }
    return button;
  });
  group.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = radios.indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault(); // keeps the page from scrolling
    const next = radios[(at + step + radios.length) % radios.length];
    next.focus();
    choose(Number(next.dataset.tool));
  };
  const clear = document.createElement("button");
  Object.assign(clear, { type: "button", textContent: text.clear, onclick: () => finish(state, []) });
  group.append(...radios);
  tools.replaceChildren(group, clear);
  choose(state.brush.tool);
}

function listenToBrush(state, brush) {
  const { canvas } = state;
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!state.brush || event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    Object.assign(brush, { isDown: true, last: null });
    stroke(state, placeOf(event), 0);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (brush.isDown && state.brush) for (const each of event.getCoalescedEvents?.() ?? [event]) stroke(state, placeOf(each), SCATTER_PX);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (brush.isDown && state.brush) finish(state, brush.points);
    });
  }
  canvas.addEventListener("keydown", (event) => state.brush && moveCursor(state, event));
  canvas.addEventListener("focus", () => drawPlane(state));
  canvas.addEventListener("blur", () => drawPlane(state));
  return brush;
}

// Adds or erases points at a place of the canvas, if it is far enough from the last one.
function stroke(state, place, scatter) {
  const { brush, canvas } = state;
  if (brush.last && Math.hypot(place[0] - brush.last[0], place[1] - brush.last[1]) < SPACING_PX) return;
  brush.last = place;
  const frame = frameOf(canvas.clientWidth, canvas.clientHeight, state.extent);
  const [x, y] = place.map((each) => each + scatter * (Math.random() - 0.5) * 2);
  applyTool(state, fromCanvas(frame, state.extent, brush.tool === ERASER ? place : [x, y]));
}

function applyTool(state, [x, y]) {
  const { brush, canvas, extent } = state;
  const frame = frameOf(canvas.clientWidth, canvas.clientHeight, extent);
  if (brush.tool === ERASER) {
    const radius = (ERASER_PX / frame.side) * (extent[1] - extent[0]);
    brush.points = brush.points.filter(([px, py]) => Math.hypot(px - x, py - y) > radius);
  } else if (Math.max(Math.abs(x), Math.abs(y)) <= brush.reach && brush.points.length < brush.limit) {
    brush.points = [...brush.points, [x, y, brush.tool]];
  }
  showDrawn(state);
}

function fromCanvas({ left, top, side }, [x0, x1, y0, y1], [across, down]) {
  return [x0 + ((across - left) / side) * (x1 - x0), y1 - ((down - top) / side) * (y1 - y0)];
}

function showDrawn(state) {
  const { points } = state.brush;
  const column = (index) => points.map((point) => point[index]);
  state.points = { x: column(0), y: column(1), label: column(2), style: points.map(() => FILLED) };
  state.root.dataset.points = points.length;
  drawPlane(state);
}

// Ends a stroke and sends all points.
function finish(state, points) {
  const { brush } = state;
  Object.assign(brush, { points, isDown: false, count: brush.count + 1 });
  showDrawn(state);
  const status = fillIn(points.length < brush.limit ? brush.text.count : brush.text.full, { count: points.length });
  state.root.querySelector("[role=status]").textContent = status;
  brush.send({ count: brush.count, points: points.map(([x, y, label]) => [Number(x.toFixed(4)), Number(y.toFixed(4)), label]) });
}

function moveCursor(state, event) {
  const { brush } = state;
  const move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const isMark = event.key === " " || event.key === "Enter";
  if (!move && !isMark) return;
  event.preventDefault(); // keeps the page from scrolling
  const size = ((2 * brush.reach) / CURSOR_STEPS) * (event.shiftKey ? 5 : 1);
  const inside = (value) => Math.max(-brush.reach, Math.min(brush.reach, value));
  if (move) brush.cursor = brush.cursor.map((value, axis) => inside(value + move[axis] * size));
  if (!isMark) return drawPlane(state);
  applyTool(state, brush.cursor);
  finish(state, brush.points);
}

// The cross of the keyboard's cursor, while the canvas has the focus.
function drawCursor(pen, { brush, canvas, style }, frame) {
  if (!brush || !canvas.matches(":focus-visible")) return;
  const [x, y] = [frame.across(brush.cursor[0]), frame.down(brush.cursor[1])];
  pen.strokeStyle = style.ink;
  pen.lineWidth = 2;
  pen.stroke(new Path2D(`M${x - 9} ${y}H${x + 9}M${x} ${y - 9}V${y + 9}`));
}
