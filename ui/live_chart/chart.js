// One chart: a card with a title, a legend that shows values, and a uPlot canvas. It knows nothing of runs or batches.

const RAW = 1;
const SMOOTHED = 2;
const VALIDATION = 3;
const EPOCH_STEPS = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000].flatMap((ten) => [ten, 2 * ten, 5 * ten]);
const ACCURACY_FLOORS = [99.5, 99, 98, 97, 96, 95, 92, 90, 85, 80, 70, 60, 50, 40, 30, 20, 10];

function element(tag, className, parent, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// The numbers of a curve that are in view, sorted; about 600 are plenty to find a quantile of the training curve.
function inView(u, series) {
  const [first, last] = u.series[0].idxs;
  const step = series === VALIDATION ? 1 : Math.max(1, Math.floor((last - first) / 600));
  const found = [];
  for (let i = first; i <= last; i += step) {
    const value = u.data[series][i];
    if (typeof value === "number") found.push(value);
  }
  return found.sort((a, b) => a - b);
}

const quantile = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];

// From zero up to what is in view; a short spike may leave the chart at the top rather than flatten everything else.
function lossRange(u, low, high) {
  const [training, validation] = [inView(u, SMOOTHED), inView(u, VALIDATION)];
  if (!training.length && !validation.length) return [0, 1];
  const usual = Math.max(quantile(training, 0.97) ?? 0, quantile(validation, 0.97) ?? 0);
  const top = usual > 0 && high > 4 * usual ? 2 * usual : high;
  return [Math.min(0, training[0] ?? 0, validation[0] ?? 0), top > 0 ? top * 1.05 : 1];
}

// Up to 100 %, from a round floor below nearly everything in view: the first clumsy steps may start below the chart.
function accuracyRange(u) {
  const [training, validation] = [inView(u, SMOOTHED), inView(u, VALIDATION)];
  if (!training.length && !validation.length) return [0, 102];
  const usual = Math.min(quantile(training, 0.05) ?? 100, quantile(validation, 0.03) ?? 100);
  const lowest = usual - (100 - usual) * 0.15;
  const floor = ACCURACY_FLOORS.find((candidate) => candidate <= lowest) ?? 0;
  return [floor, 100 + (100 - floor) * 0.02];
}

const KINDS = {
  loss: {
    scale: 1,
    range: lossRange,
    format: (value) => {
      const size = Math.abs(value);
      if (size >= 10000 || (size > 0 && size < 0.0005)) return value.toExponential(2);
      return value.toFixed(size >= 100 ? 1 : 4);
    },
  },
  accuracy: { scale: 100, range: accuracyRange, format: (value) => `${value.toFixed(2)}%` },
};

// `view` is shared by both charts: {zoom: [from, to] | null, end, text, turns, setZoom(range), sync}.
function createChart(name, parent, view) {
  const kind = KINDS[name];
  const card = element("section", "card", parent);
  const header = element("header", "", card);
  const title = element("h3", "", header);
  const hint = element("span", "hint", header);
  const epoch = element("span", "entry epoch", header);
  const reset = element("button", "reset", header);
  reset.type = "button";
  reset.addEventListener("click", () => view.setZoom(null));
  const legend = element("div", "legend", card);
  const entries = Object.fromEntries(
    ["training", "validation", "epoch"].map((key) => {
      const entry = key === "epoch" ? epoch : element("span", `entry ${key}`, legend);
      if (entry !== epoch) element("i", "swatch", entry);
      return [key, { label: element("span", "label", entry), value: element("b", "", entry) }];
    }),
  );
  const plot = element("div", "plot", card);
  plot.setAttribute("role", "img");
  const waiting = element("div", "waiting", plot);
  let u = null;
  let latest = {};

  const lastNumber = (column) => {
    for (let i = column.length - 1; i >= 0; i -= 1) if (typeof column[i] === "number") return column[i];
    return undefined;
  };
  const show = (value) => (typeof value === "number" ? kind.format(value) : "–");

  function showValues() {
    const hovered = u && u.cursor.left >= 0 && u.cursor.idx !== null;
    const at = (series) => u.data[series][u.cursor.idxs[series]];
    const values = hovered ? { training: at(SMOOTHED), validation: at(VALIDATION), epoch: u.data[0][u.cursor.idx] } : latest;
    entries.training.value.textContent = show(values.training);
    entries.validation.value.textContent = show(values.validation);
    entries.epoch.value.textContent = typeof values.epoch === "number" ? values.epoch.toFixed(2) : "–";
  }

  function build() {
    u?.destroy();
    u = new uPlot(chartOptions(name, kind, card, plot, view, showValues), [[0], [undefined], [undefined], [undefined]], plot);
    addTouch(u, view);
  }

  return {
    setText() {
      title.textContent = view.text[name];
      hint.textContent = view.text.hint;
      reset.textContent = view.text.reset;
      waiting.textContent = view.text.waiting;
      entries.training.label.textContent = view.text.training;
      entries.training.label.parentNode.title = view.text.smoothed;
      entries.validation.label.textContent = view.text.validation;
      entries.epoch.label.textContent = view.text.epoch;
    },
    build,
    setData(table) {
      const empty = table[0].length === 0;
      waiting.hidden = !empty;
      latest = empty ? {} : { training: lastNumber(table[SMOOTHED]), validation: lastNumber(table[VALIDATION]), epoch: table[0].at(-1) };
      u.setData(empty ? [[0], [undefined], [undefined], [undefined]] : table);
      showValues();
      const { text } = view;
      const said = [`${text.epoch} ${latest.epoch?.toFixed(2)}`, `${text.training} ${show(latest.training)}`];
      if (latest.validation !== undefined) said.push(`${text.validation} ${show(latest.validation)}`);
      plot.setAttribute("aria-label", `${text[name]}: ${empty ? text.waiting : said.join(", ")}`);
    },
    redraw: () => u.setScale("x", { min: 0, max: view.end }),
    resize: () => plot.clientWidth > 0 && u.setSize({ width: plot.clientWidth, height: plot.clientHeight }),
    destroy: () => u?.destroy(),
    card,
    plot,
  };
}

function chartOptions(name, kind, card, plot, view, showValues) {
  const style = getComputedStyle(card);
  const [training, validation] = [style.getPropertyValue("--training"), style.getPropertyValue("--validation")];
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
  // A line needs two points; markers on more than about 60 would merge.
  const atMost = (u, series, limit) => {
    let count = 0;
    return !u.data[series].some((value) => typeof value === "number" && (count += 1) > limit);
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
      { ...axis, label: view.text[`${name}Axis`], size: 42, space: 36 },
    ],
    series: [
      {},
      { stroke: training, width: 1, alpha: 0.25, points: { show: (u) => atMost(u, RAW, 1) } },
      { stroke: training, width: 2.25, points: { show: (u) => atMost(u, SMOOTHED, 1), fill: training, size: 6 } },
      {
        stroke: validation,
        width: 2,
        points: {
          show: (u) => view.zoom !== null || atMost(u, VALIDATION, 60),
          fill: style.getPropertyValue("--surface"),
          stroke: validation,
          width: 2,
          size: 7,
        },
      },
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: {
        show: (u, series) => (series === RAW ? null : element("div", "", u.over)),
        size: 9,
        width: 2,
        stroke: style.getPropertyValue("--surface"),
        fill: (u, series) => (series === VALIDATION ? validation : training),
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
