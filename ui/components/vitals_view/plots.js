// The small plots of a layer over the epochs: a distribution as a heat map, and a line.

const COLUMNS = 160;
const WORTH_SHOWING = 4; // of 255

// The index of the last record before each column; -1 where there is none yet, and after the newest one.
function recordAt(records, end) {
  const found = [];
  const newest = records.at(-1)?.epoch ?? 0;
  let index = -1;
  for (let column = 0; column < COLUMNS; column += 1) {
    const [start, epoch] = [column, column + 1].map((edge) => (edge / COLUMNS) * end);
    while (index + 1 < records.length && records[index + 1].epoch <= epoch) index += 1;
    found.push(start <= newest ? index : -1);
  }
  return found;
}

// The lowest and the highest bin that are worth showing in any of the records, [0, 0] if there is none.
function usedBins(records, first = 0) {
  let [low, high] = [Infinity, 0];
  for (const bytes of records) {
    if (!bytes) continue;
    for (let bin = first; bin < bytes.length; bin += 1) {
      if (bytes[bin] < WORTH_SHOWING) continue;
      low = Math.min(low, bin);
      high = Math.max(high, bin);
    }
  }
  return low > high ? [first, first] : [low, high];
}

// heights: the bins of each record from the lowest number up; each column is scaled to its own highest bin.
function drawHeatMap(canvas, columns, heights, palette) {
  const sheet = clearedSheet(canvas);
  const bins = heights.find(Boolean)?.length;
  if (!sheet || !bins) return;
  const image = new ImageData(COLUMNS, bins);
  const ground = mixed(palette.surface, palette.text, 0.05);
  const full = palette.forced ? palette.text : palette.series[0];
  const colours = Array.from({ length: 256 }, (_, height) => mixed(ground, full, (height / 255) ** 0.6));
  columns.forEach((index, column) => {
    const bytes = heights[index];
    for (let bin = 0; bin < bins; bin += 1) {
      const pixel = 4 * ((bins - 1 - bin) * COLUMNS + column);
      image.data.set(bytes ? colours[bytes[bin]] : ground, pixel);
      image.data[pixel + 3] = 255;
    }
  });
  const small = new OffscreenCanvas(COLUMNS, bins);
  small.getContext("2d").putImageData(image, 0, 0);
  sheet.pen.imageSmoothingEnabled = false;
  sheet.pen.drawImage(small, 0, 0, sheet.width, sheet.height);
}

// Bins from -limit to limit, joined or moved to the middle of bins from -wide to wide. Both limits are powers of two.
function widen(bytes, limit, wide) {
  const ratio = Math.round(wide / limit);
  if (ratio <= 1) return bytes;
  const half = bytes.length / 2;
  return bytes.map((_, bin) => {
    const first = half + (bin - half) * ratio;
    let highest = 0;
    for (let i = Math.max(0, first); i < Math.min(bytes.length, first + ratio); i += 1) highest = Math.max(highest, bytes[i]);
    return highest;
  });
}

// points: [epoch, from 0 (bottom) to 1 (top)]; band: the usual range, likewise.
function drawLine(canvas, points, end, palette, { band, dash = [] } = {}) {
  const sheet = clearedSheet(canvas);
  if (!sheet) return;
  const { pen, width, height } = sheet;
  const across = (epoch) => (epoch / end) * (width - 6) + 2;
  const down = (level) => 3 + (1 - level) * (height - 6);
  pen.fillStyle = cssOf(mixed(palette.surface, palette.text, 0.05));
  pen.fillRect(0, 0, width, height);
  if (band) {
    pen.fillStyle = cssOf(mixed(palette.surface, palette.text, 0.14));
    pen.fillRect(0, down(band[1]), width, down(band[0]) - down(band[1]));
    pen.strokeStyle = cssOf(palette.muted);
    pen.setLineDash([2, 3]);
    for (const edge of band) {
      pen.beginPath();
      pen.moveTo(0, down(edge));
      pen.lineTo(width, down(edge));
      pen.stroke();
    }
  }
  pen.strokeStyle = pen.fillStyle = cssOf(palette.forced ? palette.text : palette.series[1 % palette.series.length]);
  pen.lineWidth = 2;
  pen.setLineDash(dash);
  pen.beginPath();
  points.forEach(([epoch, level], i) => pen[i ? "lineTo" : "moveTo"](across(epoch), down(level)));
  pen.stroke();
  if (points.length) {
    pen.beginPath();
    pen.arc(across(points.at(-1)[0]), down(points.at(-1)[1]), 3, 0, 2 * Math.PI);
    pen.fill();
  }
}
