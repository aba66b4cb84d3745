// One canvas, kept: the division of the plane fades from the last one to the new one, the points lie on top.

const FADE_MS = 180;
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const state = states.get(parentElement) ?? mount(parentElement, data);
  states.set(parentElement, state);
  if (data.points) Object.assign(state, { points: data.points, version: data.version });
  if (state.told !== state.version) setStateValue("received", (state.told = state.version));
  state.extent = data.extent;
  state.canvas.setAttribute("aria-label", data.text.label);
  setLook(state, data);
  takeGrid(state, data.grid);
  draw(state);
  Object.assign(state.root.dataset, { points: state.points.x.length, step: data.grid ? data.grid.step : "", painted: state.painted });
  // Streamlit also calls this for an update that a newer one has overtaken: only a plot that has left the page is done.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement, { received }) {
  const root = parentElement.querySelector(".boundary");
  const canvas = root.querySelector("canvas");
  const points = { x: [], y: [], label: [], held: [] };
  const state = { root, canvas, points, version: "", told: received ?? "", painted: 0, grid: null, look: {} };
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
  const style = getComputedStyle(state.root);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const given = value("chart-categorical-colors").split(/,(?![^(]*\))/).map((colour) => colour.trim()).filter(Boolean);
  const colours = given.length ? given : ["#4f46e5", "#ea580c", "#0d9488", "#db2777"];
  const colour = (index) => colours[index % colours.length];
  const look = JSON.stringify([classes, text.held, colours, value("text-color")]);
  if (look === state.lookText) return;
  state.lookText = look;
  state.grid = null;
  state.look = {
    surface: value("background-color") || "#fff",
    muted: getComputedStyle(state.root.querySelector(".legend")).color,
    line: value("border-color") || "#ddd",
    font: value("font") || "sans-serif",
    classes: classes.map((_, index) => colour(index)),
    rgb: classes.map((_, index) => rgbOf(colour(index))),
  };
  const entries = classes.map((name, index) => entry(name, colour(index), false));
  state.root.querySelector(".legend").replaceChildren(...entries, entry(text.held, "currentColor", true));
}

function entry(text, colour, hollow) {
  const item = document.createElement("li");
  const dot = document.createElement("i");
  dot.style.setProperty("--colour", colour);
  dot.className = hollow ? "hollow" : "";
  item.append(dot, text);
  return item;
}

function rgbOf(colour) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data;
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// What is shown now fades into the new grid; a first one appears at once.
function takeGrid(state, grid) {
  const text = grid ? grid.classes + grid.sureness : "";
  if (grid && state.grid && text === state.grid.text) return;
  if (!grid) {
    state.grid = null;
    return;
  }
  const target = colours(grid, state.look.rgb);
  const still = !state.grid || state.grid.size !== grid.size || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = still ? target : shownOf(state.grid);
  state.grid = { text, size: grid.size, from, target, since: performance.now() };
  if (still) state.grid.since = -Infinity;
  state.painted += 1;
}

// RGBA of each cell, from the lowest row up: the surer, the stronger; where two classes are as likely, nearly nothing.
function colours(grid, rgb) {
  const [classes, sureness] = [bytesOf(grid.classes), bytesOf(grid.sureness)];
  const even = 255 / Math.max(2, rgb.length);
  const out = new Float32Array(4 * classes.length);
  classes.forEach((index, i) => {
    const sure = Math.max(0, (sureness[i] - even) / (255 - even));
    const strength = 0.06 + 0.5 * sure;
    const colour = rgb[index] ?? [128, 128, 128];
    out.set([colour[0] * strength, colour[1] * strength, colour[2] * strength, strength], 4 * i);
  });
  return out;
}

function shownOf({ from, target, since }) {
  const share = Math.min(1, (performance.now() - since) / FADE_MS);
  return share >= 1 ? target : target.map((value, i) => from[i] + (value - from[i]) * share);
}

function draw(state) {
  const { canvas, extent, grid, look } = state;
  cancelAnimationFrame(state.frame);
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height || !extent) return;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const frame = frameOf(width, height, extent);
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.side, frame.side);
  pen.clip();
  if (grid) drawGrid(pen, grid, frame);
  drawPoints(pen, state, frame);
  pen.restore();
  pen.strokeStyle = look.line;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.side + 1, frame.side + 1);
  drawAxes(pen, frame, extent, look);
  if (grid && performance.now() - grid.since < FADE_MS) state.frame = requestAnimationFrame(() => draw(state));
}

function drawGrid(pen, grid, frame) {
  const { size } = grid;
  const shown = shownOf(grid);
  const image = new ImageData(size, size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const [from, to] = [4 * (row * size + column), 4 * ((size - 1 - row) * size + column)];
      const strength = shown[from + 3];
      for (let part = 0; part < 3; part += 1) image.data[to + part] = shown[from + part] / strength;
      image.data[to + 3] = 255 * strength;
    }
  }
  const small = new OffscreenCanvas(size, size);
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, frame.left, frame.top, frame.side, frame.side);
}

// Discs are learned from, rings are held out; those lie on top, for there are few of them.
function drawPoints(pen, { points, look }, frame) {
  const radius = Math.max(2, Math.min(4, (frame.side / 460) * (points.x.length > 600 ? 3 : 4)));
  for (const held of [0, 1]) {
    for (let i = 0; i < points.x.length; i += 1) {
      if (points.held[i] !== held) continue;
      const colour = look.classes[points.label[i]];
      pen.beginPath();
      pen.arc(frame.across(points.x[i]), frame.down(points.y[i]), radius, 0, 2 * Math.PI);
      pen.fillStyle = held ? look.surface : colour;
      pen.strokeStyle = held ? colour : look.surface;
      pen.lineWidth = held ? 2 : 1;
      pen.fill();
      pen.stroke();
    }
  }
}
