// The drawing, and how pointer and keyboard change it. Coordinates are those of the page Draw: a square of SIZE pixels, y down.

const SIZE = 280;
const PEN_WIDTH = 18;
const CELLS = 14; // of the grid on which the keyboard moves the pen, along each side
const MOVES = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};

// pad: the element that takes pointer and keys. onChange: called after each change. onPenUp: when a stroke is complete or removed.
// onKey: with the name of a text and the values in it, for screen readers. onLeave: when Escape is pressed.
export function createPen(pad, { onChange, onPenUp, onKey, onLeave }) {
  const drawing = { size: SIZE, pen_width: PEN_WIDTH, strokes: [] };
  const middle = Math.floor(CELLS / 2);
  const pen = { drawing, cursor: null, isDown: false, undo, clear };
  let cell = [middle, middle];
  let cells = null; // of the stroke that the keyboard draws
  let pointer = null;
  let hasKeys = false; // whether the keyboard was used last
  const held = new Set();

  function place({ clientX, clientY }) {
    const box = pad.getBoundingClientRect();
    return [(clientX - box.left) * SIZE / box.width, (clientY - box.top) * SIZE / box.height];
  }

  pad.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pointer !== null) return;
    lift();
    hasKeys = false;
    pen.cursor = null;
    pointer = event.pointerId;
    pad.setPointerCapture(pointer);
    drawing.strokes.push([place(event)]);
    onChange();
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    drawing.strokes.at(-1).push(...(parts.length ? parts : [event]).map(place));
    onChange();
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    pad.addEventListener(kind, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      onPenUp();
    });
  }

  pad.addEventListener("keydown", (event) => {
    const { key } = event;
    const isUndo = key === "Backspace" || ((event.ctrlKey || event.metaKey) && key === "z");
    if (!isUndo && (event.altKey || event.metaKey || event.ctrlKey)) return;
    if (key !== "Tab" && key !== "Shift") hasKeys = true;
    if (key in MOVES) move(key);
    else if (key === " " || key === "Enter") event.repeat || (cells ? lift() : lower());
    else if (isUndo) undo();
    else if (key === "Delete") clear();
    else if (key === "Escape") leave();
    else return;
    event.preventDefault();
  });
  pad.addEventListener("keyup", ({ key }) => held.delete(key));
  pad.addEventListener("focus", () => {
    hasKeys = pad.matches(":focus-visible");
    showCursor();
    if (hasKeys) say("place");
  });
  pad.addEventListener("blur", () => {
    held.clear();
    lift();
    hasKeys = false;
    showCursor();
  });

  // Two arrow keys held at once make a diagonal step: the repeating key is combined with the one that is still down.
  function move(key) {
    let [across, down] = MOVES[key];
    if (key.startsWith("Arrow")) {
      for (const other of held) {
        const [x, y] = MOVES[other];
        if (!across && x) across = x;
        else if (!down && y) down = y;
      }
      held.add(key);
    }
    const clamp = (value) => Math.min(Math.max(value, 0), CELLS - 1);
    const to = [clamp(cell[0] + across), clamp(cell[1] + down)];
    if (String(to) === String(cell)) return onKey("edge", {});
    cell = to;
    if (cells) {
      cells.push(cell);
      drawing.strokes[drawing.strokes.length - 1] = smooth(smooth(cells.map(centre)));
    }
    showCursor();
    say(cells ? "drawn" : "step");
  }

  function lower() {
    cells = [cell];
    drawing.strokes.push([centre(cell)]);
    showCursor();
    say("down");
  }

  function lift() {
    if (!cells) return;
    cells = null;
    showCursor();
    say("up");
    onPenUp();
  }

  function leave() {
    lift();
    onLeave();
  }

  function undo() {
    cells = null;
    pointer = null;
    drawing.strokes.pop();
    onChange();
    say("undone");
    onPenUp();
  }

  function clear() {
    cells = null;
    pointer = null;
    drawing.strokes.length = 0;
    onChange();
    say("cleared");
    onPenUp();
  }

  function showCursor() {
    pen.cursor = hasKeys ? centre(cell) : null;
    pen.isDown = cells !== null;
    onChange();
  }

  function say(text) {
    const [column, row] = cell.map((at) => at + 1);
    onKey(text, { column, row, cells: CELLS, count: drawing.strokes.length });
  }

  return pen;
}

function centre([column, row]) {
  return [(column + 0.5) * SIZE / CELLS, (row + 0.5) * SIZE / CELLS];
}

// Replaces the points by the middles of the steps, so that the grid has no corners. The ends stay.
function smooth(points) {
  const middles = points.slice(1).map(([x, y], i) => [(points[i][0] + x) / 2, (points[i][1] + y) / 2]);
  return [points[0], ...middles, points.at(-1)];
}

// Shows the drawing, and the position of the keyboard's pen as a ring: black beside white, so that it is visible on paper and on ink.
export function paint(canvas, pen) {
  const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const ink = canvas.getContext("2d");
  ink.setTransform(side / SIZE, 0, 0, side / SIZE, 0, 0);
  ink.fillStyle = "#000";
  ink.fillRect(0, 0, SIZE, SIZE);
  Object.assign(ink, { strokeStyle: "#fff", lineWidth: PEN_WIDTH, lineCap: "round", lineJoin: "round" });
  for (const stroke of pen.drawing.strokes) {
    ink.beginPath();
    stroke.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
    if (stroke.length === 1) ink.lineTo(...stroke[0]);
    ink.stroke();
  }
  if (!pen.cursor) return;
  const [x, y] = pen.cursor;
  ink.beginPath();
  ink.arc(x, y, PEN_WIDTH / 2 + 3, 0, 2 * Math.PI);
  if (pen.isDown) {
    ink.fillStyle = "#b84a00";
    ink.fill();
  }
  for (const [colour, width] of [["#000", 6], ["#fff", 3]]) {
    Object.assign(ink, { strokeStyle: colour, lineWidth: width });
    ink.stroke();
  }
}
