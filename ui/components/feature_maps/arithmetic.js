// Which input pixels a kernel touches for one output pixel, and the products. The same rules as in nn_core's KernelGeometry.

function findSources(kernel, axis, position, length) {
  return Array.from({ length: kernel.size[axis] }, (_, cell) => {
    const [stride, padding, dilation] = [kernel.stride[axis], kernel.padding[axis], kernel.dilation[axis]];
    const place = position + padding - cell * dilation;
    const source = kernel.transposed ? (place % stride ? -1 : place / stride) : position * stride - padding + cell * dilation;
    return source >= 0 && source < length ? source : -1;
  });
}

// {patch, products: Float64Array [channels · height · width], sums: for each input channel, products: their total, total, rows, columns}
function computeTerms({ kernel, weights, inputs, inputShape }, row, column) {
  const [, height, width] = inputShape;
  const rows = findSources(kernel, 0, row, height);
  const columns = findSources(kernel, 1, column, width);
  const area = rows.length * columns.length;
  const patch = new Float64Array(kernel.channels * area);
  const products = new Float64Array(patch.length);
  const sums = new Float64Array(kernel.channels);
  for (let channel = 0; channel < kernel.channels; channel += 1) {
    const start = (kernel.first + channel) * height * width;
    rows.forEach((y, i) => columns.forEach((x, j) => {
      const index = channel * area + i * columns.length + j;
      patch[index] = y < 0 || x < 0 ? 0 : inputs[start + y * width + x];
      products[index] = patch[index] * weights[index];
      sums[channel] += products[index];
    }));
  }
  const all = sums.reduce((total, sum) => total + sum, 0);
  return { patch, products, sums, all, total: all + (kernel.bias ?? 0), rows, columns, area };
}

const strongestOf = (values) => values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);

// The indices of the largest values, by their size without sign.
const largestFirst = (values, count) => [...values.keys()].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a])).slice(0, count);

function rangeOf(values) {
  let [low, high, at] = [Infinity, -Infinity, 0];
  values.forEach((value, i) => {
    if (value < low) low = value;
    if (value > high) [high, at] = [value, i];
  });
  return { low, high, at };
}
