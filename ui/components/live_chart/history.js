// The points of one run in the browser, updated by batches. Independent of page and drawing.

const MAX_POINTS = 12000;
const THINNED_POINTS = 6000;

// names: of its values; thinning keeps the extremes of the first one.
const newCurve = (...names) => ({ names, x: [], covered: 0, ...Object.fromEntries(names.map((name) => [name, []])) });
const newCurves = () => ({ train: newCurve("loss", "accuracy"), validation: newCurve("loss", "accuracy"), pinned: new Map() });

// Adds the batches of all curves. Returns false if points are missing.
function addBatches(curves, { train, validation, pinned }) {
  const complete = [addBatch(curves.train, train), addBatch(curves.validation, validation)];
  for (const batch of pinned) {
    if (!curves.pinned.has(batch.id)) curves.pinned.set(batch.id, newCurve("share"));
    complete.push(addBatch(curves.pinned.get(batch.id), batch));
  }
  return complete.every(Boolean);
}

// Adds the points [from, to) of the server's list. Returns false if points in between are missing.
// Batches may be thinned, so the points that they replace are found by epoch, not by index.
function addBatch(curve, batch) {
  if (batch.from > curve.covered) return false;
  if (batch.from === 0) Object.assign(curve, newCurve(...curve.names));
  if (batch.to <= curve.covered) return true;
  let count = curve.x.length;
  while (count > 0 && curve.x[count - 1] >= batch.x[0]) count -= 1;
  for (const name of ["x", ...curve.names]) {
    curve[name].length = count;
    curve[name].push(...batch[name]);
  }
  curve.covered = batch.to;
  if (curve.x.length > MAX_POINTS) thin(curve, THINNED_POINTS);
  return true;
}

// Keeps the first and last point, and the lowest and highest point of every bucket, so that peaks stay visible.
function thin(curve, limit) {
  const last = curve.x.length - 1;
  const values = curve[curve.names[0]];
  const buckets = Math.floor((limit - 2) / 2);
  const keep = [0];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const start = 1 + Math.floor((bucket * (last - 1)) / buckets);
    const stop = 1 + Math.floor(((bucket + 1) * (last - 1)) / buckets);
    let low = start;
    let high = start;
    for (let i = start; i < stop; i += 1) {
      const value = values[i];
      if (value === null) continue;
      if (values[low] === null || value < values[low]) low = i;
      if (values[high] === null || value > values[high]) high = i;
    }
    if (low === high) keep.push(low);
    else keep.push(Math.min(low, high), Math.max(low, high));
  }
  keep.push(last);
  for (const name of ["x", ...curve.names]) curve[name] = keep.map((i) => curve[name][i]);
}

// A moving average with weights that decay over `width` epochs to both sides, so that it does not lag behind a steep start.
function smooth(x, values, width) {
  const mean = new Array(values.length).fill(0);
  const weight = new Array(values.length).fill(0);
  const scan = (first, stop, step) => {
    let sum = 0;
    let total = 0;
    for (let i = first; i !== stop; i += step) {
      const decay = i === first ? 0 : Math.exp(-Math.abs(x[i] - x[i - step]) / width);
      sum *= decay;
      total *= decay;
      mean[i] += sum;
      weight[i] += total;
      if (values[i] !== null) {
        sum += values[i];
        total += 1;
      }
    }
  };
  scan(0, values.length, 1);
  scan(values.length - 1, -1, -1);
  return values.map((value, i) => (value === null ? null : (mean[i] + value) / (weight[i] + 1)));
}

// One x axis for training and validation, as uPlot requires: [x, training, smoothed training, validation].
function align(training, validation, name, scale, width) {
  const smoothed = smooth(training.x, training[name], width);
  return join([{ x: training.x, columns: [training[name], smoothed] }, { x: validation.x, columns: [validation[name]] }], scale);
}

// Joins curves with different x values to one table: [x, a column for each column of the curves].
// `undefined` marks an x value of another curve; `null` is a gap.
function join(curves, scale) {
  const table = [[], ...curves.flatMap(({ columns }) => columns.map(() => []))];
  const scaled = (value) => (typeof value === "number" ? value * scale : value);
  const next = curves.map(() => 0);
  for (;;) {
    const x = Math.min(...curves.map((curve, i) => curve.x[next[i]] ?? Infinity));
    if (x === Infinity) return table;
    table[0].push(x);
    let row = 1;
    curves.forEach((curve, i) => {
      const here = curve.x[next[i]] === x;
      for (const column of curve.columns) table[row++].push(here ? scaled(column[next[i]]) : undefined);
      if (here) next[i] += 1;
    });
  }
}
