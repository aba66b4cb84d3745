// One canvas, kept: the division of the plane fades from the last one to the new one, the points lie on top.
// Nothing is shown by colour alone: a line parts the regions, each bears its class's name, and each class has a shape.

const FADE_MS = 180;
const [FILLED, HOLLOW, WRONG] = [0, 1, 2]; // as ui/components/boundary/points.py says
const markerOf = (index) => MARKERS[index % MARKERS.length];
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const state = states.get(parentElement) ?? mount(parentElement, data);
  states.set(parentElement, state);
  if (data.points) Object.assign(state, { points: data.points, version: data.version });
  if (state.told !== state.version) setStateValue("received", (state.told = state.version));
  state.extent = data.extent;
  setLook(state, data);
  setWords(state, data);
  takeGrid(state, data.grid);
  draw(state);
  const step = data.grid ? data.grid.step : "";
  Object.assign(state.root.dataset, { points: state.points.x.length, extent: data.extent.join(" "), step, painted: state.painted });
  // Streamlit also calls this for an update that a newer one has overtaken: only a plot that has left the page is done.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement, { received, announcement }) {
  const root = parentElement.querySelector(".boundary");
  const canvas = root.querySelector("canvas");
  const points = { x: [], y: [], label: [], look: [] };
  const state = { root, canvas, points, version: "", told: received ?? "", painted: 0, grid: null, look: {} };
  state.announced = announcement.key; // what was there before the page was opened is no news
  state.observer = new ResizeObserver(() => draw(state));
  state.observer.observe(canvas);
  return state;
}

function unmount(parentElement, state) {
  state.observer.disconnect();
  cancelAnimationFrame(state.frame);
  states.delete(parentElement);
}

// Colours of the classes and the theme, and the legend where it changed.
function setLook(state, { classes, text }) {
  const { backgroundColor, color, fontFamily } = getComputedStyle(state.root); // in forced colours those of the system
  const given = categoricalColours(state.root);
  const colours = given.length ? given : ["#4f46e5", "#ea580c", "#0d9488", "#db2777"];
  const look = JSON.stringify([classes, text.hollow, text.wrong, colours, backgroundColor, color]);
  if (look === state.lookText) return;
  state.lookText = look;
  state.grid = null;
  const [surface, ink, ...regions] = [backgroundColor, color, ...classes.map((_, index) => colours[index % colours.length])].map(
    (colour) => rgbOf(colour, state.root),
  );
  const grounds = [surface, ...regions.map((colour) => mixed(surface, colour, STRONGEST))];
  state.look = {
    surface: cssOf(surface),
    ink: cssOf(ink),
    muted: getComputedStyle(state.root.querySelector(".legend")).color,
    line: cssOf(mixed(surface, ink, 0.6)),
    font: fontFamily,
    names: classes,
    regions,
    marks: regions.map((colour) => cssOf(legible(colour, grounds))),
  };
  const entries = classes.map((name, index) => entry(name, { colour: state.look.marks[index], marker: markerOf(index) }));
  if (text.hollow) entries.push(entry(text.hollow, { hollow: true }));
  if (text.wrong) entries.push(entry(text.wrong, { hollow: true, crossed: true }));
  state.root.querySelector(".legend").replaceChildren(...entries);
}

// What is seen, in words: as the picture's name and description, beside the classes, and, when it is time, said aloud.
function setWords(state, { text, announcement }) {
  state.canvas.setAttribute("aria-label", text.label);
  state.root.querySelector("#description").textContent = text.description;
  [...state.root.querySelectorAll(".legend li")].forEach((item, index) => {
    item.querySelector("span").textContent = text.notes[index] ?? "";
  });
  if (announcement.key === state.announced) return;
  state.announced = announcement.key;
  state.root.querySelector("[role=status]").textContent = announcement.text;
}

function entry(text, look) {
  const item = document.createElement("li");
  swatch(item, { colour: "currentColor", surface: "none", line: false, marker: markerOf(0), ...look });
  item.append(text, document.createElement("span"));
  return item;
}

// What is shown now fades into the new grid; a first one appears at once.
function takeGrid(state, grid) {
  const text = grid ? grid.classes + grid.confidence : "";
  if (grid && state.grid && text === state.grid.text) return;
  if (!grid) {
    state.grid = null;
    return;
  }
  const [classes, confidence] = [bytesOf(grid.classes), bytesOf(grid.confidence)];
  const strength = strengthOf(confidence, state.look.regions.length);
  const lead = grid.margin ? Float32Array.from(bytesOf(grid.margin)) : strength;
  const target = tints(classes, strength, state.look.regions);
  const still = !state.grid || state.grid.size !== grid.size || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = still ? target : shownOf(state.grid);
  state.grid = {
    text,
    size: grid.size,
    from,
    target,
    lines: borders(classes, lead, grid.size, state.look.regions.length),
    places: namePlaces(classes, grid.size, state.look.regions.length, state.grid?.places),
    since: still ? -Infinity : performance.now(),
  };
  state.painted += 1;
}

function shownOf({ from, target, since }) {
  const share = Math.min(1, (performance.now() - since) / FADE_MS);
  return share >= 1 ? target : target.map((value, i) => from[i] + (value - from[i]) * share);
}

function draw(state) {
  const { canvas, extent, grid, look } = state;
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
    drawRegions(pen, grid, shownOf(grid), frame);
    drawBorders(pen, grid, frame, look);
  }
  drawPoints(pen, state, frame);
  if (grid) drawNames(pen, grid, frame, look);
  pen.restore();
  pen.strokeStyle = look.line;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.side + 1, frame.side + 1);
  drawAxes(pen, frame, extent, look);
  if (grid && performance.now() - grid.since < FADE_MS) state.frame = requestAnimationFrame(() => draw(state));
}

// In that order, for those that are fewer lie on top. A wrong one is large, and crossed out.
function drawPoints(pen, { points, look }, frame) {
  const radius = Math.max(2.5, Math.min(4.5, (frame.side / 460) * (points.x.length > 600 ? 3.5 : 4.5)));
  for (const kind of [FILLED, HOLLOW, WRONG]) {
    const size = kind === WRONG ? 1.7 * radius : radius;
    const [paths, cross] = [MARKERS.map((marker) => new Path2D(markerPath(marker, size))), new Path2D(crossPath(size))];
    for (let i = 0; i < points.x.length; i += 1) {
      if (points.look[i] !== kind) continue;
      const mark = look.marks[points.label[i]];
      pen.save();
      pen.translate(frame.across(points.x[i]), frame.down(points.y[i]));
      pen.fillStyle = kind === FILLED ? mark : look.surface;
      pen.strokeStyle = kind === FILLED ? look.surface : mark;
      pen.lineWidth = kind === FILLED ? 0.75 : 2;
      pen.fill(paths[points.label[i] % paths.length]);
      pen.stroke(paths[points.label[i] % paths.length]);
      if (kind === WRONG) {
        pen.strokeStyle = look.ink;
        pen.stroke(cross);
      }
      pen.restore();
    }
  }
}
