// One canvas on which the mouse, a finger or the arrow keys pick a point; the server decodes it.

const REQUEST_INTERVAL_MS = 90; // while dragging
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const state = states.get(parentElement) ?? mount(parentElement);
  states.set(parentElement, state);
  state.request = (point) => setStateValue("point", point);
  Object.assign(state, { extent: data.extent, show: data.show, shape: data.shape, data });
  if (data.columns) setMap(state, data);
  else if (state.version !== data.version) setTriggerValue("need", data.version);
  // The answer to an older request does not move the point back.
  if (!state.dragging && (!state.requested || state.requested === data.point.join())) {
    state.point = data.point;
    state.requested = "";
  }
  setStyle(state);
  setText(state, data);
  paintPicture(state.decoded, bytesOf(data.decoded), data.shape);
  draw(state);
  state.root.dataset.points = state.labels.length;
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement) {
  const root = parentElement.querySelector(".latent");
  const canvas = root.querySelector(".plane");
  const state = { root, canvas, decoded: root.querySelector(".decoded"), labels: [], places: [], classes: [], version: "", requestedAt: 0, requested: "" };
  state.observer = new ResizeObserver(() => draw(state));
  state.observer.observe(canvas);
  state.forced = forcedColours();
  state.recolour = () => {
    setStyle(state);
    setText(state, state.data);
    draw(state);
  };
  state.forced.addEventListener("change", state.recolour);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    state.dragging = true;
    pick(state, event, true);
  });
  canvas.addEventListener("pointermove", (event) => state.dragging && pick(state, event, false));
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (state.dragging && end === "pointerup") pick(state, event, true);
      state.dragging = false;
    });
  }
  canvas.addEventListener("keydown", (event) => step(state, event));
  return state;
}

function unmount(parentElement, state) {
  state.observer.disconnect();
  state.forced.removeEventListener("change", state.recolour);
  states.delete(parentElement);
}

function setMap(state, { columns, version, shape, tileRows, classes }) {
  Object.assign(state, { version, requested: "" });
  state.places = new Float32Array(bytesOf(columns.places).buffer);
  state.labels = new Uint16Array(bytesOf(columns.labels).buffer);
  state.classes = describeClasses(state, classes);
  const tiles = bytesOf(columns.tiles);
  const [channels, height, width] = shape;
  state.sheet = new OffscreenCanvas(width * tileRows, height * tileRows);
  const pen = state.sheet.getContext("2d");
  const small = new OffscreenCanvas(width, height);
  for (let i = 0; i < tileRows * tileRows; i += 1) {
    paintPicture(small, tiles.subarray(i * channels * height * width), shape);
    pen.drawImage(small, (i % tileRows) * width, (tileRows - 1 - Math.floor(i / tileRows)) * height);
  }
}

// A colour and a marker for each class. With more classes than colours: grey, brown, and then around the colour wheel. With more
// classes than markers, every second round is hollow.
function setStyle(state) {
  const { root, data } = state;
  const palette = paletteOf(root);
  const more = ["#8b8fa3", "#92590a"];
  const colourOf = (i) => {
    if (palette.forced) return palette.text;
    const extra = i - palette.series.length;
    const { surface, text } = palette;
    return palette.series[i] ?? legible(rgbOf(more[extra] ?? `hsl(${(i * 137.5) % 360} 65% ${i % 2 ? 45 : 62}%)`, root), [surface], text);
  };
  state.palette = palette;
  state.styles = data.classes.map((_, i) => ({
    colour: cssOf(colourOf(i)),
    surface: cssOf(palette.surface),
    marker: MARKERS[i % MARKERS.length],
    hollow: Math.floor(i / MARKERS.length) % 2 === 1,
  }));
}

function setText(state, { text, classes, extent, version, point }) {
  const find = (name) => state.root.querySelector(name);
  const near = state.labels.length ? describeNeighbours(state, point, classes, text) : "";
  state.canvas.setAttribute("aria-label", text.map);
  state.canvas.setAttribute("aria-roledescription", text.role);
  state.decoded.setAttribute("aria-label", `${text.decoded} ${pointText(point)}`);
  find(".x").textContent = `${text.x} →`;
  find(".y").textContent = `${text.y} →`;
  find(".caption").textContent = text.decoded;
  find(".numbers").textContent = pointText(point);
  const nearest = near && fillIn(text.near, { point: pointText(point), classes: near });
  if (find(".near").textContent !== nearest) find(".near").textContent = nearest;
  find(".keys").textContent = text.keys;
  find("summary").textContent = text.where;
  find(".scroller").setAttribute("aria-label", text.where);
  const textKey = JSON.stringify([version, state.version, state.styles, text]);
  if (state.textKey === textKey) return;
  state.textKey = textKey;
  fillTable(find("table") ?? createTable(find(".scroller")), whereTable(state.classes, extent, text));
  find(".legend").replaceChildren(...classes.map((name, i) => {
    const item = document.createElement("li");
    swatch(item, { ...state.styles[i], line: false });
    item.append(name);
    return item;
  }));
}

function frameNow(state) {
  return frameOf(state.canvas.clientWidth, state.canvas.clientHeight, state.extent);
}

function pick(state, event, isFinal) {
  const frame = frameNow(state);
  const box = state.canvas.getBoundingClientRect();
  const across = Math.min(1, Math.max(0, (event.clientX - box.left - frame.left) / frame.side));
  const down = Math.min(1, Math.max(0, (event.clientY - box.top - frame.top) / frame.side));
  const [x0, x1, y0, y1] = state.extent;
  moveTo(state, [x0 + across * (x1 - x0), y1 - down * (y1 - y0)], isFinal);
}

function step(state, event) {
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  const direction = directions[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || !(direction || event.key === "Home")) return;
  event.preventDefault();
  const [x0, x1, y0, y1] = state.extent;
  const inside = (value, low, high) => Math.min(high, Math.max(low, value));
  const share = event.shiftKey ? 0.1 : 0.02;
  const [x, y] = direction ? state.point : [(x0 + x1) / 2, (y0 + y1) / 2];
  const [right, up] = direction ?? [0, 0];
  moveTo(state, [inside(x + right * share * (x1 - x0), x0, x1), inside(y + up * share * (y1 - y0), y0, y1)], true);
}

function moveTo(state, point, isFinal) {
  state.point = point.map((value) => Number(value.toFixed(4)));
  draw(state);
  const now = performance.now();
  if (!isFinal && now - state.requestedAt < REQUEST_INTERVAL_MS) return;
  state.requestedAt = now;
  state.requested = state.point.join();
  state.request(state.point);
}
