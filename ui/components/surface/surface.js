// One canvas, drawn in place: the predicted values fade from the last grid to the new one, with contour lines and the points on top.
// Nothing is shown by colour alone: the lines carry their values, and low, middle and high points have different shapes.

const HOLLOW = 1; // as in ui/components/boundary/points.py
const STRONGEST = 0.8;
const SHAPES = ["down", "circle", "triangle"]; // of the lowest, middle and highest third of the scale
const LABEL_EVERY = 26; // cells of a line between two labels

export default function (component) {
  const { data } = component;
  const state = openPlane(component, paint);
  Object.assign(state, { low: data.low, high: data.high });
  setStyle(state, data);
  setTexts(state, data);
  setGrid(state, data.grid);
  return finishPlane(state, component);
}

// Updates the colours and the legend if the theme, the texts or the scale have changed.
function setStyle(state, { text, low, high }) {
  const { backgroundColor, color } = getComputedStyle(state.root); // with forced colours those of the system
  const given = categoricalColours(state.root);
  const colours = given.length > 1 ? given : ["#4f46e5", "#ea580c"];
  const key = JSON.stringify([text.scale, text.thirds, text.hollow, low, high, colours, backgroundColor, color]);
  if (key === state.styleKey) return;
  state.styleKey = key;
  const [surface, ink, top, bottom] = [backgroundColor, color, colours[0], colours[1]].map((each) => rgbOf(each, state.root));
  state.style = {
    ...pageStyle(state, surface, ink),
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
  announce(state, announcement);
}

function setGrid(state, grid) {
  if (!grid) {
    state.grid = null;
    return;
  }
  if (state.grid?.text === grid.values) return;
  const target = Float32Array.from(bytesOf(grid.values), (byte) => byte / 255);
  fadeTo(state, grid.size, target, { text: grid.values, lines: contours(target, grid.size, state.low, state.high) });
}

// For each round value its label and the pieces of its line.
function contours(shares, size, low, high) {
  return ticks(low, high).map(([value, label]) => {
    const level = (value - low) / (high - low);
    const pieces = cutCells(shares.map((share) => share - level + 1e-6), size, 0);
    return { label: String(Number(label)).replace("-", "−"), pieces };
  });
}

function paint(pen, state, frame) {
  const { grid, style } = state;
  if (grid) {
    const shares = getShown(grid);
    paintCells(pen, grid.size, frame, (bytes, at, cell) => bytes.set([...style.tint(shares[cell]), 255], at));
  }
  drawPoints(pen, state, frame);
  if (grid) drawContours(pen, grid, frame, style);
}

// A point has the colour of its value; those of the validation data have a hole.
function drawPoints(pen, { points, style, low, high }, frame) {
  const radius = pointRadius(points, frame);
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

function drawContours(pen, { lines, size }, frame, style) {
  strokePieces(pen, lines.flatMap(({ pieces }) => pieces), size, frame, style.ink, 1.25);
  const [across, down] = cellPlaces(size, frame);
  Object.assign(pen, { font: `600 ${11 * textScale()}px ${style.font}`, textAlign: "center", textBaseline: "middle", lineWidth: 4, lineJoin: "round" });
  const placed = [];
  for (const { label, pieces } of lines) {
    for (let i = Math.floor(LABEL_EVERY / 2); i < pieces.length; i += LABEL_EVERY) {
      const [x, y] = [across(pieces[i][0]), down(pieces[i][1])];
      const isAtEdge = Math.min(x - frame.left, frame.left + frame.side - x, y - frame.top, frame.top + frame.side - y) < 14;
      if (isAtEdge || placed.some(([left, top]) => Math.abs(left - x) < 46 && Math.abs(top - y) < 26)) continue;
      placed.push([x, y]);
      strokeText(pen, label, x, y, style);
    }
  }
}
