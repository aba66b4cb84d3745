// The component: keeps one state per element on the page, adds batches to it, and asks again for missing points.

const states = new WeakMap();
let instances = 0;

export function render({ parentElement, data, setStateValue }) {
  const state = states.get(parentElement) ?? mount(parentElement, data);
  states.set(parentElement, state);
  if (data.text) setText(state, data.text);

  const isNew = state.run !== data.run || state.generation !== data.generation;
  const isPartial = [data.train, data.validation, ...data.pinned].some(({ from }) => from > 0);
  let complete = state.view.text !== null && !(isNew && isPartial);
  if (complete) {
    if (state.run !== data.run) state.view.zoom = null;
    if (isNew) state.curves = newCurves();
    [state.run, state.generation] = [data.run, data.generation];
    complete = addBatches(state.curves, data);
  }
  confirm(state, complete ? [state.run, state.generation] : [], setStateValue);
  state.epochs = data.epochs;
  state.view.rateChanges = data.rateChanges;
  state.view.pins = data.pinned.map(({ id, name }) => ({ id, name }));
  setLayout(state, data);
  if (state.view.text) draw(state);
  // Streamlit also calls this after an update that was overtaken by a newer one, so clean up only if the chart has left the page.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

// The texts are sent only with a full history.
function setText({ view, charts, zoomBar, course }, text) {
  view.text = text;
  [...charts, zoomBar, course].forEach((part) => part.setText());
}

// Without accuracy, the loss has the full width. A compact chart is half as high. The chart of pinned drawings is below the others.
function setLayout({ root, charts }, { accuracy, compact, pinned }) {
  charts[1].card.hidden = !accuracy;
  charts[2].card.hidden = pinned.length === 0;
  root.dataset.alone = String(!accuracy);
  root.dataset.compact = String(compact);
}

// Until the server knows which history this browser has, it sends all of it.
function confirm(state, received, setStateValue) {
  const confirmed = JSON.stringify(received);
  if (confirmed === state.confirmed) return;
  state.confirmed = confirmed;
  setStateValue("received", received);
}

function mount(parentElement, { received }) {
  const root = element("div", "live-chart", parentElement);
  element("style", "", root, STYLE);
  const state = { root, curves: newCurves(), epochs: 1, confirmed: JSON.stringify(received ?? []), theme: "" };
  instances += 1;
  state.view = {
    zoom: null,
    end: 1,
    text: null,
    rateChanges: [],
    pins: [],
    palette: null,
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
  addZooming(state.view);
  const cards = element("div", "cards", root);
  state.charts = ["loss", "accuracy", "pinned"].map((name) => createChart(name, cards, state.view));
  const foot = element("div", "foot", root);
  state.course = createCourse(foot, state.view);
  state.zoomBar = createZoomBar(foot, state.view);
  state.forced = forcedColours();
  state.recolour = () => state.view.text && draw(state);
  state.forced.addEventListener("change", state.recolour);
  state.observer = new ResizeObserver(() => {
    state.charts.forEach((chart) => chart.resize());
    if (state.scale !== textScale()) state.recolour();
  });
  state.charts.forEach((chart) => state.observer.observe(chart.plot));
  return state;
}

function unmount(parentElement, state) {
  state.observer.disconnect();
  state.forced.removeEventListener("change", state.recolour);
  state.charts.forEach((chart) => chart.destroy());
  states.delete(parentElement);
  state.root.remove();
}

function markZoom({ root, view, zoomBar }) {
  const zoomed = String(view.zoom !== null);
  if (root.dataset.zoomed !== zoomed) root.dataset.zoomed = zoomed;
  zoomBar.update();
}

function draw(state) {
  const { root, view, charts, curves } = state;
  const begun = performance.now();
  const pinned = view.pins.map(({ id }) => curves.pinned.get(id) ?? newCurve("share"));
  view.end = Math.max(state.epochs, ...[curves.train, curves.validation, ...pinned].map(({ x }) => x.at(-1) ?? 0));
  state.scale = textScale();
  const theme = getThemeKey(root) + state.scale + JSON.stringify(view.pins);
  if (theme !== state.theme || view.text !== state.builtText) {
    view.palette = paletteOf(root);
    charts.forEach((chart) => chart.build());
  }
  [state.theme, state.builtText] = [theme, view.text];
  const smoothOver = view.end * 0.006;
  charts[0].setData(align(curves.train, curves.validation, "loss", KINDS.loss.scale, smoothOver));
  charts[1].setData(align(curves.train, curves.validation, "accuracy", KINDS.accuracy.scale, smoothOver));
  charts[2].setData(join(pinned.map(({ x, share }) => ({ x, columns: [share] })), KINDS.pinned.scale));
  state.course.update(charts.filter(({ card }) => !card.hidden).map((chart) => chart.getContent()));
  markZoom(state);
  root.dataset.points = String(curves.train.x.length);
  root.dataset.covered = String(curves.train.covered);
  root.dataset.pinnedPoints = pinned.map(({ x }) => x.length).join(" ");
  root.dataset.rateChanges = String(view.rateChanges.length);
  root.dataset.validationPoints = String(curves.validation.x.length);
  // uPlot draws in a microtask; this one runs after it.
  queueMicrotask(() => (root.dataset.drawMs = (performance.now() - begun).toFixed(1)));
}

// Everything that the style of the charts depends on, as one text.
function getThemeKey(root) {
  const style = getComputedStyle(root);
  const names = ["text-color", "background-color", "font", "chart-categorical-colors"];
  return [...names.map((name) => style.getPropertyValue(`--st-${name}`)), forcedColours().matches].join("|");
}
