// One canvas, drawn in place: the predicted values fade from the last grid to the new one, with contour lines and the points on top.
// Nothing is shown by colour alone: the lines carry their values, and low, middle and high points have different shapes.

const FADE_MS = 180;
const HOLLOW = 1; // as in ui/components/boundary/points.py
const STRONGEST = 0.8;
const SHAPES = ["down", "circle", "triangle"]; // of the lowest, middle and highest third of the scale
const LABEL_EVERY = 26; // cells of a line between two labels
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const state = states.get(parentElement) ?? mount(parentElement, data);
  states.set(parentElement, state);
  if (data.points) Object.assign(state, { points: data.points, version: data.version });
  if (state.confirmed !== state.version) setStateValue("received", (state.confirmed = state.version));
  Object.assign(state, { extent: data.extent, low: data.low, high: data.high });
  setStyle(state, data);
  setTexts(state, data);
  setGrid(state, data.grid);
  draw(state);
  const step = data.grid ? data.grid.step : "";
  Object.assign(state.root.dataset, { points: state.points.x.length, step, redraws: state.redraws });
  // Streamlit also calls this after an update that was overtaken by a newer one, so clean up only if the plot has left the page.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement, { received, announcement }) {
  const root = parentElement.querySelector(".surface");
  const canvas = root.querySelector("canvas");
  const points = { x: [], y: [], value: [], style: [] };
  const state = { root, canvas, points, version: "", confirmed: received ?? "", redraws: 0, grid: null, style: {} };
  state.announced = announcement.key; // the first one on a page is not announced
  state.observer = new ResizeObserver(() => draw(state));
  state.observer.observe(canvas);
  return state;
}

function unmount(parentElement, state) {
  state.observer.disconnect();
  cancelAnimationFrame(state.frame);
  states.delete(parentElement);
}

// Updates the colours and the legend if the theme, the texts or the scale have changed.
function setStyle(state, { text, low, high }) {
  const { backgroundColor, color, fontFamily } = getComputedStyle(state.root); // with forced colours those of the system
  const given = categoricalColours(state.root);
  const colours = given.length > 1 ? given : ["#4f46e5", "#ea580c"];
  const key = JSON.stringify([text.scale, text.thirds, text.hollow, low, high, colours, backgroundColor, color]);
  if (key === state.styleKey) return;
  state.styleKey = key;
  const [surface, ink, top, bottom] = [backgroundColor, color, colours[0], colours[1]].map((each) => rgbOf(each, state.root));
  state.style = {
    surface: cssOf(surface),
    ink: cssOf(ink),
    muted: getComputedStyle(state.root.querySelector(".legend")).color,
    line: cssOf(mixed(surface, ink, 0.6)),
    font: fontFamily,
    // The colour of a share of the scale, from 0 to 1: the background in the middle, stronger towards both ends.
    tint: (share) => mixed(surface, share < 0.5 ? bottom : top, STRONGEST * Math.min(1, Math.abs(2 * share - 1))),
  };
  const bar = state.root.querySelector(".bar");
  const stops = Array.from({ length: 9 }, (_, i) => cssOf(state.style.tint(i / 8)));
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const [from, to] = state.root.querySelectorAll(".scale span");
  [from.textContent, to.textContent] = text.scale;
  const entries = SHAPES.map((marker, i) => entry(text.thirds[i], cssOf(state.style.tint((2 * i + 1) / 6)), marker, ink));
  if (text.hollow) entries.push(entry(text.hollow, state.style.surface, "circle", ink, 2));
  state.root.querySelector(".legend").replaceChildren(...entries);
}

function entry(text, colour, marker, ink, width = 1) {
  const item = document.createElement("li");
  const outline = swatch(item, { colour, surface: colour, line: false, marker }).querySelector("path");
  outline.setAttribute("stroke", cssOf(ink));
  outline.setAttribute("stroke-width", width);
  item.append(text);
  return item;
}

function setTexts(state, { text, announcement }) {
  state.canvas.setAttribute("aria-label", text.label);
  state.root.querySelector("#description").textContent = text.description;
  if (announcement.key === state.announced) return;
  state.announced = announcement.key;
  state.root.querySelector("[role=status]").textContent = announcement.text;
}

// Starts fading to the new grid; the first one appears at once.
function setGrid(state, grid) {
  if (!grid) {
    state.grid = null;
    return;
  }
  if (state.grid?.text === grid.values) return;
  const target = Float32Array.from(bytesOf(grid.values), (byte) => byte / 255);
  const isInstant = state.grid?.size !== grid.size || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = isInstant ? target : getShown(state.grid);
  const since = isInstant ? -Infinity : performance.now();
  state.grid = { text: grid.values, size: grid.size, from, target, since, lines: contours(target, grid.size, state.low, state.high) };
  state.redraws += 1;
}

