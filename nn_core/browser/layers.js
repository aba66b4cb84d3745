// The layers of a network: each function builds, from a layer's description, a function from its input to its output.
//
// Inputs and outputs are Float32Arrays in PyTorch's order. A layer allocates its output once and writes into it at each call, so an
// input is never changed and an output is valid until the next call. layers.py writes the descriptions.

import { compileFormula, getActivation } from "./activations.js";
import { applySoftmax, multiply } from "./kernels.js";

const BUILDERS = {
  activation: (layer) => buildMap(getActivation(layer.name), layer.size),
  formula: (layer) => buildMap(compileFormula(layer), layer.size),
  affine: buildAffine,
  attend: buildAttend,
  conv2d: buildConvolution,
  dense: buildDense,
  first: (layer) => (input) => input.subarray(0, layer.size),
  layer_norm: buildLayerNorm,
  pool: buildPool,
  recurrent: buildRecurrent,
  residual: buildResidual,
  tokens: buildTokens,
};

// Returns a function from the input of the first layer to the output of the last. `getTensor` returns the Float32Array of a number.
export function buildLayers(layers, getTensor) {
  const steps = layers.map((layer) => {
    const build = BUILDERS[layer.kind];
    if (!build) {
      throw new Error(`This page cannot compute the layer '${layer.kind}': reload the page.`);
    }
    const tensors = Object.fromEntries(Object.entries(layer.tensors).map(([name, id]) => [name, getTensor(id)]));
    return build(layer, tensors, getTensor);
  });
  return (input) => steps.reduce((values, step) => step(values), input);
}

function buildMap(compute, size) {
  const out = new Float32Array(size);
  return (input) => {
    for (let i = 0; i < size; i++) {
      out[i] = compute(input[i]);
    }
    return out;
  };
}

function buildAffine({ channels, size }, { scale, shift }) {
  const out = new Float32Array(channels * size);
  return (input) => {
    for (let i = 0; i < out.length; i++) {
      const channel = Math.floor(i / size);
      out[i] = input[i] * scale[channel] + shift[channel];
    }
    return out;
  };
}

function buildDense({ inputs, outputs, count }, { weight, bias }) {
  const out = new Float32Array(outputs * count);
  return (input) => {
    multiply(weight, bias, input, out, outputs, count, inputs, 1, outputs);
    return out;
  };
}

// As a product of matrices: each row has the pixels under the kernel at one place.
function buildConvolution({ input: [channels, height, width], output, kernel, stride, padding }, { weight, bias }) {
  const [outputs, outHeight, outWidth] = output, [kernelHeight, kernelWidth] = kernel;
  const paddedHeight = height + 2 * padding[0], paddedWidth = width + 2 * padding[1];
  const padded = new Float32Array(channels * paddedHeight * paddedWidth);
  const size = channels * kernelHeight * kernelWidth, count = outHeight * outWidth;
  const offsets = new Int32Array(size), rows = new Float32Array(count * size), out = new Float32Array(outputs * count);
  for (let i = 0; i < size; i++) {
    const channel = Math.floor(i / (kernelHeight * kernelWidth));
    const y = Math.floor(i / kernelWidth) % kernelHeight;
    offsets[i] = (channel * paddedHeight + y) * paddedWidth + (i % kernelWidth);
  }
  return (values) => {
    for (let line = 0; line < channels * height; line++) {
      const row = Math.floor(line / height) * paddedHeight + padding[0] + (line % height);
      padded.set(values.subarray(line * width, (line + 1) * width), row * paddedWidth + padding[1]);
    }
    for (let place = 0; place < count; place++) {
      const start = Math.floor(place / outWidth) * stride[0] * paddedWidth + (place % outWidth) * stride[1];
      for (let i = 0; i < size; i++) {
        rows[place * size + i] = padded[start + offsets[i]];
      }
    }
    multiply(weight, bias, rows, out, outputs, count, size, count, 1);
    return out;
  };
}

// The maximum or the mean of each rectangle of pixels; rectangles do not overlap.
function buildPool({ mean, input: [channels, height, width], kernel: [kernelHeight, kernelWidth] }) {
  const outHeight = Math.floor(height / kernelHeight), outWidth = Math.floor(width / kernelWidth);
  const out = new Float32Array(channels * outHeight * outWidth);
  return (input) => {
    for (let place = 0; place < out.length; place++) {
      const channel = Math.floor(place / (outHeight * outWidth)), y = Math.floor(place / outWidth) % outHeight;
      const start = (channel * height + y * kernelHeight) * width + (place % outWidth) * kernelWidth;
      let largest = -Infinity, sum = 0;
      for (let down = 0; down < kernelHeight; down++) {
        for (let across = 0; across < kernelWidth; across++) {
          const value = input[start + down * width + across];
          sum += value;
          largest = value > largest ? value : largest;
        }
      }
      out[place] = mean ? sum / (kernelHeight * kernelWidth) : largest;
    }
    return out;
  };
}

