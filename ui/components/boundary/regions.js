// The regions of a grid of classes: their tints, the lines between them and the positions of their names.

const [FAINTEST, STRONGEST] = [0.08, 0.42];

// Rescales the confidence to 0 (all classes equally likely) to 1.
function getStrength(confidence, classes) {
  const uniform = 255 / Math.max(2, classes);
  return Float32Array.from(confidence, (value) => Math.max(0, (value - uniform) / (255 - uniform)));
}

// RGBA of each cell, premultiplied, from the lowest row up; the opacity grows with the strength.
function tints(classes, strengths, regions) {
  const out = new Float32Array(4 * classes.length);
  classes.forEach((index, i) => {
    const opacity = FAINTEST + (STRONGEST - FAINTEST) * strengths[i];
    const [red, green, blue] = regions[index] ?? [128, 128, 128];
    out.set([red * opacity, green * opacity, blue * opacity, opacity], 4 * i);
  });
  return out;
}

// Pieces [x, y, x, y], in cells, of the lines on which two classes are equally likely: marching squares around each class but the
// last. margin: by how much each cell's class is more likely than the second one; it is zero on the line.
function borders(classes, margin, size, count) {
  const pieces = [];
  const at = (column, row) => Math.min(size - 1, Math.max(0, row)) * size + Math.min(size - 1, Math.max(0, column));
  for (let kind = 0; kind < Math.max(1, count - 1); kind += 1) {
    const field = Float32Array.from(classes, (index, i) => (index === kind ? 1 : -1) * (margin[i] + 1e-3));
    for (let row = -1; row < size; row += 1) {
      for (let column = -1; column < size; column += 1) {
        const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
        const values = corners.map(([x, y]) => field[at(x, y)]);
        const cuts = [];
        for (let side = 0; side < 4; side += 1) {
          const [start, end] = [values[side], values[(side + 1) % 4]];
          if (start > 0 === end > 0) continue;
          const [from, to] = [corners[side], corners[(side + 1) % 4]];
          cuts.push(from.map((value, axis) => value + 0.5 + (to[axis] - value) * (start / (start - end))));
        }
        for (let i = 0; i + 1 < cuts.length; i += 2) pieces.push([...cuts[i], ...cuts[i + 1]]);
      }
    }
  }
  return pieces;
}

// For each class the cell [column, row] that is farthest from other classes, or null. A name keeps its position while that is nearly as
// good, so that it does not jump.
function placeNames(classes, size, count, before) {
  const distances = getDistances(classes, size);
  return Array.from({ length: count }, (_, kind) => {
    let best = -1;
    classes.forEach((index, i) => {
      if (index === kind && (best < 0 || distances[i] > distances[best])) best = i;
    });
    if (best < 0 || distances[best] < 3) return null;
    const old = before?.[kind];
    const oldIndex = old && old[1] * size + old[0];
    if (old && classes[oldIndex] === kind && distances[oldIndex] >= 0.7 * distances[best]) return old;
    return [best % size, Math.floor(best / size)];
  });
}

// The chessboard distance of each cell to another class or to the edge, computed in two passes.
function getDistances(classes, size) {
  const distances = new Float32Array(classes.length);
  const scan = (from, to, step, sides) => {
    for (let row = from; row !== to; row += step) {
      for (let column = from; column !== to; column += step) {
        const here = row * size + column;
        for (const [dx, dy] of sides) {
          const [x, y] = [column + dx, row + dy];
          const inside = x >= 0 && y >= 0 && x < size && y < size;
          const there = inside && classes[y * size + x] === classes[here] ? distances[y * size + x] : 0;
          distances[here] = Math.min(distances[here], there + 1);
        }
      }
    }
  };
  distances.fill(size);
  scan(0, size, 1, [[-1, 0], [0, -1], [-1, -1], [1, -1]]);
  scan(size - 1, -1, -1, [[1, 0], [0, 1], [1, 1], [-1, 1]]);
  return distances;
}

function drawRegions(pen, { size }, shown, frame) {
  const image = new ImageData(size, size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const [from, to] = [4 * (row * size + column), 4 * ((size - 1 - row) * size + column)];
      const opacity = shown[from + 3];
      for (let part = 0; part < 3; part += 1) image.data[to + part] = shown[from + part] / opacity;
      image.data[to + 3] = 255 * opacity;
    }
  }
  const small = new OffscreenCanvas(size, size);
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, frame.left, frame.top, frame.side, frame.side);
}

function drawBorders(pen, { lines, size }, frame, { ink }) {
  const [across, down] = [(x) => frame.left + (x / size) * frame.side, (y) => frame.top + (1 - y / size) * frame.side];
  pen.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    pen.moveTo(across(x0), down(y0));
    pen.lineTo(across(x1), down(y1));
  }
  pen.strokeStyle = ink;
  pen.lineWidth = 2;
  pen.lineCap = "round";
  pen.stroke();
}

function drawNames(pen, { places, size }, frame, { names, ink, surface, font }) {
  pen.font = `700 17px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 5;
  pen.lineJoin = "round";
  places.forEach((place, index) => {
    if (!place) return;
    const x = frame.left + ((place[0] + 0.5) / size) * frame.side;
    const y = frame.top + (1 - (place[1] + 0.5) / size) * frame.side;
    pen.strokeStyle = surface;
    pen.strokeText(names[index], x, y);
    pen.fillStyle = ink;
    pen.fillText(names[index], x, y);
  });
}
