// One canvas, drawn in place: the decision regions fade from the last grid to the new one, with the points on top.
// Nothing is shown by colour alone: lines separate the regions, each has the name of its class, and each class has a shape.

const [FILLED, HOLLOW, WRONG] = [0, 1, 2]; // as in ui/components/boundary/points.py
const markerOf = (index) => MARKERS[index % MARKERS.length];

export default function (component) {
  const { data, setStateValue } = component;
  const state = openPlane(component, paint);
  setBrush(state, data, (drawn) => setStateValue("drawn", drawn));
  setStyle(state, data);
  setTexts(state, data);
  setGrid(state, data.grid);
  return finishPlane(state, component);
}

// Updates the colours of the classes and the theme, and the legend if it has changed.
function setStyle(state, { classes, text }) {
  const { backgroundColor, color } = getComputedStyle(state.root); // with forced colours those of the system
  const given = categoricalColours(state.root);
  const colours = given.length ? given : ["#4f46e5", "#ea580c", "#0d9488", "#db2777"];
  const style = JSON.stringify([classes, text.hollow, text.wrong, colours, backgroundColor, color]);
  if (style === state.styleKey) return;
  state.styleKey = style;
  state.grid = null;
  const [surface, ink, ...regions] = [backgroundColor, color, ...classes.map((_, index) => colours[index % colours.length])].map(
    (colour) => rgbOf(colour, state.root),
  );
  const grounds = [surface, ...regions.map((colour) => mixed(surface, colour, STRONGEST))];
  state.style = {
    ...pageStyle(state, surface, ink),
    names: classes,
    regions,
    marks: regions.map((colour) => cssOf(legible(colour, grounds))),
  };
  const entries = classes.map((name, index) => entry(name, { colour: state.style.marks[index], marker: markerOf(index) }));
  if (text.hollow) entries.push(entry(text.hollow, { hollow: true }));
  if (text.wrong) entries.push(entry(text.wrong, { hollow: true, crossed: true }));
  state.root.querySelector(".legend").replaceChildren(...entries);
}

// Updates the name and description of the picture, the notes of the legend, and the announcement.
function setTexts(state, { text, announcement }) {
  state.canvas.setAttribute("aria-label", [text.label, ...(state.brush ? [state.brush.text.area] : [])].join(". "));
  state.root.querySelector("#description").textContent = text.description;
  [...state.root.querySelectorAll(".legend li")].forEach((item, index) => {
    item.querySelector("span").textContent = text.notes[index] ?? "";
  });
  announce(state, announcement);
}

function entry(text, style) {
  const item = document.createElement("li");
  swatch(item, { colour: "currentColor", surface: "none", line: false, marker: markerOf(0), ...style });
  item.append(text, document.createElement("span"));
  return item;
}

function setGrid(state, grid) {
  const text = grid ? grid.classes + grid.confidence : "";
  if (grid && state.grid && text === state.grid.text) return;
  if (!grid) {
    state.grid = null;
    return;
  }
  const [classes, confidence] = [bytesOf(grid.classes), bytesOf(grid.confidence)];
  const count = state.style.regions.length;
  const strengths = getStrength(confidence, count);
  const margin = grid.margin ? Float32Array.from(bytesOf(grid.margin)) : strengths;
  fadeTo(state, grid.size, tints(classes, strengths, state.style.regions), {
    text,
    lines: borders(classes, margin, grid.size, count),
    places: placeNames(classes, grid.size, count, state.grid?.places),
  });
}

function paint(pen, state, frame) {
  const { grid, style } = state;
  if (grid) {
    drawRegions(pen, grid, getShown(grid), frame);
    strokePieces(pen, grid.lines, grid.size, frame, style.ink, 2);
  }
  drawPoints(pen, state, frame);
  if (grid) drawNames(pen, grid, frame, style);
  drawCursor(pen, state, frame);
}

// Drawn in this order, so that the fewer ones are on top. Misclassified points are large and crossed out.
function drawPoints(pen, { points, style }, frame) {
  const radius = pointRadius(points, frame);
  for (const kind of [FILLED, HOLLOW, WRONG]) {
    const size = kind === WRONG ? 1.7 * radius : radius;
    const [paths, cross] = [MARKERS.map((marker) => new Path2D(markerPath(marker, size))), new Path2D(crossPath(size))];
    for (let i = 0; i < points.x.length; i += 1) {
      if (points.style[i] !== kind) continue;
      const mark = style.marks[points.label[i]];
      pen.save();
      pen.translate(frame.across(points.x[i]), frame.down(points.y[i]));
      pen.fillStyle = kind === FILLED ? mark : style.surface;
      pen.strokeStyle = kind === FILLED ? style.surface : mark;
      pen.lineWidth = kind === FILLED ? 0.75 : 2;
      pen.fill(paths[points.label[i] % paths.length]);
      pen.stroke(paths[points.label[i] % paths.length]);
      if (kind === WRONG) {
        pen.strokeStyle = style.ink;
        pen.stroke(cross);
      }
      pen.restore();
    }
  }
}