function buildLayerNorm({ size, count, eps }, { gain, bias }) {
  const out = new Float32Array(size * count);
  return (input) => {
    for (let first = 0; first < out.length; first += size) {
      let mean = 0, variance = 0;
      for (let i = 0; i < size; i++) {
        mean += input[first + i] / size;
      }
      for (let i = 0; i < size; i++) {
        variance += (input[first + i] - mean) ** 2 / size;
      }
      const scale = 1 / Math.sqrt(variance + eps);
      for (let i = 0; i < size; i++) {
        out[first + i] = (input[first + i] - mean) * scale * gain[i] + bias[i];
      }
    }
    return out;
  };
}

function buildResidual({ inside, shortcut }, _tensors, getTensor) {
  const computeInside = buildLayers(inside, getTensor), computeShortcut = buildLayers(shortcut, getTensor);
  let out = null;
  return (input) => {
    const values = computeInside(input), added = computeShortcut(input);
    out ??= new Float32Array(values.length);
    for (let i = 0; i < out.length; i++) {
      out[i] = values[i] + added[i];
    }
    return out;
  };
}

// From channels of patches to tokens with their positions; the first is the class token.
function buildTokens({ tokens, dimension }, { positions }) {
  const out = new Float32Array(tokens * dimension);
  return (input) => {
    out.set(positions);
    for (let token = 1; token < tokens; token++) {
      for (let i = 0; i < dimension; i++) {
        out[token * dimension + i] += input[i * (tokens - 1) + token - 1];
      }
    }
    return out;
  };
}

// Scaled dot-product attention; the input has the queries, keys and values of each token, all heads of one after the other.
function buildAttend({ tokens, dimension, heads }) {
  const out = new Float32Array(tokens * dimension), size = dimension / heads, scale = 1 / Math.sqrt(size);
  const scores = new Float32Array(tokens);
  return (input) => {
    for (let head = 0; head < heads; head++) {
      for (let token = 0; token < tokens; token++) {
        const query = token * 3 * dimension + head * size, place = token * dimension + head * size;
        for (let other = 0; other < tokens; other++) {
          const key = (other * 3 + 1) * dimension + head * size;
          let score = 0;
          for (let i = 0; i < size; i++) {
            score += input[query + i] * input[key + i];
          }
          scores[other] = score * scale;
        }
        applySoftmax(scores, 0, tokens);
        for (let i = 0; i < size; i++) {
          let sum = 0;
          for (let other = 0, value = 2 * dimension + head * size + i; other < tokens; other++, value += 3 * dimension) {
            sum += scores[other] * input[value];
          }
          out[place + i] = sum;
        }
      }
    }
    return out;
  };
}

// Each cell gets its gates as PyTorch orders them, from the input and from the memory, and writes the new memory.
const CELLS = {
  rnn: (input, recurrent, memory) => {
    for (let i = 0; i < memory.length; i++) {
      memory[i] = Math.tanh(input[i] + recurrent[i]);
    }
  },
  gru: (input, recurrent, memory) => {
    const sigmoid = getActivation("sigmoid"), size = memory.length;
    for (let i = 0; i < size; i++) {
      const reset = sigmoid(input[i] + recurrent[i]), update = sigmoid(input[size + i] + recurrent[size + i]);
      const candidate = Math.tanh(input[2 * size + i] + reset * recurrent[2 * size + i]);
      memory[i] = (1 - update) * candidate + update * memory[i];
    }
  },
  lstm: (input, recurrent, memory, cell) => {
    const sigmoid = getActivation("sigmoid"), size = memory.length;
    for (let i = 0; i < size; i++) {
      const add = sigmoid(input[i] + recurrent[i]), keep = sigmoid(input[size + i] + recurrent[size + i]);
      const candidate = Math.tanh(input[2 * size + i] + recurrent[2 * size + i]);
      cell[i] = keep * cell[i] + add * candidate;
      memory[i] = sigmoid(input[3 * size + i] + recurrent[3 * size + i]) * Math.tanh(cell[i]);
    }
  },
};

// One layer of one direction or both: the memory at each step, or, in the last layer, only after the last step.
function buildRecurrent({ cell, inputs, hidden, steps, gates, directions, last }, tensors) {
  const fromInput = new Float32Array(steps * gates * hidden), fromMemory = new Float32Array(gates * hidden);
  const memory = new Float32Array(hidden), state = new Float32Array(hidden);
  const out = new Float32Array((last ? 1 : steps) * directions * hidden);
  return (input) => {
    for (let direction = 0; direction < directions; direction++) {
      const [weight, memoryWeight, bias, memoryBias] = ["weight_input", "weight_memory", "bias_input", "bias_memory"].map(
        (name) => tensors[`${name}_${direction}`],
      );
      multiply(weight, bias, input, fromInput, gates * hidden, steps, inputs, 1, gates * hidden);
      memory.fill(0);
      state.fill(0);
      for (let number = 0; number < steps; number++) {
        const step = direction ? steps - 1 - number : number;
        multiply(memoryWeight, memoryBias, memory, fromMemory, gates * hidden, 1, hidden, 1, 1);
        CELLS[cell](fromInput.subarray(step * gates * hidden, (step + 1) * gates * hidden), fromMemory, memory, state);
        out.set(memory, ((last ? 0 : step) * directions + direction) * hidden);
      }
    }
    return out;
  };
}
