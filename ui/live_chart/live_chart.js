// The component: keeps one state per place on the page, feeds it with batches, asks again for what is missing.

const states = new WeakMap();
const ASK_AGAIN_AFTER_MS = 2000;
let instances = 0;

export function render({ parentElement, data, setTriggerValue }) {
  const state = states.get(parentElement) ?? mount(parentElement);
  states.set(parentElement, state);
  state.view.text = data.text;
  state.charts.forEach((chart) => chart.setText());

  const isNew = state.run !== data.run || state.generation !== data.generation;
  if (isNew && (data.train.from > 0 || data.validation.from > 0)) {
    ask(state, setTriggerValue);
  } else {
    if (state.run !== data.run) state.view.zoom = null;
    if (isNew) state.curves = { train: newCurve(), validation: newCurve() };
    [state.run, state.generation] = [data.run, data.generation];
    const complete = takeBatch(state.curves.train, data.train) && takeBatch(state.curves.validation, data.validation);
    if (!complete) ask(state, setTriggerValue);
  }
  state.epochs = data.epochs;
  state.view.turns = data.turns;
  setLayout(state, data);
  draw(state);
  // Streamlit also calls this for an update that a newer one has overtaken: only a chart that has left the page is done.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

// Where there is no accuracy the loss has the whole width; a compact chart is half as high.
function setLayout({ root, charts }, { accuracy, compact }) {
  charts[1].card.hidden = !accuracy;
  root.dataset.alone = String(!accuracy);
  root.dataset.compact = String(compact);
}

function ask(state, setTriggerValue) {
  const now = performance.now();
  if (now - state.askedAt < ASK_AGAIN_AFTER_MS) return;
  state.askedAt = now;
  setTriggerValue("need", "points");
}

function mount(parentElement) {
  const root = element("div", "live-chart", parentElement);
  element("style", "", root, STYLE);
  const state = { root, curves: { train: newCurve(), validation: newCurve() }, epochs: 1, askedAt: -Infinity, theme: "" };
  instances += 1;
  state.view = {
    zoom: null,
    end: 1,
    text: {},
    turns: [],
    sync: `live-chart-${instances}`,
    setZoom(range) {
      const { end } = state.view;
      const low = range ? Math.max(0, range[0]) : 0;
      const high = range ? Math.min(end, range[1]) : end;
      if (range && high - low < end * 1e-4) return;
      state.view.zoom = range && (low > 0 || high < end) ? [low, high] : null;
      markZoom(state);
      state.charts.forEach((chart) => chart.redraw());
    },
  };
  const cards = element("div", "cards", root);
  state.charts = ["loss", "accuracy"].map((name) => createChart(name, cards, state.view));
  state.observer = new ResizeObserver(() => state.charts.forEach((chart) => chart.resize()));
  state.charts.forEach((chart) => state.observer.observe(chart.plot));
  return state;
}

function unmount(parentElement, state) {
  state.observer.disconnect();
  state.charts.forEach((chart) => chart.destroy());
  states.delete(parentElement);
  state.root.remove();
}

function markZoom({ root, view }) {
  const zoomed = String(view.zoom !== null);
  if (root.dataset.zoomed !== zoomed) root.dataset.zoomed = zoomed;
}

function draw(state) {
  const { root, view, charts, curves } = state;
  const begun = performance.now();
  view.end = Math.max(state.epochs, curves.train.x.at(-1) ?? 0, curves.validation.x.at(-1) ?? 0);
  const theme = themeOf(root) + JSON.stringify(view.text);
  if (theme !== state.theme) charts.forEach((chart) => chart.build());
  state.theme = theme;
  const smoothOver = view.end * 0.006;
  charts[0].setData(align(curves.train, curves.validation, "loss", KINDS.loss.scale, smoothOver));
  charts[1].setData(align(curves.train, curves.validation, "accuracy", KINDS.accuracy.scale, smoothOver));
  markZoom(state);
  root.dataset.points = String(curves.train.x.length);
  root.dataset.covered = String(curves.train.covered);
  root.dataset.turns = String(view.turns.length);
  root.dataset.validationPoints = String(curves.validation.x.length);
  // uPlot draws in a microtask; this one is queued behind it.
  queueMicrotask(() => (root.dataset.drawMs = (performance.now() - begun).toFixed(1)));
}

// The theme's colours and font as one text, and the two curve colours as variables that canvas and legend share.
function themeOf(root) {
  const style = getComputedStyle(root);
  const names = ["text-color", "background-color", "border-color", "font", "chart-categorical-colors"];
  const values = names.map((name) => style.getPropertyValue(`--st-${name}`).trim());
  const colours = values[4].split(/,(?![^(]*\))/).map((colour) => colour.trim());
  root.style.setProperty("--training", colours[0] || "#1f77b4");
  root.style.setProperty("--validation", colours[1] || "#ff7f0e");
  return values.join("|");
}
