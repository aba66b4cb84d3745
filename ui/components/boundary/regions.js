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

// Pieces of the lines on which two classes are equally likely, around each class but the last. margin: by how much each cell's class is
// more likely than the second one; it is zero on the line.
function borders(classes, margin, size, count) {
  const kinds = Array.from({ length: Math.max(1, count - 1) }, (_, kind) => kind);
  return kinds.flatMap((kind) => cutCells(Float32Array.from(classes, (index, i) => (index === kind ? 1 : -1) * (margin[i] + 1e-3)), size, -1));
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
  paintCells(pen, size, frame, (bytes, at, cell) => {
    const opacity = shown[4 * cell + 3];
    for (let part = 0; part < 3; part += 1) bytes[at + part] = shown[4 * cell + part] / opacity;
    bytes[at + 3] = 255 * opacity;
  });
}

function drawNames(pen, { places, size }, frame, style) {
  const [across, down] = cellPlaces(size, frame);
  Object.assign(pen, { font: `700 ${17 * textScale()}px ${style.font}`, textAlign: "center", textBaseline: "middle", lineWidth: 5 * textScale(), lineJoin: "round" });
  places.forEach((place, index) => {
    if (place) strokeText(pen, style.names[index], across(place[0] + 0.5), down(place[1] + 0.5), style);
  });
}
