// The kinds of charts: their lines and colours, the format of their values, and the range of the y axis.

const RAW = 1;
const SMOOTHED = 2;
const VALIDATION = 3;
const ACCURACY_FLOORS = [99.5, 99, 98, 97, 96, 95, 92, 90, 85, 80, 70, 60, 50, 40, 30, 20, 10];

// The visible values of a curve, sorted; about 600 are enough for a quantile of the training curve.
function getVisible(u, series) {
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

// From zero to the highest visible value; a short spike is cut off at the top so that it does not flatten everything else.
function lossRange(u, low, high) {
  const [training, validation] = [getVisible(u, SMOOTHED), getVisible(u, VALIDATION)];
  if (!training.length && !validation.length) return [0, 1];
  const usual = Math.max(quantile(training, 0.97) ?? 0, quantile(validation, 0.97) ?? 0);
  const top = usual > 0 && high > 4 * usual ? 2 * usual : high;
  return [Math.min(0, training[0] ?? 0, validation[0] ?? 0), top > 0 ? top * 1.05 : 1];
}

// From a round number below nearly all visible values to 100 %; the first steps may be below the chart.
function accuracyRange(u) {
  const [training, validation] = [getVisible(u, SMOOTHED), getVisible(u, VALIDATION)];
  if (!training.length && !validation.length) return [0, 102];
  const usual = Math.min(quantile(training, 0.05) ?? 100, quantile(validation, 0.03) ?? 100);
  const lowest = usual - (100 - usual) * 0.15;
  const floor = ACCURACY_FLOORS.find((candidate) => candidate <= lowest) ?? 0;
  return [floor, 100 + (100 - floor) * 0.02];
}

// Whether a curve has at most `limit` points.
function hasAtMost(u, series, limit) {
  let count = 0;
  return !u.data[series].some((value) => typeof value === "number" && (count += 1) > limit);
}

// The lines of a chart in the order of its table: {series: options of uPlot, colour, dash, marker, label, fullName}. A line without
// a label is not in the legend. fullName: for tables and sentences. No two lines differ by colour alone.
function curveLines({ text, palette, name }) {
  const [training, validation] = [0, 1].map((i) => cssOf(palette.series[i % palette.series.length]));
  const raw = cssOf(fade(palette.series[0], palette.surface));
  return [
    { colour: raw, series: { stroke: raw, width: 1, points: { show: (u) => hasAtMost(u, RAW, 1) } } },
    {
      colour: training,
      label: text.training,
      fullName: text[`${name}Training`],
      cased: true,
      tip: text.smoothed,
      series: { stroke: training, width: 2.25, points: { show: (u) => hasAtMost(u, SMOOTHED, 1), fill: training, size: 6 } },
    },
    {
      colour: validation,
      label: text.validation,
      fullName: text[`${name}Validation`],
      dash: [8, 4],
      marker: "circle",
      hollow: true,
      gap: 9,
      series: { stroke: validation, width: 2, dash: [8, 4], points: { show: false } },
    },
  ];
}

// Colours, dashes and markers repeat with different periods, so that dozens of pins differ.
function pinnedLines({ pins, palette }) {
  return pins.map(({ name }, i) => {
    const colour = cssOf(palette.series[i % palette.series.length]);
    const dash = DASHES[i % DASHES.length];
    const marker = MARKERS[i % MARKERS.length];
    const gap = 80;
    const shift = (gap * i) / pins.length;
    return { colour, label: name, dash, marker, gap, shift, series: { stroke: colour, width: 2.25, dash, points: { show: false } } };
  });
}

// The colour, moved towards the background as far as the contrast allows, for the line behind a stronger one.
function fade(colour, surface) {
  let found = colour;
  for (let share = 0.05; share < 1; share += 0.05) {
    const candidate = mixed(colour, surface, share);
    if (contrast(candidate, surface) < GRAPHIC_CONTRAST) break;
    found = candidate;
  }
  return found;
}

const percentText = (value) => `${value.toFixed(1)}\u00a0%`;

// better: 1 if higher is better, -1 if lower is better, 0 if there is no best value.
const KINDS = {
  loss: {
    scale: 1,
    range: lossRange,
    lines: curveLines,
    better: -1,
    format: (value) => {
      const size = Math.abs(value);
      if (size >= 10000 || (size > 0 && size < 0.0005)) return value.toExponential(2);
      return value.toFixed(size >= 100 ? 1 : 4);
    },
  },
  accuracy: { scale: 100, range: accuracyRange, lines: curveLines, better: 1, format: percentText },
  pinned: { scale: 100, range: () => [0, 102], ticks: [25, 50, 100], lines: pinnedLines, better: 0, format: percentText },
};
