// One chart: a card with a title, a legend with values, and a uPlot canvas. It does not depend on runs or batches.

// `view` is shared by all charts: {zoom: [from, to] | null, end, text, rateChanges, pins, palette, setZoom(range), sync}.
function createChart(name, parent, view) {
  const kind = KINDS[name];
  const card = element("section", `card ${name}`, parent);
  const header = element("header", "", card);
  const title = element("h2", "", header);
  const hint = element("span", "hint", header);
  hint.setAttribute("aria-hidden", "true");
  const epoch = element("span", "entry epoch", header);
  const epochLabel = element("span", "label", epoch);
  const epochValue = element("b", "", epoch);
  const legend = element("div", "legend", card);
  const plot = element("div", "plot", card);
  plot.setAttribute("role", "application");
  plot.tabIndex = 0;
  const waiting = element("div", "waiting", plot);
  const spokenValue = element("p", "reading", plot);
  spokenValue.setAttribute("role", "status");
  const keys = element("p", "keys", plot);
  const description = element("p", "quiet", card);
  keys.id = `${view.sync}-${name}-keys`;
  description.id = `${view.sync}-${name}-course`;
  plot.setAttribute("aria-describedby", `${description.id} ${keys.id}`);
  let u = null;
  let lines = [];
  let values = [];
  let latest = [];
  let points = [];
  let table = [[]];
  let sentences = []; // one for each curve

  const lastNumber = (column) => {
    for (let i = column.length - 1; i >= 0; i -= 1) if (typeof column[i] === "number") return column[i];
    return undefined;
  };
  const formatValue = (value) => (typeof value === "number" ? kind.format(value) : "–");
  const createEmptyTable = () => [[0], ...lines.map(() => [undefined])];
  const highlight = (series) => {
    points.forEach((point, i) => point?.classList.toggle("read", i === series));
    values.forEach((value, i) => value && value.parentElement.classList.toggle("read", i + 1 === series));
  };
  const reading = createReading({ plot, spokenValue, getChart: () => ({ u, lines }), view, kind, highlight });

  function showValues() {
    const hovered = u && u.cursor.left >= 0 && u.cursor.idx !== null;
    const current = hovered ? u.data.map((column, series) => column[series ? u.cursor.idxs[series] : u.cursor.idx]) : latest;
    values.forEach((value, i) => value && (value.textContent = formatValue(current[i + 1])));
    epochValue.textContent = typeof current[0] === "number" ? current[0].toFixed(2) : "–";
  }

  function build() {
    reading.leave();
    u?.destroy();
    lines = kind.lines({ ...view, name });
    points = [];
    legend.replaceChildren();
    values = lines.map((line) => line.label !== undefined && legendEntry(legend, line, view));
    u = new uPlot(chartOptions(name, { kind, lines, plot, view, showValues, points }), createEmptyTable(), plot);
    addTouch(u, view);
  }

  const describeCurves = () =>
    lines
      .map(({ label, fullName = label }, i) => label !== undefined && describeCurve(fullName, [table[0], table[i + 1]], kind, view.text))
      .filter(Boolean);

  return {
    name,
    setText() {
      title.textContent = view.text[name];
      hint.textContent = view.text.hint;
      waiting.textContent = view.text.waiting;
      epochLabel.textContent = view.text.epoch;
      keys.textContent = view.text.keys;
      plot.setAttribute("aria-roledescription", view.text.chart);
    },
    build,
    setData(data) {
      const empty = data[0].length === 0;
      waiting.hidden = !empty;
      latest = empty ? [] : [data[0].at(-1), ...data.slice(1).map(lastNumber)];
      table = empty ? createEmptyTable() : data;
      u.setData(table);
      showValues();
      queueMicrotask(reading.moveCursor); // after uPlot's own microtask, which processes the data
      const { text } = view;
      const figures = [`${text.epoch} ${latest[0]?.toFixed(2)}`];
      lines.forEach(({ label }, i) => label !== undefined && latest[i + 1] !== undefined && figures.push(`${label} ${formatValue(latest[i + 1])}`));
      plot.setAttribute("aria-label", `${text[name]}: ${empty ? text.waiting : figures.join(", ")}`);
      sentences = describeCurves();
      description.textContent = sentences.join(" ");
    },
    getContent: () => ({ name, kind, table, lines, sentences }),
    redraw: () => u?.setScale("x", { min: 0, max: view.end }),
    resize: () => plot.clientWidth > 0 && u?.setSize({ width: plot.clientWidth, height: plot.clientHeight }),
    destroy: () => u?.destroy(),
    card,
    plot,
  };
}

// Returns the element for the line's value.
function legendEntry(legend, line, { palette }) {
  const entry = element("span", "entry", legend);
  if (line.tip) entry.title = line.tip;
  swatch(entry, { ...line, surface: cssOf(palette.surface) });
  element("span", "label", entry, line.label);
  return element("b", "", entry);
}
