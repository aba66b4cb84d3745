// Reading a chart by keyboard: arrow keys move a cursor along its curves, and a live region announces the value.

const STEP = 0.01; // of the visible range
const PAGE_STEP = 0.1;

// getChart: () => {u, lines}, which change; spokenValue: the live region; highlight(series): highlights a curve, 0 for none.
function createReading({ plot, spokenValue, getChart, view, kind, highlight }) {
  let cursor = null; // {series, x, y}

  function pointsOf(series) {
    const column = getChart().u.data[series];
    return [...column.keys()].filter((i) => typeof column[i] === "number");
  }

  const readableSeries = () =>
    getChart().lines.map(({ label }, i) => (label === undefined ? 0 : i + 1)).filter((series) => series && pointsOf(series).length);

  function moveTo(series, i) {
    const { u, lines } = getChart();
    cursor = { series, x: u.data[0][i], y: u.data[series][i] };
    view.bringIntoView(cursor.x);
    const parts = { curve: lines[series - 1].label, epoch: epochText(cursor.x), value: kind.format(cursor.y) };
    spokenValue.textContent = fillIn(view.text.reading, parts);
    plot.classList.add("read");
    highlight(series);
    queueMicrotask(moveCursor); // uPlot applies a new zoom in a microtask
  }

  // Moves uPlot's cursor; the other charts follow.
  function moveCursor() {
    if (!cursor) return;
    const { u } = getChart();
    const top = Math.min(Math.max(u.valToPos(cursor.y, "y"), 0), u.over.clientHeight);
    u.setCursor({ left: u.valToPos(cursor.x, "x"), top }, true, true);
  }

  function leave() {
    if (!cursor) return;
    cursor = null;
    spokenValue.textContent = "";
    plot.classList.remove("read");
    highlight(0);
    getChart().u.setCursor({ left: -10, top: -10 }, true, true);
  }

  function moveAlong(direction, share) {
    const { u } = getChart();
    const x = u.data[0];
    const ahead = pointsOf(cursor.series).filter((i) => direction * (x[i] - cursor.x) > 0);
    if (direction < 0) ahead.reverse();
    const least = share * (u.scales.x.max - u.scales.x.min);
    const next = ahead.find((i) => Math.abs(x[i] - cursor.x) >= least) ?? ahead.at(-1);
    if (next !== undefined) moveTo(cursor.series, next);
  }

  function changeCurve(direction) {
    const series = readableSeries();
    const next = series[(series.indexOf(cursor.series) + direction + series.length) % series.length];
    const x = getChart().u.data[0];
    moveTo(next, pointsOf(next).reduce((best, i) => (Math.abs(x[i] - cursor.x) < Math.abs(x[best] - cursor.x) ? i : best)));
  }

  const toEnd = (which) => moveTo(cursor.series, pointsOf(cursor.series).at(which));
  const moves = {
    ArrowLeft: () => moveAlong(-1, STEP),
    ArrowRight: () => moveAlong(1, STEP),
    PageDown: () => moveAlong(-1, PAGE_STEP),
    PageUp: () => moveAlong(1, PAGE_STEP),
    ArrowUp: () => changeCurve(-1),
    ArrowDown: () => changeCurve(1),
    Home: () => toEnd(0),
    End: () => toEnd(-1),
  };
  const zooms = { "+": 0.5, "=": 0.5, "-": 2, _: 2 };

  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (moves[key]) {
      const [first] = readableSeries();
      if (!first) return;
      if (cursor && readableSeries().includes(cursor.series)) moves[key]();
      else moveTo(first, pointsOf(first).at(["ArrowRight", "Home"].includes(key) ? 0 : -1));
    } else if (zooms[key]) view.zoomBy(zooms[key], cursor?.x);
    else if (key === "0") view.setZoom(null);
    else if (key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation(); // no keyboard shortcut of the page
  });
  plot.addEventListener("blur", leave);
  plot.addEventListener("pointermove", leave);
  return { moveCursor, leave };
}
