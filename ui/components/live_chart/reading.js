// Reading a chart by keyboard: a place on one of its curves, which the arrow keys move, and a sentence that says what is there.

const STEP = 0.01; // of what is in view; a longer zoom makes finer steps
const LEAP = 0.1;

// now: () => {u, lines} as they are; said: the live region; marked(series): shows which curve is read, 0 for none.
function createReading({ plot, said, now, view, kind, marked }) {
  let place = null; // {series, x, y}

  function pointsOf(series) {
    const column = now().u.data[series];
    return [...column.keys()].filter((i) => typeof column[i] === "number");
  }

  const readableSeries = () =>
    now().lines.map(({ label }, i) => (label === undefined ? 0 : i + 1)).filter((series) => series && pointsOf(series).length);

  function take(series, i) {
    const { u, lines } = now();
    place = { series, x: u.data[0][i], y: u.data[series][i] };
    view.bringIntoView(place.x);
    const parts = { curve: lines[series - 1].label, epoch: epochText(place.x), value: kind.format(place.y) };
    said.textContent = fillIn(view.text.reading, parts);
    plot.classList.add("read");
    marked(series);
    queueMicrotask(point); // uPlot takes in a new zoom in a microtask
  }

  // Puts the cursor onto the place; the other charts follow.
  function point() {
    if (!place) return;
    const { u } = now();
    const top = Math.min(Math.max(u.valToPos(place.y, "y"), 0), u.over.clientHeight);
    u.setCursor({ left: u.valToPos(place.x, "x"), top }, true, true);
  }

  function leave() {
    if (!place) return;
    place = null;
    said.textContent = "";
    plot.classList.remove("read");
    marked(0);
    now().u.setCursor({ left: -10, top: -10 }, true, true);
  }

  function along(way, share) {
    const { u } = now();
    const x = u.data[0];
    const ahead = pointsOf(place.series).filter((i) => way * (x[i] - place.x) > 0);
    if (way < 0) ahead.reverse();
    const least = share * (u.scales.x.max - u.scales.x.min);
    const next = ahead.find((i) => Math.abs(x[i] - place.x) >= least) ?? ahead.at(-1);
    if (next !== undefined) take(place.series, next);
  }

  function across(way) {
    const series = readableSeries();
    const next = series[(series.indexOf(place.series) + way + series.length) % series.length];
    const x = now().u.data[0];
    take(next, pointsOf(next).reduce((best, i) => (Math.abs(x[i] - place.x) < Math.abs(x[best] - place.x) ? i : best)));
  }

  const toEnd = (which) => take(place.series, pointsOf(place.series).at(which));
  const moves = {
    ArrowLeft: () => along(-1, STEP),
    ArrowRight: () => along(1, STEP),
    PageDown: () => along(-1, LEAP),
    PageUp: () => along(1, LEAP),
    ArrowUp: () => across(-1),
    ArrowDown: () => across(1),
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
      if (place && readableSeries().includes(place.series)) moves[key]();
      else take(first, pointsOf(first).at(["ArrowRight", "Home"].includes(key) ? 0 : -1));
    } else if (zooms[key]) view.zoomBy(zooms[key], place?.x);
    else if (key === "0") view.setZoom(null);
    else if (key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation(); // no shortcut of the page's
  });
  plot.addEventListener("blur", leave);
  plot.addEventListener("pointermove", leave);
  return { point, leave };
}
