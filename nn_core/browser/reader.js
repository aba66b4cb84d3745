// Reads drawings with a network in the visitor's browser: the single view of nn_core/inference, without a server.

import { applySoftmax } from "./kernels.js";
import { buildLayers } from "./layers.js";
import { readPayload } from "./payload.js";
import { rasterize } from "./rasterize.js";
import { resize } from "./resize.js";

// Returns a reader for the block of bytes that `build_browser_network` returns. Throws an Error with a sentence.
export function createReader(payload) {
  const { header, getTensor } = readPayload(payload);
  const { classes, temperature, height, width, mean, std, drawing: rules } = header;
  const compute = buildLayers(header.layers, getTensor);
  const input = new Float32Array(height * width);

  // pixels: 0…255, as the network reads them. → { probabilities, label }
  function readPixels(pixels) {
    const offset = Math.fround(255 * mean), factor = Math.fround(1 / (255 * std));
    for (let i = 0; i < input.length; i++) {
      input[i] = Math.fround(pixels[i] - offset) * factor;
    }
    const probabilities = Float32Array.from(compute(input), (logit) => logit / temperature);
    applySoftmax(probabilities, 0, probabilities.length);
    return { probabilities, label: classes[findLargest(probabilities)] };
  }

  // drawing: { size, pen_width, strokes: [[[x, y], …], …] } in canvas pixels, y down. → null where nothing is drawn,
  // else { pixels, width, height, probabilities, label }
  function read(drawing) {
    const picture = rasterize(drawing, rules);
    if (!picture) {
      return null;
    }
    const pixels = Float32Array.from(resize(picture, rules.side, rules.side, width, height));
    return { pixels, width, height, ...readPixels(pixels) };
  }

  readPixels(input); // so that the browser has compiled the kernels before something is drawn
  return { classes, read, readPixels };
}

function findLargest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
