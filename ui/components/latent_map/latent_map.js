// One canvas, kept, on which the mouse, a finger or the arrow keys pick a place; the server decodes it.

const EVERY_MS = 90; // a drag asks for no more pictures than the server can paint
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const state = states.get(parentElement) ?? mount(parentElement);
  states.set(parentElement, state);
  state.ask = (place) => setStateValue("place", place);
  Object.assign(state, { extent: data.extent, show: data.show, shape: data.shape, data });
  if (data.columns) take(state, data);
  else if (state.version !== data.version) setTriggerValue("need", data.version);
  // An answer to an older question does not take the place back.
  if (!state.dragging && (!state.wanted || state.wanted === data.place.join())) {
    state.place = data.place;
    state.wanted = "";
  }
  setLook(state);
  setText(state, data);
  paintPicture(state.decoded, bytesOf(data.decoded), data.shape);
  draw(state);
  state.root.dataset.points = state.labels.length;
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement) {
  const root = parentElement.querySelector(".latent");
  const canvas = root.querySelector(".plane");
  const state = { root, canvas, decoded: root.querySelector(".decoded"), labels: [], places: [], found: [], version: "", asked: 0, wanted: "" };
  state.observer = new ResizeObserver(() => draw(state));
  state.observer.observe(canvas);
  state.forced = forcedColours();
  state.recolour = () => {
    setLook(state);
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

function take(state, { columns, version, shape, tileRows, classes }) {
  Object.assign(state, { version, wanted: "" });
  state.places = new Float32Array(bytesOf(columns.places).buffer);
  state.labels = new Uint16Array(bytesOf(columns.labels).buffer);
  state.found = classesOf(state, classes);
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

// A colour and a marker for each class. More classes than colours: grey, brown, and then around the wheel; more than
// markers: they are hollow in every second round.
function setLook(state) {
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
  state.looks = data.classes.map((_, i) => ({
    colour: cssOf(colourOf(i)),
    surface: cssOf(palette.surface),
    marker: MARKERS[i % MARKERS.length],
    hollow: Math.floor(i / MARKERS.length) % 2 === 1,
  }));
}

function setText(state, { text, classes, extent, version, place }) {
  const find = (name) => state.root.querySelector(name);
  const near = state.labels.length ? nearby(state, place, classes, text) : "";
  state.canvas.setAttribute("aria-label", text.map);
  state.canvas.setAttribute("aria-roledescription", text.role);
  state.decoded.setAttribute("aria-label", `${text.decoded} ${placeText(place)}`);
  find(".x").textContent = `${text.x} →`;
  find(".y").textContent = `${text.y} →`;
  find(".caption").textContent = text.decoded;
  find(".numbers").textContent = placeText(place);
  const nearest = near && fillIn(text.near, { place: placeText(place), classes: near });
  if (find(".near").textContent !== nearest) find(".near").textContent = nearest;
  find(".keys").textContent = text.keys;
  find("summary").textContent = text.where;
  find(".scroller").setAttribute("aria-label", text.where);
  const written = JSON.stringify([version, state.version, state.looks, text]);
  if (state.written === written) return;
  state.written = written;
  fillTable(find("table") ?? createTable(find(".scroller")), whereTable(state.found, extent, text));
  find(".legend").replaceChildren(...classes.map((name, i) => {
    const item = document.createElement("li");
    swatch(item, { ...state.looks[i], line: false });
    item.append(name);
    return item;
  }));
}

function frameNow(state) {
  return frameOf(state.canvas.clientWidth, state.canvas.clientHeight, state.extent);
}

function pick(state, event, surely) {
  const frame = frameNow(state);
  const box = state.canvas.getBoundingClientRect();
  const across = Math.min(1, Math.max(0, (event.clientX - box.left - frame.left) / frame.side));
  const down = Math.min(1, Math.max(0, (event.clientY - box.top - frame.top) / frame.side));
  const [x0, x1, y0, y1] = state.extent;
  go(state, [x0 + across * (x1 - x0), y1 - down * (y1 - y0)], surely);
}

function step(state, event) {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  const way = ways[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || !(way || event.key === "Home")) return;
  event.preventDefault();
  const [x0, x1, y0, y1] = state.extent;
  const inside = (value, low, high) => Math.min(high, Math.max(low, value));
  const share = event.shiftKey ? 0.1 : 0.02;
  const [x, y] = way ? state.place : [(x0 + x1) / 2, (y0 + y1) / 2];
  const [right, up] = way ?? [0, 0];
  go(state, [inside(x + right * share * (x1 - x0), x0, x1), inside(y + up * share * (y1 - y0), y0, y1)], true);
}

function go(state, place, surely) {
  state.place = place.map((value) => Number(value.toFixed(4)));
  draw(state);
  const now = performance.now();
  if (!surely && now - state.asked < EVERY_MS) return;
  state.asked = now;
  state.wanted = state.place.join();
  state.ask(state.place);
}
