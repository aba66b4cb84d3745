// What the pictures of the plane have in common: one canvas, drawn in place, and a grid that fades from its last values to the new ones.

const FADE_MS = 180;
const planes = new WeakMap();

// The state of a picture with the points that have come. paint: draws what is inside the frame.
function openPlane({ parentElement, data, setStateValue }, paint) {
  const state = planes.get(parentElement) ?? mountPlane(parentElement, data, paint);
  planes.set(parentElement, state);
  if (data.points) Object.assign(state, { points: data.points, version: data.version });
  if (state.confirmed !== state.version) setStateValue("received", (state.confirmed = state.version));
  state.extent = data.extent;
  return state;
}

function mountPlane(parentElement, { received, announcement }, paint) {
  const root = parentElement.querySelector(".plane");
  const canvas = root.querySelector("canvas");
  const state = { root, canvas, paint, points: { x: [], y: [], style: [] }, version: "", confirmed: received ?? "", redraws: 0, grid: null, style: {} };
  state.announced = announcement.key; // the first one on a page is not announced
  state.observer = new ResizeObserver(() => drawPlane(state));
  state.observer.observe(canvas);
  return state;
}

// Draws the picture and returns what cleans up. Streamlit also calls that after an update that was overtaken by a newer one, so it does
// nothing while the picture is on the page.
function finishPlane(state, { parentElement, data }) {
  drawPlane(state);
  const step = data.grid ? data.grid.step : "";
  Object.assign(state.root.dataset, { points: state.points.x.length, extent: data.extent.join(" "), step, redraws: state.redraws });
  return () =>
    setTimeout(() => {
      if (state.root.isConnected) return;
      state.observer.disconnect();
      cancelAnimationFrame(state.frame);
      planes.delete(parentElement);
    });
}

// The colours of the page for frame, axes and texts. surface, ink: red, green and blue of background and text.
function pageStyle({ root }, surface, ink) {
  return {
    surface: cssOf(surface),
    ink: cssOf(ink),
    muted: getComputedStyle(root.querySelector(".legend")).color,
    line: cssOf(mixed(surface, ink, 0.6)),
    font: getComputedStyle(root).fontFamily,
  };
}

function announce(state, { key, text }) {
  if (key === state.announced) return;
  state.announced = key;
  state.root.querySelector("[role=status]").textContent = text;
}

// Starts fading to new values; the first ones, and those of a grid of another size, appear at once. more: what else the grid has.
function fadeTo(state, size, target, more) {
  const isInstant = state.grid?.size !== size || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = isInstant ? target : getShown(state.grid);
  state.grid = { ...more, size, from, target, since: isInstant ? -Infinity : performance.now() };
  state.redraws += 1;
}

function getShown({ from, target, since }) {
  const share = Math.min(1, (performance.now() - since) / FADE_MS);
  return share >= 1 ? target : target.map((value, i) => from[i] + (value - from[i]) * share);
}

function drawPlane(state) {
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
  state.paint(pen, state, frame);
  pen.restore();
  pen.strokeStyle = style.line;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.side + 1, frame.side + 1);
  drawAxes(pen, frame, extent, style);
  if (grid && performance.now() - grid.since < FADE_MS) state.frame = requestAnimationFrame(() => drawPlane(state));
}

const pointRadius = ({ x }, { side }) => textScale() * Math.max(2.5, Math.min(4.5, (side / 460) * (x.length > 600 ? 3.5 : 4.5)));

// Paints the cells of a grid. write: (bytes, at, cell) sets red, green, blue and opacity from `at` on; cell 0 is the lowest at the left.
function paintCells(pen, size, frame, write) {
  const image = new ImageData(size, size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) write(image.data, 4 * ((size - 1 - row) * size + column), row * size + column);
  }
  const small = new OffscreenCanvas(size, size);
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, frame.left, frame.top, frame.side, frame.side);
}

// Pieces [x, y, x, y], in cells, of the line on which the field is zero: marching squares. from: -1 goes on to the edge of the plane,
// 0 ends in the middle of the outer cells.
function cutCells(field, size, from) {
  const inside = (i) => Math.min(size - 1, Math.max(0, i));
  const pieces = [];
  for (let row = from; row + 1 < size - from; row += 1) {
    for (let column = from; column + 1 < size - from; column += 1) {
      const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const values = corners.map(([x, y]) => field[inside(y) * size + inside(x)]);
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
  return pieces;
}

// Converts cells to pixels of the canvas.
const cellPlaces = (size, frame) => [(x) => frame.left + (x / size) * frame.side, (y) => frame.top + (1 - y / size) * frame.side];

function strokePieces(pen, pieces, size, frame, colour, width) {
  const [across, down] = cellPlaces(size, frame);
  pen.beginPath();
  for (const [x0, y0, x1, y1] of pieces) {
    pen.moveTo(across(x0), down(y0));
    pen.lineTo(across(x1), down(y1));
  }
  Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineCap: "round" });
  pen.stroke();
}

// A text with an outline in the colour of the background, so that it is readable on every colour.
function strokeText(pen, text, x, y, { ink, surface }) {
  pen.strokeStyle = surface;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}
