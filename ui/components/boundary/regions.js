// The regions of a grid of classes: their tints, the lines between them and where their names stand.

const [FAINTEST, STRONGEST] = [0.08, 0.42];

// From 0, where every class is as likely, to 1.
function strengthOf(confidence, classes) {
  const even = 255 / Math.max(2, classes);
  return Float32Array.from(confidence, (value) => Math.max(0, (value - even) / (255 - even)));
}

// RGBA of each cell, from the lowest row up, each part times its opacity: the surer, the stronger.
function tints(classes, strength, regions) {
  const out = new Float32Array(4 * classes.length);
  classes.forEach((index, i) => {
    const opacity = FAINTEST + (STRONGEST - FAINTEST) * strength[i];
    const [red, green, blue] = regions[index] ?? [128, 128, 128];
    out.set([red * opacity, green * opacity, blue * opacity, opacity], 4 * i);
  });
  return out;
}

// Pieces [x, y, x, y] of the lines on which two classes are as likely, in cells: marching squares around each class but the
// last. lead: by how much each cell's class is likelier than the next one; the line lies where the lead of both sides runs out.
function borders(classes, lead, size, count) {
  const pieces = [];
  const at = (column, row) => Math.min(size - 1, Math.max(0, row)) * size + Math.min(size - 1, Math.max(0, column));
  for (let kind = 0; kind < Math.max(1, count - 1); kind += 1) {
    const field = Float32Array.from(classes, (index, i) => (index === kind ? 1 : -1) * (lead[i] + 1e-3));
    for (let row = -1; row < size; row += 1) {
      for (let column = -1; column < size; column += 1) {
        const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
        const values = corners.map(([x, y]) => field[at(x, y)]);
        const cuts = [];
        for (let side = 0; side < 4; side += 1) {
          const [one, other] = [values[side], values[(side + 1) % 4]];
          if (one > 0 === other > 0) continue;
          const [from, to] = [corners[side], corners[(side + 1) % 4]];
          cuts.push(from.map((place, axis) => place + 0.5 + (to[axis] - place) * (one / (one - other))));
        }
        for (let i = 0; i + 1 < cuts.length; i += 2) pieces.push([...cuts[i], ...cuts[i + 1]]);
      }
    }
  }
  return pieces;
}

// For each class the cell [column, row] of its own that is farthest from any other class, or null. A name stays where it was
// while that place is nearly as good, so that it does not jump about.
function namePlaces(classes, size, count, before) {
  const room = roomAround(classes, size);
  return Array.from({ length: count }, (_, kind) => {
    let best = -1;
    classes.forEach((index, i) => {
      if (index === kind && (best < 0 || room[i] > room[best])) best = i;
    });
    if (best < 0 || room[best] < 3) return null;
    const old = before?.[kind];
    const kept = old && old[1] * size + old[0];
    if (old && classes[kept] === kind && room[kept] >= 0.7 * room[best]) return old;
    return [best % size, Math.floor(best / size)];
  });
}

// How many cells it is from each one to another class or to the edge, by king's moves, in two sweeps.
function roomAround(classes, size) {
  const room = new Float32Array(classes.length);
  const sweep = (from, to, step, sides) => {
    for (let row = from; row !== to; row += step) {
      for (let column = from; column !== to; column += step) {
        const here = row * size + column;
        for (const [dx, dy] of sides) {
          const [x, y] = [column + dx, row + dy];
          const inside = x >= 0 && y >= 0 && x < size && y < size;
          const there = inside && classes[y * size + x] === classes[here] ? room[y * size + x] : 0;
          room[here] = Math.min(room[here], there + 1);
        }
      }
    }
  };
  room.fill(size);
  sweep(0, size, 1, [[-1, 0], [0, -1], [-1, -1], [1, -1]]);
  sweep(size - 1, -1, -1, [[1, 0], [0, 1], [1, 1], [-1, 1]]);
  return room;
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
