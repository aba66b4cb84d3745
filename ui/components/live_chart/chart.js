// One chart: a card with a title, a legend that shows values, and a uPlot canvas. It knows nothing of runs or batches.

function element(tag, className, parent, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// `view` is shared by all charts: {zoom: [from, to] | null, end, text, turns, pins, palette, setZoom(range), sync}.
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
  const said = element("p", "reading", plot);
  said.setAttribute("role", "status");
  const keys = element("p", "keys", plot);
  const described = element("p", "quiet", card);
  keys.id = `${view.sync}-${name}-keys`;
  described.id = `${view.sync}-${name}-course`;
  plot.setAttribute("aria-describedby", `${described.id} ${keys.id}`);
  let u = null;
  let lines = [];
  let values = [];
  let latest = [];
  let points = [];
  let table = [[]];
  let sentences = []; // on the course of each curve

  const lastNumber = (column) => {
    for (let i = column.length - 1; i >= 0; i -= 1) if (typeof column[i] === "number") return column[i];
    return undefined;
  };
  const show = (value) => (typeof value === "number" ? kind.format(value) : "–");
  const nothing = () => [[0], ...lines.map(() => [undefined])];
  const marked = (series) => {
    points.forEach((point, i) => point?.classList.toggle("read", i === series));
    values.forEach((value, i) => value && value.parentElement.classList.toggle("read", i + 1 === series));
  };
  const reading = createReading({ plot, said, now: () => ({ u, lines }), view, kind, marked });

  function showValues() {
    const hovered = u && u.cursor.left >= 0 && u.cursor.idx !== null;
    const now = hovered ? u.data.map((column, series) => column[series ? u.cursor.idxs[series] : u.cursor.idx]) : latest;
    values.forEach((value, i) => value && (value.textContent = show(now[i + 1])));
    epochValue.textContent = typeof now[0] === "number" ? now[0].toFixed(2) : "–";
  }

  function build() {
    reading.leave();
    u?.destroy();
    lines = kind.lines({ ...view, name });
    points = [];
    legend.replaceChildren();
    values = lines.map((line) => line.label !== undefined && legendEntry(legend, line, view));
    u = new uPlot(chartOptions(name, { kind, lines, plot, view, showValues, points }), nothing(), plot);
    addTouch(u, view);
  }

  const sentencesNow = () =>
    lines
      .map(({ label, fullName = label }, i) => label !== undefined && sentence(fullName, [table[0], table[i + 1]], kind, view.text))
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
    setData(given) {
      const empty = given[0].length === 0;
      waiting.hidden = !empty;
      latest = empty ? [] : [given[0].at(-1), ...given.slice(1).map(lastNumber)];
      table = empty ? nothing() : given;
      u.setData(table);
      showValues();
      queueMicrotask(reading.point); // behind uPlot's own, which takes in the data
      const { text } = view;
      const figures = [`${text.epoch} ${latest[0]?.toFixed(2)}`];
      lines.forEach(({ label }, i) => label !== undefined && latest[i + 1] !== undefined && figures.push(`${label} ${show(latest[i + 1])}`));
      plot.setAttribute("aria-label", `${text[name]}: ${empty ? text.waiting : figures.join(", ")}`);
      sentences = sentencesNow();
      described.textContent = sentences.join(" ");
    },
    shown: () => ({ name, kind, table, lines, sentences }),
    redraw: () => u?.setScale("x", { min: 0, max: view.end }),
    resize: () => plot.clientWidth > 0 && u?.setSize({ width: plot.clientWidth, height: plot.clientHeight }),
    destroy: () => u?.destroy(),
    card,
    plot,
  };
}

// Returns where the line's value is to be shown.
function legendEntry(legend, line, { palette }) {
  const entry = element("span", "entry", legend);
  if (line.tip) entry.title = line.tip;
  swatch(entry, { ...line, surface: cssOf(palette.surface) });
  element("span", "label", entry, line.label);
  return element("b", "", entry);
}
