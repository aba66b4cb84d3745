// The uPlot options of a chart: its scales and axes, the markers on its lines, and the changes of the learning rate.

const EPOCH_STEPS = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

// points: receives the element that uPlot moves to the cursor's position on each line.
function chartOptions(name, { kind, lines, plot, view, showValues, points }) {
  const { palette } = view;
  const [muted, surface] = [cssOf(palette.muted), cssOf(palette.surface)];
  const font = getComputedStyle(plot).fontFamily;
  const scale = textScale();
  const axis = {
    stroke: muted,
    font: `${12 * scale}px ${font}`,
    labelFont: `${12 * scale}px ${font}`,
    labelSize: 16 * scale,
    labelGap: 0,
    gap: 6 * scale,
    grid: { stroke: cssOf(palette.grid), width: 1 },
    ticks: { show: false },
  };
  return {
    width: plot.clientWidth || 300,
    height: plot.clientHeight || 240,
    padding: [8 * scale, 18 * scale, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => view.zoom ?? [0, view.end] },
      y: { range: kind.range },
    },
    axes: [
      { ...axis, label: view.text.epoch, size: 26 * scale, space: 48 * scale, incrs: EPOCH_STEPS, grid: { show: false } },
      { ...axis, label: view.text[`${name}Axis`], size: 42 * scale, space: 36 * scale, ...(kind.ticks && { incrs: kind.ticks }) },
    ],
    series: [{}, ...lines.map(({ series }) => ({ ...series, width: series.width * scale, dash: series.dash?.map((pixels) => pixels * scale) }))],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: {
        show: (u, series) => (lines[series - 1].label === undefined ? null : (points[series] = element("div", "", u.over))),
        size: 9,
        width: 2,
        stroke: surface,
        fill: (u, series) => lines[series - 1].colour,
      },
      bind: { dblclick: () => () => view.setZoom(null) },
      sync: { key: view.sync, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    },
    hooks: {
      drawSeries: [(u, series) => lines[series]?.cased && drawCasing(u, series + 1, surface)],
      draw: [(u) => drawMarkers(u, lines, surface), (u) => drawRateChanges(u, view, { muted, font: axis.font })],
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

// Draws an outline in the background colour below a line, which separates it from the lines behind it.
function drawCasing(u, series, surface) {
  const path = u.series[series]._paths?.stroke;
  if (!path) return;
  const { ctx: pen } = u;
  const { left, top, width, height } = u.bbox;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.setLineDash([]);
  pen.strokeStyle = surface;
  pen.lineWidth = (u.series[series].width + 2.5) * (window.devicePixelRatio || 1);
  pen.lineJoin = "round";
  pen.stroke(path);
  pen.restore();
}

// Draws a line and the new rate at each change of the learning rate; of labels that would overlap, only the later one is drawn.
function drawRateChanges(u, view, { muted, font }) {
  const { ctx: pen } = u;
  const scale = window.devicePixelRatio || 1;
  const { left, top, width, height } = u.bbox;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.strokeStyle = pen.fillStyle = muted;
  pen.lineWidth = scale;
  pen.font = font.replace(/^[\d.]+px/, `${11 * scale * textScale()}px`);
  pen.textBaseline = "top";
  pen.textAlign = "left";
  let free = left + width;
  for (const [epoch, rate] of [...view.rateChanges].reverse()) {
    const x = Math.round(u.valToPos(epoch, "x", true));
    pen.setLineDash([4 * scale, 4 * scale]);
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, top + height);
    pen.stroke();
    const label = view.text.rateChange.replace("{rate}", rateText(rate));
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
