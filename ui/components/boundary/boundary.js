// One canvas, drawn in place: the decision regions fade from the last grid to the new one, with the points on top.
// Nothing is shown by colour alone: lines separate the regions, each has the name of its class, and each class has a shape.

const FADE_MS = 180;
const [FILLED, HOLLOW, WRONG] = [0, 1, 2]; // as in ui/components/boundary/points.py
const markerOf = (index) => MARKERS[index % MARKERS.length];
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const state = states.get(parentElement) ?? mount(parentElement, data);
  states.set(parentElement, state);
  if (data.points) Object.assign(state, { points: data.points, version: data.version });
  if (state.confirmed !== state.version) setStateValue("received", (state.confirmed = state.version));
  state.extent = data.extent;
  setBrush(state, data, (drawn) => setStateValue("drawn", drawn));
  setStyle(state, data);
  setTexts(state, data);
  setGrid(state, data.grid);
  draw(state);
  const step = data.grid ? data.grid.step : "";
  Object.assign(state.root.dataset, { points: state.points.x.length, extent: data.extent.join(" "), step, redraws: state.redraws });
  // Streamlit also calls this after an update that was overtaken by a newer one, so clean up only if the plot has left the page.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement, { received, announcement }) {
  const root = parentElement.querySelector(".boundary");
  const canvas = root.querySelector("canvas");
  const points = { x: [], y: [], label: [], style: [] };
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

// Updates the colours of the classes and the theme, and the legend if it has changed.
function setStyle(state, { classes, text }) {
  const { backgroundColor, color, fontFamily } = getComputedStyle(state.root); // with forced colours those of the system
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
    surface: cssOf(surface),
    ink: cssOf(ink),
    muted: getComputedStyle(state.root.querySelector(".legend")).color,
    line: cssOf(mixed(surface, ink, 0.6)),
    font: fontFamily,
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
  if (announcement.key === state.announced) return;
  state.announced = announcement.key;
  state.root.querySelector("[role=status]").textContent = announcement.text;
}

function entry(text, style) {
  const item = document.createElement("li");
  swatch(item, { colour: "currentColor", surface: "none", line: false, marker: markerOf(0), ...style });
  item.append(text, document.createElement("span"));
  return item;
}

// Starts fading to the new grid; the first one appears at once.
function setGrid(state, grid) {
  const text = grid ? grid.classes + grid.confidence : "";
  if (grid && state.grid && text === state.grid.text) return;
  if (!grid) {
    state.grid = null;
    return;
  }
  const [classes, confidence] = [bytesOf(grid.classes), bytesOf(grid.confidence)];
  const strengths = getStrength(confidence, state.style.regions.length);
  const margin = grid.margin ? Float32Array.from(bytesOf(grid.margin)) : strengths;
  const target = tints(classes, strengths, state.style.regions);
  const isInstant = !state.grid || state.grid.size !== grid.size || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = isInstant ? target : getShownTints(state.grid);
  state.grid = {
    text,
    size: grid.size,
    from,
    target,
    lines: borders(classes, margin, grid.size, state.style.regions.length),
    places: placeNames(classes, grid.size, state.style.regions.length, state.grid?.places),
    since: isInstant ? -Infinity : performance.now(),
  };
  state.redraws += 1;
}

function getShownTints({ from, target, since }) {
  const share = Math.min(1, (performance.now() - since) / FADE_MS);
  return share >= 1 ? target : target.map((value, i) => from[i] + (value - from[i]) * share);
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
  if (grid) {
    drawRegions(pen, grid, getShownTints(grid), frame);
    drawBorders(pen, grid, frame, style);
  }
  drawPoints(pen, state, frame);
  if (grid) drawNames(pen, grid, frame, style);
  drawCursor(pen, state, frame);
  pen.restore();
  pen.strokeStyle = style.line;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.side + 1, frame.side + 1);
  drawAxes(pen, frame, extent, style);
  if (grid && performance.now() - grid.since < FADE_MS) state.frame = requestAnimationFrame(() => draw(state));
}

// Drawn in this order, so that the fewer ones are on top. Misclassified points are large and crossed out.
function drawPoints(pen, { points, style }, frame) {
  const radius = Math.max(2.5, Math.min(4.5, (frame.side / 460) * (points.x.length > 600 ? 3.5 : 4.5)));
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