function getShown({ from, target, since }) {
  const share = Math.min(1, (performance.now() - since) / FADE_MS);
  return share >= 1 ? target : target.map((value, i) => from[i] + (value - from[i]) * share);
}

// For each round value its label and the pieces [x, y, x, y], in cells, of its line: marching squares.
function contours(shares, size, low, high) {
  return ticks(low, high).map(([value, label]) => {
    const level = (value - low) / (high - low);
    const pieces = [];
    for (let row = 0; row + 1 < size; row += 1) {
      for (let column = 0; column + 1 < size; column += 1) {
        const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
        const values = corners.map(([x, y]) => shares[y * size + x] - level + 1e-6);
        const cuts = [];
        for (let side = 0; side < 4; side += 1) {
          const [start, end] = [values[side], values[(side + 1) % 4]];
          if (start > 0 === end > 0) continue;
          const [a, b] = [corners[side], corners[(side + 1) % 4]];
          cuts.push(a.map((at, axis) => at + 0.5 + (b[axis] - at) * (start / (start - end))));
        }
        for (let i = 0; i + 1 < cuts.length; i += 2) pieces.push([...cuts[i], ...cuts[i + 1]]);
      }
    }
    return { label: String(Number(label)).replace("-", "−"), pieces };
  });
}

function draw(state) {
  const { canvas, extent, grid, style } = state;
  cancelAnimationFrame(state.frame);
  const sheet = extent && clearedSheet(canvas);
  if (!sheet) return;
  const { pen, width, height } = sheet;
  const frame = frameOf(width, height, extent);
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.side, frame.side);
  pen.clip();
  if (grid) drawValues(pen, grid.size, getShown(grid), frame, style);
  drawPoints(pen, state, frame);
  if (grid) drawContours(pen, grid, frame, style);
  pen.restore();
  pen.strokeStyle = style.line;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.side + 1, frame.side + 1);
  drawAxes(pen, frame, extent, style);
  if (grid && performance.now() - grid.since < FADE_MS) state.frame = requestAnimationFrame(() => draw(state));
}

function drawValues(pen, size, shares, frame, { tint }) {
  const image = new ImageData(size, size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      image.data.set([...tint(shares[row * size + column]), 255], 4 * ((size - 1 - row) * size + column));
    }
  }
  const small = new OffscreenCanvas(size, size);
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, frame.left, frame.top, frame.side, frame.side);
}

// A point has the colour of its value; those of the validation data have a hole.
function drawPoints(pen, { points, style, low, high }, frame) {
  const radius = Math.max(2.5, Math.min(4.5, (frame.side / 460) * (points.x.length > 600 ? 3.5 : 4.5)));
  const paths = SHAPES.map((shape) => new Path2D(markerPath(shape, radius)));
  const hole = new Path2D(markerPath("circle", 0.45 * radius));
  pen.strokeStyle = style.ink;
  pen.lineWidth = 0.75;
  for (let i = 0; i < points.x.length; i += 1) {
    const share = Math.min(1, Math.max(0, (points.value[i] - low) / (high - low)));
    const path = paths[Math.min(2, Math.floor(3 * share))];
    pen.save();
    pen.translate(frame.across(points.x[i]), frame.down(points.y[i]));
    pen.fillStyle = cssOf(style.tint(share));
    pen.fill(path);
    pen.stroke(path);
    if (points.style[i] === HOLLOW) {
      pen.fillStyle = style.surface;
      pen.fill(hole);
      pen.stroke(hole);
    }
    pen.restore();
  }
}

function drawContours(pen, { lines, size }, frame, { ink, surface, font }) {
  const [across, down] = [(x) => frame.left + (x / size) * frame.side, (y) => frame.top + (1 - y / size) * frame.side];
  pen.lineCap = "round";
  pen.strokeStyle = ink;
  pen.lineWidth = 1.25;
  pen.beginPath();
  for (const [x0, y0, x1, y1] of lines.flatMap(({ pieces }) => pieces)) {
    pen.moveTo(across(x0), down(y0));
    pen.lineTo(across(x1), down(y1));
  }
  pen.stroke();
  pen.font = `600 11px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  const placed = [];
  for (const { label, pieces } of lines) {
    for (let i = Math.floor(LABEL_EVERY / 2); i < pieces.length; i += LABEL_EVERY) {
      const [x, y] = [across(pieces[i][0]), down(pieces[i][1])];
      const isAtEdge = Math.min(x - frame.left, frame.left + frame.side - x, y - frame.top, frame.top + frame.side - y) < 14;
      if (isAtEdge || placed.some(([left, top]) => Math.abs(left - x) < 46 && Math.abs(top - y) < 26)) continue;
      placed.push([x, y]);
      pen.strokeStyle = surface;
      pen.strokeText(label, x, y);
      pen.fillStyle = ink;
      pen.fillText(label, x, y);
    }
  }
}
