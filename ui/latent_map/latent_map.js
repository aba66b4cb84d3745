// One canvas, kept: decoded pictures as tiles, the test pictures as points on top, and a ring around the picked place.

const EVERY_MS = 90; // a drag asks for no more pictures than the server can paint
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const state = states.get(parentElement) ?? mount(parentElement);
  states.set(parentElement, state);
  state.ask = (place) => setStateValue("place", place);
  if (data.columns) take(state, data);
  else if (state.version !== data.version) setTriggerValue("need", data.version);
  Object.assign(state, { extent: data.extent, show: data.show, shape: data.shape });
  if (!state.dragging) state.place = data.place;
  setText(state, data);
  paint(state.decoded, bytesOf(data.decoded), data.shape);
  draw(state);
  state.root.dataset.points = state.labels.length;
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement) {
  const root = parentElement.querySelector(".latent");
  const canvas = root.querySelector(".plane");
  const state = { root, canvas, decoded: root.querySelector(".decoded"), labels: [], places: [], version: "", asked: 0 };
  state.observer = new ResizeObserver(() => draw(state));
  state.observer.observe(canvas);
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
  states.delete(parentElement);
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function take(state, { columns, version, shape, tileRows }) {
  state.version = version;
  state.places = new Float32Array(bytesOf(columns.places).buffer);
  state.labels = new Uint16Array(bytesOf(columns.labels).buffer);
  const tiles = bytesOf(columns.tiles);
  const [channels, height, width] = shape;
  state.sheet = new OffscreenCanvas(width * tileRows, height * tileRows);
  const pen = state.sheet.getContext("2d");
  const small = new OffscreenCanvas(width, height);
  for (let i = 0; i < tileRows * tileRows; i += 1) {
    paint(small, tiles.subarray(i * channels * height * width), shape);
    pen.drawImage(small, (i % tileRows) * width, (tileRows - 1 - Math.floor(i / tileRows)) * height);
  }
}

// One channel is grey, three are red, green and blue.
function paint(canvas, bytes, [channels, height, width]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    for (let part = 0; part < 3; part += 1) image.data[4 * i + part] = bytes[(channels < 3 ? 0 : part) * height * width + i];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function setText(state, { text, classes, place }) {
  const find = (name) => state.root.querySelector(name);
  state.canvas.setAttribute("aria-label", text.map);
  state.decoded.setAttribute("aria-label", text.decoded);
  find(".x").textContent = `${text.x} →`;
  find(".y").textContent = `${text.y} →`;
  find(".caption").textContent = text.decoded;
  find(".numbers").textContent = `(${place.map((value) => value.toFixed(2).replace("-", "−")).join(" | ")})`;
  const style = getComputedStyle(state.root);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const given = value("chart-categorical-colors").split(/,(?![^(]*\))/).map((colour) => colour.trim()).filter(Boolean);
  state.look = { muted: getComputedStyle(find(".legend")).color, font: value("font") || "sans-serif", text: value("text-color") || "#333" };
  // More classes than the theme has colours: grey, brown, and then around the wheel.
  const all = [...given, "#8b8fa3", "#92590a"];
  state.colours = classes.map((_, i) => all[i] ?? `hsl(${(i * 137.5) % 360} 65% ${i % 2 ? 45 : 62}%)`);
  find(".legend").replaceChildren(...classes.map((name, i) => {
    const item = document.createElement("li");
    const dot = document.createElement("i");
    dot.style.setProperty("--colour", state.colours[i]);
    item.append(dot, name);
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
  if (!way) return;
  event.preventDefault();
  const [x0, x1, y0, y1] = state.extent;
  const inside = (value, low, high) => Math.min(high, Math.max(low, value));
  const share = 0.02;
  go(state, [inside(state.place[0] + way[0] * share * (x1 - x0), x0, x1), inside(state.place[1] + way[1] * share * (y1 - y0), y0, y1)], true);
}

function go(state, place, surely) {
  state.place = place;
  draw(state);
  const now = performance.now();
  if (!surely && now - state.asked < EVERY_MS) return;
  state.asked = now;
  state.ask(place.map((value) => Number(value.toFixed(4))));
}

function draw(state) {
  const { canvas, extent, show } = state;
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height || !extent) return;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const frame = frameNow(state);
  pen.save();
  pen.beginPath();
  pen.roundRect(frame.left, frame.top, frame.side, frame.side, 6);
  pen.clip();
  pen.fillStyle = state.look.text;
  pen.globalAlpha = 0.04;
  pen.fillRect(frame.left, frame.top, frame.side, frame.side);
  pen.globalAlpha = show.points ? 0.35 : 1;
  if (show.tiles && state.sheet) pen.drawImage(state.sheet, frame.left, frame.top, frame.side, frame.side);
  pen.globalAlpha = 0.85;
  if (show.points) drawPoints(pen, state, frame);
  pen.globalAlpha = 1;
  drawPlace(pen, state, frame);
  pen.restore();
  drawAxes(pen, frame, extent, state.look);
}

function drawPoints(pen, { places, labels, colours }, frame) {
  const radius = labels.length > 2500 ? 1.8 : 2.6;
  for (let i = 0; i < labels.length; i += 1) {
    pen.fillStyle = colours[labels[i]];
    pen.beginPath();
    pen.arc(frame.across(places[2 * i]), frame.down(places[2 * i + 1]), radius, 0, 2 * Math.PI);
    pen.fill();
  }
}

function drawPlace(pen, { place }, frame) {
  for (const [colour, thick] of [["#fff", 5], ["#111", 2.5]]) {
    pen.beginPath();
    pen.arc(frame.across(place[0]), frame.down(place[1]), 8, 0, 2 * Math.PI);
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.stroke();
  }
}
