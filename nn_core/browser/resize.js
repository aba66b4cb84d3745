// Pillow's resize with the box filter, for networks that read another size than 28 × 28: `resize_to_spec` of nn_core/data/transforms.py.

const PRECISION = 22; // bits of Pillow's fixed-point weights

// Returns the picture in the size `width` × `height`; `pixels` are 8-bit.
export function resize(pixels, fromWidth, fromHeight, width, height) {
  const across = width === fromWidth ? pixels : resizeRows(pixels, fromWidth, fromHeight, width);
  return height === fromHeight
    ? across
    : transpose(resizeRows(transpose(across, width, fromHeight), fromHeight, width, height), height, width);
}

function resizeRows(pixels, fromWidth, height, width) {
  const resized = new Uint8Array(width * height);
  const scale = fromWidth / width, stretch = Math.max(scale, 1), support = stretch / 2;
  for (let x = 0; x < width; x++) {
    const centre = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(fromWidth, Math.trunc(centre + support + 0.5));
    const weights = [];
    for (let from = first; from < end; from++) {
      const place = (from - centre + 0.5) / stretch;
      weights.push(place > -0.5 && place <= 0.5 ? 1 : 0);
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const fixed = weights.map((weight) => Math.trunc(0.5 + (weight / total) * (1 << PRECISION)));
    for (let y = 0; y < height; y++) {
      let sum = 1 << (PRECISION - 1);
      for (let i = 0; i < fixed.length; i++) {
        sum += pixels[y * fromWidth + first + i] * fixed[i];
      }
      resized[y * width + x] = Math.min(255, sum >> PRECISION);
    }
  }
  return resized;
}

function transpose(pixels, width, height) {
  return Uint8Array.from(pixels, (_pixel, i) => pixels[(i % height) * width + Math.floor(i / height)]);
}
