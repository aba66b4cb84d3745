// What a browser holds of one run: curves of points, fed by batches. No page, no drawing.

const HELD_AT_MOST = 12000;
const THINNED_TO = 6000;

// names: of its values; the first of them decides what is kept when it is thinned.
const newCurve = (...names) => ({ names, x: [], covered: 0, ...Object.fromEntries(names.map((name) => [name, []])) });
const newCurves = () => ({ train: newCurve("loss", "accuracy"), validation: newCurve("loss", "accuracy"), pinned: new Map() });

// Takes in a whole batch. Returns false where points are missing.
function takeBatches(curves, { train, validation, pinned }) {
  const complete = [takeBatch(curves.train, train), takeBatch(curves.validation, validation)];
  for (const batch of pinned) {
    if (!curves.pinned.has(batch.id)) curves.pinned.set(batch.id, newCurve("share"));
    complete.push(takeBatch(curves.pinned.get(batch.id), batch));
  }
  return complete.every(Boolean);
}

// Takes in the points [from, to) of the server's list. Returns false where points in between are missing.
// Batches may be thinned, so what they replace is found by its epoch, not by its place in the list.
function takeBatch(curve, batch) {
  if (batch.from > curve.covered) return false;
  if (batch.from === 0) Object.assign(curve, newCurve(...curve.names));
  if (batch.to <= curve.covered) return true;
  let kept = curve.x.length;
  while (kept > 0 && curve.x[kept - 1] >= batch.x[0]) kept -= 1;
  for (const name of ["x", ...curve.names]) {
    curve[name].length = kept;
    curve[name].push(...batch[name]);
  }
  curve.covered = batch.to;
  if (curve.x.length > HELD_AT_MOST) thin(curve, THINNED_TO);
  return true;
}

// Keeps the first and last point, and of every bucket the two points with the lowest and the highest value: peaks stay.
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

// A running mean whose weights fade over `width` epochs to both sides, so that it does not lag behind a steep start.
function smooth(x, values, width) {
  const mean = new Array(values.length).fill(0);
  const weight = new Array(values.length).fill(0);
  const sweep = (first, stop, step) => {
    let sum = 0;
    let total = 0;
    for (let i = first; i !== stop; i += step) {
      const fade = i === first ? 0 : Math.exp(-Math.abs(x[i] - x[i - step]) / width);
      sum *= fade;
      total *= fade;
      mean[i] += sum;
      weight[i] += total;
      if (values[i] !== null) {
        sum += values[i];
        total += 1;
      }
    }
  };
  sweep(0, values.length, 1);
  sweep(values.length - 1, -1, -1);
  return values.map((value, i) => (value === null ? null : (mean[i] + value) / (weight[i] + 1)));
}

// One x axis for training and validation, as the library wants it: [x, training, smoothed training, validation].
function align(training, validation, name, scale, width) {
  const smoothed = smooth(training.x, training[name], width);
  return join([{ x: training.x, columns: [training[name], smoothed] }, { x: validation.x, columns: [validation[name]] }], scale);
}

// Curves of points at places of their own, as a table over all places: [x, a column for each of the curves' columns].
// `undefined` marks a place where another curve has its point; `null` is a real gap.
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
