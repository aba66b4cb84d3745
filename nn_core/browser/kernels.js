// The arithmetic that takes the time: products of a weight matrix with rows of numbers. All arrays are allocated once, at the start.

// out[m * outRow + n * outColumn] = bias[m] + Σ weight[m][k] rows[n][k], for `outputs` m and `count` n.
//
// Four outputs and two rows at a time, so that each number that is read is used several times. Where fewer are left, the last ones are
// computed again.
export function multiply(weight, bias, rows, out, outputs, count, size, outRow, outColumn) {
  for (let m = 0; m < outputs; m += 4) {
    const m1 = Math.min(m + 1, outputs - 1), m2 = Math.min(m + 2, outputs - 1), m3 = Math.min(m + 3, outputs - 1);
    const w0 = m * size, w1 = m1 * size, w2 = m2 * size, w3 = m3 * size;
    const bias0 = bias ? bias[m] : 0, bias1 = bias ? bias[m1] : 0, bias2 = bias ? bias[m2] : 0, bias3 = bias ? bias[m3] : 0;
    for (let n = 0; n < count; n += 2) {
      const n1 = Math.min(n + 1, count - 1), x0 = n * size, x1 = n1 * size;
      let a0 = bias0, a1 = bias1, a2 = bias2, a3 = bias3, b0 = bias0, b1 = bias1, b2 = bias2, b3 = bias3;
      for (let k = 0; k < size; k++) {
        const a = rows[x0 + k], b = rows[x1 + k];
        const v0 = weight[w0 + k], v1 = weight[w1 + k], v2 = weight[w2 + k], v3 = weight[w3 + k];
        a0 += v0 * a;
        b0 += v0 * b;
        a1 += v1 * a;
        b1 += v1 * b;
        a2 += v2 * a;
        b2 += v2 * b;
        a3 += v3 * a;
        b3 += v3 * b;
      }
      const first = n * outColumn, second = n1 * outColumn;
      out[m * outRow + first] = a0;
      out[m * outRow + second] = b0;
      out[m1 * outRow + first] = a1;
      out[m1 * outRow + second] = b1;
      out[m2 * outRow + first] = a2;
      out[m2 * outRow + second] = b2;
      out[m3 * outRow + first] = a3;
      out[m3 * outRow + second] = b3;
    }
  }
}

// Replaces `count` numbers by their softmax.
export function applySoftmax(values, first, count) {
  let largest = -Infinity, sum = 0;
  for (let i = first; i < first + count; i++) {
    largest = Math.max(largest, values[i]);
  }
  for (let i = first; i < first + count; i++) {
    values[i] = Math.exp(values[i] - largest);
    sum += values[i];
  }
  for (let i = first; i < first + count; i++) {
    values[i] /= sum;
  }
}
