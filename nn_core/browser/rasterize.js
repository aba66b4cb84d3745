// The strokes of a drawing as the picture that a network reads: nn_core/drawings/rasterize.py with all steps, number for number.
//
// numpy computes there in float32, so this rounds each result with Math.fround. Otherwise a pixel would sometimes differ by 1 of 255.

const f = Math.fround;

// Returns 8-bit pixels, 255 for ink, or null for a drawing without points. `rules` are the constants of rasterize.py.
export function rasterize(drawing, rules) {
  const strokes = drawing.strokes.filter((stroke) => stroke.length);
  if (!strokes.length) {
    return null;
  }
  const segments = makeSegments(dropAccidentalStrokes(strokes, rules), drawing.pen_width, rules);
  const ink = new Float32Array(rules.side * rules.side);
  computeInk(segments, ink, rules);
  const [across, down] = computeShift(ink, rules);
  for (let i = 0; i < segments.length; i += 2) {
    segments[i] += across;
    segments[i + 1] += down;
  }
  computeInk(segments, ink, rules);
  return Uint8Array.from(ink, (value) => roundHalfToEven(f(255 * value)));
}

function dropAccidentalStrokes(strokes, rules) {
  const extents = strokes.map((stroke) => {
    const [low, high] = findBounds([stroke]);
    return Math.max(high[0] - low[0], high[1] - low[1]);
  });
  const least = rules.min_stroke_extent * Math.max(...extents) * (1 - 1e-9);
  return strokes.filter((_stroke, number) => extents[number] >= least);
}

function findBounds(strokes) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const stroke of strokes) {
    for (const point of stroke) {
      for (const axis of [0, 1]) {
        low[axis] = Math.min(low[axis], point[axis]);
        high[axis] = Math.max(high[axis], point[axis]);
      }
    }
  }
  return [low, high];
}

// The line segments in pixels, x0, y0, x1, y1 of each, with the digit's box in the middle.
function makeSegments(strokes, penWidth, rules) {
  const [low, high] = findBounds(strokes);
  const scale = (rules.box - rules.pen) / Math.max(high[0] - low[0], high[1] - low[1], rules.dot * penWidth);
  const place = (value, axis) => f((value - (low[axis] + high[axis]) / 2) * scale + (rules.side - 1) / 2);
  const segments = [];
  for (const stroke of strokes) {
    const points = dropClosePoints(stroke.map(([x, y]) => [place(x, 0), place(y, 1)]), rules.point_spacing);
    for (let i = 1; i < points.length; i++) {
      segments.push(...points[i - 1], ...points[i]);
    }
  }
  return Float32Array.from(segments);
}

// At least two points remain, so that a dot is a segment.
function dropClosePoints(points, spacing) {
  const kept = [points[0]];
  let length = 0, cell = 0;
  for (let i = 1; i < points.length; i++) {
    const across = f(points[i][0] - points[i - 1][0]), down = f(points[i][1] - points[i - 1][1]);
    const step = f(Math.sqrt(f(f(across * across) + f(down * down))));
    length = f(length + step);
    const next = Math.floor(length / spacing);
    if (next > cell || i === points.length - 1) {
      kept.push(points[i]);
    }
    cell = next;
  }
  return kept.length > 1 ? kept : [points[0], points[0]];
}

// The ink of each pixel, 0 to 1. Pixels that a segment cannot reach are skipped; their ink is 0.
function computeInk(segments, ink, { side, pen, edge }) {
  const radius = f(pen / 2), fade = f(edge), reach = (pen + edge) / 2 + 0.01, tiny = f(1e-12);
  ink.fill(Infinity);
  for (let i = 0; i < segments.length; i += 4) {
    const startX = segments[i], startY = segments[i + 1], endX = segments[i + 2], endY = segments[i + 3];
    const alongX = f(endX - startX), alongY = f(endY - startY);
    const lengthSquared = Math.max(f(f(alongX * alongX) + f(alongY * alongY)), tiny);
    const left = Math.max(0, Math.ceil(Math.min(startX, endX) - reach));
    const right = Math.min(side - 1, Math.floor(Math.max(startX, endX) + reach));
    const top = Math.max(0, Math.ceil(Math.min(startY, endY) - reach));
    const bottom = Math.min(side - 1, Math.floor(Math.max(startY, endY) + reach));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const fromX = f(x - startX), fromY = f(y - startY);
        const fraction = clip(f(f(f(fromX * alongX) + f(fromY * alongY)) / lengthSquared), 0, 1);
        const offX = f(fromX - f(fraction * alongX)), offY = f(fromY - f(fraction * alongY));
        const squared = f(f(offX * offX) + f(offY * offY));
        if (squared < ink[y * side + x]) {
          ink[y * side + x] = squared;
        }
      }
    }
  }
  for (let i = 0; i < ink.length; i++) {
    ink[i] = clip(f(f(f(radius - f(Math.sqrt(ink[i]))) / fade) + 0.5), 0, 1);
  }
}

// The (x, y) that moves the centre of mass to the middle, as far as the digit stays in the picture.
function computeShift(ink, { side, box }) {
  const mass = sumPairwise(ink, 0, ink.length, f);
  if (!mass) {
    return [0, 0];
  }
  const across = Float64Array.from(ink, (value, i) => value * (i % side));
  const down = Float64Array.from(ink, (value, i) => value * Math.floor(i / side));
  const limit = (side - box) / 2;
  return [across, down].map((products) => {
    const centre = sumPairwise(products, 0, products.length, (sum) => sum) / mass;
    return f(clip((side - 1) / 2 - centre, -limit, limit));
  });
}

// A sum in the order of numpy's, because the order decides how it is rounded.
function sumPairwise(values, first, count, round) {
  if (count > 128) {
    const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
    return round(sumPairwise(values, first, half, round) + sumPairwise(values, first + half, count - half, round));
  }
  const eight = Array.from(values.subarray(first, first + 8));
  const whole = count - (count % 8);
  for (let i = 8; i < whole; i++) {
    eight[i % 8] = round(eight[i % 8] + values[first + i]);
  }
  const [a, b, c, d, e, g, h, j] = eight;
  let sum = round(round(round(a + b) + round(c + d)) + round(round(e + g) + round(h + j)));
  for (let i = whole; i < count; i++) {
    sum = round(sum + values[first + i]);
  }
  return sum;
}

function clip(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

function roundHalfToEven(value) {
  const below = Math.floor(value), rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2) ? below + 1 : below;
}
