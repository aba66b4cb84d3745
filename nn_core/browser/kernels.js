// The arithmetic that takes the time: products of a weight matrix with rows of numbers. All arrays are allocated beforehand.

// out[m * outRow + n * outColumn] = bias[m] + Σ weight[m][k] rows[n][k], for `outputs` m and `count` n.
//
// Two outputs and two rows at a time, so that each number that is read is used twice.
export function multiply(weight, bias, rows, out, outputs, count, size, outRow, outColumn) {
  for (let m = 0; m < outputs; m += 2) {
    const pair = m + 1 < outputs;
    const first = m * size, second = pair ? first + size : first;
    const firstBias = bias ? bias[m] : 0, secondBias = bias && pair ? bias[m + 1] : 0;
    let n = 0;
    for (; n + 1 < count; n += 2) {
      const one = n * size, two = one + size;
      let a = firstBias, b = firstBias, c = secondBias, d = secondBias;
      for (let k = 0; k < size; k++) {
        const w = weight[first + k], v = weight[second + k], x = rows[one + k], y = rows[two + k];
        a += w * x;
        b += w * y;
        c += v * x;
        d += v * y;
      }
      const place = m * outRow + n * outColumn;
      out[place] = a;
      out[place + outColumn] = b;
      if (pair) {
        out[place + outRow] = c;
        out[place + outRow + outColumn] = d;
      }
    }
    if (n < count) {
      const one = n * size;
      let a = firstBias, c = secondBias;
      for (let k = 0; k < size; k++) {
        const x = rows[one + k];
        a += weight[first + k] * x;
        c += weight[second + k] * x;
      }
      out[m * outRow + n * outColumn] = a;
      if (pair) {
        out[(m + 1) * outRow + n * outColumn] = c;
      }
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
