// One chart: a card with a title, a legend that shows values, and a uPlot canvas. It knows nothing of runs or batches.

const EPOCH_STEPS = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

function element(tag, className, parent, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// `view` is shared by all charts: {zoom: [from, to] | null, end, text, turns, pins, colours, setZoom(range), sync}.
function createChart(name, parent, view) {
  const kind = KINDS[name];
  const card = element("section", `card ${name}`, parent);
  const header = element("header", "", card);
  const title = element("h3", "", header);
  const hint = element("span", "hint", header);
  const epoch = element("span", "entry epoch", header);
  const epochLabel = element("span", "label", epoch);
  const epochValue = element("b", "", epoch);
  const reset = element("button", "reset", header);
  reset.type = "button";
  reset.addEventListener("click", () => view.setZoom(null));
  const legend = element("div", "legend", card);
  const plot = element("div", "plot", card);
  plot.setAttribute("role", "img");
  const waiting = element("div", "waiting", plot);
  let u = null;
  let lines = [];
  let values = [];
  let latest = [];

  const lastNumber = (column) => {
    for (let i = column.length - 1; i >= 0; i -= 1) if (typeof column[i] === "number") return column[i];
    return undefined;
  };
  const show = (value) => (typeof value === "number" ? kind.format(value) : "–");
  const nothing = () => [[0], ...lines.map(() => [undefined])];

  function showValues() {
    const hovered = u && u.cursor.left >= 0 && u.cursor.idx !== null;
    const now = hovered ? u.data.map((column, series) => column[series ? u.cursor.idxs[series] : u.cursor.idx]) : latest;
    values.forEach((value, i) => value && (value.textContent = show(now[i + 1])));
    epochValue.textContent = typeof now[0] === "number" ? now[0].toFixed(2) : "–";
  }

  function build() {
    u?.destroy();
    const surface = getComputedStyle(card).getPropertyValue("--surface");
    lines = kind.lines({ ...view, surface, zoomed: () => view.zoom !== null });
    legend.replaceChildren();
    values = lines.map((line) => line.label !== undefined && legendEntry(legend, line));
    u = new uPlot(chartOptions(name, { kind, lines, card, plot, view, surface, showValues }), nothing(), plot);
    addTouch(u, view);
  }

  return {
    setText() {
      title.textContent = view.text[name];
      hint.textContent = view.text.hint;
      reset.textContent = view.text.reset;
      waiting.textContent = view.text.waiting;
      epochLabel.textContent = view.text.epoch;
    },
    build,
    setData(table) {
      const empty = table[0].length === 0;
      waiting.hidden = !empty;
      latest = empty ? [] : [table[0].at(-1), ...table.slice(1).map(lastNumber)];
      u.setData(empty ? nothing() : table);
      showValues();
      const { text } = view;
      const said = [`${text.epoch} ${latest[0]?.toFixed(2)}`];
      lines.forEach(({ label }, i) => label !== undefined && latest[i + 1] !== undefined && said.push(`${label} ${show(latest[i + 1])}`));
      plot.setAttribute("aria-label", `${text[name]}: ${empty ? text.waiting : said.join(", ")}`);
    },
    redraw: () => u.setScale("x", { min: 0, max: view.end }),
    resize: () => plot.clientWidth > 0 && u.setSize({ width: plot.clientWidth, height: plot.clientHeight }),
    destroy: () => u?.destroy(),
    card,
    plot,
  };
}

// Returns where the line's value is to be shown.
function legendEntry(legend, { label, tip, colour, ringed, dashed }) {
  const entry = element("span", "entry", legend);
  if (tip) entry.title = tip;
  const swatch = element("i", `swatch${ringed ? " ringed" : ""}${dashed ? " dashed" : ""}`, entry);
  swatch.style.setProperty("--colour", colour);
  element("span", "label", entry, label);
  return element("b", "", entry);
}

function chartOptions(name, { kind, lines, card, plot, view, surface, showValues }) {
  const style = getComputedStyle(card);
  const muted = getComputedStyle(card.querySelector(".hint")).color;
  const font = style.fontFamily;
  const axis = {
    stroke: muted,
    font: `12px ${font}`,
    labelFont: `12px ${font}`,
    labelSize: 16,
    labelGap: 0,
    gap: 6,
    grid: { stroke: style.borderTopColor, width: 1 },
    ticks: { show: false },
  };
  return {
    width: plot.clientWidth || 300,
    height: plot.clientHeight || 240,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => view.zoom ?? [0, view.end] },
      y: { range: kind.range },
    },
    axes: [
      { ...axis, label: view.text.epoch, size: 26, space: 48, incrs: EPOCH_STEPS, grid: { show: false } },
      { ...axis, label: view.text[`${name}Axis`], size: 42, space: 36, ...(kind.ticks && { incrs: kind.ticks }) },
    ],
    series: [{}, ...lines.map((line) => line.series)],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: {
        show: (u, series) => (lines[series - 1].label === undefined ? null : element("div", "", u.over)),
        size: 9,
        width: 2,
        stroke: surface,
        fill: (u, series) => lines[series - 1].colour,
      },
      bind: { dblclick: () => () => view.setZoom(null) },
      sync: { key: view.sync, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    },
    hooks: {
      draw: [(u) => drawTurns(u, view, { muted, font: axis.font })],
      setCursor: [showValues],
      setSelect: [
        (u) => {
          if (u.select.width >= 4) view.setZoom([u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")]);
          u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        },
      ],
    },
  };
}

// A line wherever the learning rate was turned, with the new rate; of labels that would overlap the later one is written.
function drawTurns(u, view, { muted, font }) {
  const { ctx: pen } = u;
  const scale = window.devicePixelRatio || 1;
  const { left, top, width, height } = u.bbox;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.strokeStyle = pen.fillStyle = muted;
  pen.lineWidth = scale;
  pen.font = font.replace(/^\d+px/, `${11 * scale}px`);
  pen.textBaseline = "top";
  pen.textAlign = "left";
  let free = left + width;
  for (const [epoch, rate] of [...view.turns].reverse()) {
    const x = Math.round(u.valToPos(epoch, "x", true));
    pen.setLineDash([4 * scale, 4 * scale]);
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, top + height);
    pen.stroke();
    const label = view.text.turn.replace("{rate}", rateText(rate));
    const needed = pen.measureText(label).width + 8 * scale;
    const toTheLeft = x + needed > left + width;
    const [from, to] = toTheLeft ? [x - needed, x] : [x, x + needed];
    if (to > free || from < left) continue;
    pen.fillText(label, from + 4 * scale, top + 2 * scale);
    free = from;
  }
  pen.restore();
}

const rateText = (rate) => (rate >= 0.0001 ? String(Number(rate.toPrecision(2))) : rate.toExponential(1));
