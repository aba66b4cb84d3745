// Reads the drawing in this browser while the pen is down, and shows below what the live answer is. Nothing is sent to the server.

const MAX_READERS = 4; // of networks that were loaded, so that going back to one takes no time
const WARM_UP_READS = 5; // a browser compiles a script while it runs the first times
const IDLE_MS = 2000;
const views = new WeakMap(); // by the root of the component
const readers = new Map(); // promises by the path of the network

export default function ({ parentElement, data }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  views.set(parentElement, view);
  const before = view.data;
  view.data = data;
  if (before?.network !== data.network) load(view, data);
  if (before?.drawing !== data.drawing) confirmStrokes(view);
  return view.close;
}

function mount(parentElement) {
  const view = { note: parentElement.querySelector(".note"), strokes: [], pending: [], stroke: null, isLive: false, readyAt: 0 };
  const closed = new AbortController(), { signal } = closed;
  document.addEventListener("nn-lab-pen", ({ detail }) => movePen(view, detail), { signal });
  // What is pressed may change the canvas: the server's next answer counts, whatever was drawn just before.
  document.addEventListener("click", () => { if (!view.stroke) view.pending = []; }, { signal, capture: true });
  view.close = () => {
    clearTimeout(view.timer);
    closed.abort();
    views.delete(parentElement);
  };
  return view;
}

// Loading

async function load(view, { script, network, text }) {
  view.read = null;
  showNote(view, "loading", text.loading);
  try {
    const { read } = await findReader(script, network, text);
    if (view.data.network !== network) return;
    view.read = read;
    showNote(view, "ready", text.ready);
  } catch (error) {
    console.warn(error);
    if (view.data.network === network) showNote(view, "failed", error.message);
  }
}

function findReader(script, network, text) {
  if (!readers.has(network)) {
    const reader = loadReader(script, network, text);
    readers.set(network, reader);
    reader.catch(() => readers.delete(network)); // so that the next visit tries again
    if (readers.size > MAX_READERS) readers.delete(readers.keys().next().value);
  }
  return readers.get(network);
}

async function loadReader(script, network, text) {
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: IDLE_MS }));
  const [payload, module] = await Promise.all([fetchNetwork(network, text), importScript(script, text)]);
  const reader = module.createReader(payload);
  const sample = { size: 280, pen_width: 18, strokes: [[[80, 70], [200, 70], [130, 220]]] };
  for (let i = 0; i < WARM_UP_READS; i++) reader.read(sample);
  return reader;
}

// An answer that is no network is a sentence that says why there is none.
async function fetchNetwork(path, text) {
  const response = await fetch(new URL(path, document.baseURI), { priority: "low" }).catch(() => ({ status: 0 }));
  if (response.status === 422) throw new Error(fillIn(text.refused, { reason: await response.text() }));
  if (!response.ok) throw new Error(text.failed);
  return response.arrayBuffer();
}

function importScript(path, text) {
  return import(new URL(path, document.baseURI)).catch(() => { throw new Error(text.failed); });
}

function showNote(view, state, text) {
  view.note.dataset.state = state;
  view.note.textContent = text;
}

// Reading

function movePen(view, { phase, points, time }) {
  if (phase === "down" || phase === "move") {
    view.stroke = points;
    view.time = time;
    scheduleRead(view);
    return;
  }
  if (view.timer) readNow(view); // the last points
  view.stroke = null;
  if (phase === "up") view.pending.push(points);
  else endLive(view);
}

// Reading takes at most half of the time, so that the canvas keeps up on a slow device. The last points are always read.
function scheduleRead(view) {
  if (!view.read || view.timer) return;
  const wait = view.readyAt - performance.now();
  if (wait > 0) view.timer = setTimeout(() => readNow(view), wait);
  else readNow(view);
}

function readNow(view) {
  clearTimeout(view.timer);
  view.timer = 0;
  if (!view.read || !view.stroke) return;
  const start = performance.now();
  const others = [...view.strokes, ...view.pending];
  const { size, pen, characters, classes, text } = view.data;
  const strokes = characters ? findCharacter(others, view.stroke, pen) : [...others, view.stroke];
  try {
    const answer = view.read({ size, pen_width: pen, strokes });
    if (answer) {
      view.isLive = true;
      tell(view, { answer: { ...answer, classes } });
    }
  } catch (error) {
    console.error(error);
    view.read = null;
    showNote(view, "failed", text.failed);
    endLive(view);
  }
  const end = performance.now();
  view.readyAt = 2 * end - start;
}

// The strokes that are one digit or letter with the one that is being drawn: all whose ink overlaps it, or one another, from left to
// right.
function findCharacter(others, stroke, gap) {
  const found = [stroke];
  let rest = others, [left, right] = findExtent(stroke);
  for (;;) {
    const touches = (other) => {
      const [otherLeft, otherRight] = findExtent(other);
      return otherLeft - gap <= right && otherRight + gap >= left;
    };
    const near = rest.filter(touches);
    if (!near.length) return found;
    found.unshift(...near);
    rest = rest.filter((other) => !near.includes(other));
    for (const [otherLeft, otherRight] of near.map(findExtent)) [left, right] = [Math.min(left, otherLeft), Math.max(right, otherRight)];
  }
}

function findExtent(stroke) {
  const xs = stroke.map(([x]) => x);
  return [Math.min(...xs), Math.max(...xs)];
}

// The server's answers: `strokes` are those that it has read.

function confirmStrokes(view) {
  const { strokes } = view.data;
  const added = strokes.length - view.strokes.length;
  view.pending.splice(0, added > 0 ? added : view.pending.length);
  view.strokes = strokes;
  if (!view.stroke && !view.pending.length) endLive(view);
}

function endLive(view) {
  if (view.isLive) tell(view, { drawing: view.data.drawing });
  view.isLive = false;
}

function tell(view, detail) {
  document.dispatchEvent(new CustomEvent("nn-lab-live-answer", { detail: { key: view.data.key, time: view.time, ...detail } }));
}
