// What a browser holds of one run: two curves of points, fed by batches. No page, no drawing.

const HELD_AT_MOST = 12000;
const THINNED_TO = 6000;

const newCurve = () => ({ x: [], loss: [], accuracy: [], covered: 0 });

// Takes in the points [from, to) of the server's list. Returns false where points in between are missing.
// Batches may be thinned, so what they replace is found by its epoch, not by its place in the list.
function takeBatch(curve, batch) {
  if (batch.from > curve.covered) return false;
  if (batch.from === 0) Object.assign(curve, newCurve());
  if (batch.to <= curve.covered) return true;
  const columns = [curve.x, curve.loss, curve.accuracy];
  let kept = curve.x.length;
  while (kept > 0 && curve.x[kept - 1] >= batch.x[0]) kept -= 1;
  for (const column of columns) column.length = kept;
  curve.x.push(...batch.x);
  curve.loss.push(...batch.loss);
  curve.accuracy.push(...batch.accuracy);
  curve.covered = batch.to;
  if (curve.x.length > HELD_AT_MOST) thin(curve, THINNED_TO);
  return true;
}

// Keeps the first and last point, and of every bucket the two points with the lowest and the highest loss: peaks stay.
function thin(curve, limit) {
  const last = curve.x.length - 1;
  const buckets = Math.floor((limit - 2) / 2);
  const keep = [0];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const start = 1 + Math.floor((bucket * (last - 1)) / buckets);
    const stop = 1 + Math.floor(((bucket + 1) * (last - 1)) / buckets);
    let low = start;
    let high = start;
    for (let i = start; i < stop; i += 1) {
      const loss = curve.loss[i];
      if (loss === null) continue;
      if (curve.loss[low] === null || loss < curve.loss[low]) low = i;
      if (curve.loss[high] === null || loss > curve.loss[high]) high = i;
    }
    if (low === high) keep.push(low);
    else keep.push(Math.min(low, high), Math.max(low, high));
  }
  keep.push(last);
  for (const name of ["x", "loss", "accuracy"]) curve[name] = keep.map((i) => curve[name][i]);
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

// One x axis for both curves, as the library wants it: [x, training, smoothed training, validation].
// `undefined` marks a place where the other curve has its point; `null` is a real gap.
function align(training, validation, name, scale, width) {
  const smoothed = smooth(training.x, training[name], width);
  const table = [[], [], [], []];
  const scaled = (value) => (typeof value === "number" ? value * scale : value);
  let t = 0;
  let v = 0;
  while (t < training.x.length || v < validation.x.length) {
    const tx = t < training.x.length ? training.x[t] : Infinity;
    const vx = v < validation.x.length ? validation.x[v] : Infinity;
    table[0].push(Math.min(tx, vx));
    table[1].push(tx <= vx ? scaled(training[name][t]) : undefined);
    table[2].push(tx <= vx ? scaled(smoothed[t]) : undefined);
    table[3].push(vx <= tx ? scaled(validation[name][v]) : undefined);
    if (tx <= vx) t += 1;
    if (vx <= tx) v += 1;
  }
  return table;
}
