// The map's canvas: decoded pictures as tiles, the test pictures as points with their classes' names, and a ring around the picked point.

const MAX_NAME = 14;

function draw(state) {
  const sheet = state.extent && clearedSheet(state.canvas);
  if (!sheet) return;
  const { pen, scale, width, height } = sheet;
  const frame = frameOf(width, height, state.extent);
  pen.save();
  pen.resetTransform();
  pen.drawImage(getBackground(state, frame, scale), 0, 0);
  pen.restore();
  drawRing(pen, state, frame);
}

// Everything but the ring. Drawn again only when it changes.
function getBackground(state, frame, scale) {
  const { canvas, extent, show, palette, version } = state;
  const key = JSON.stringify([canvas.width, canvas.height, extent, show, palette, version]);
  if (state.background?.key === key) return state.background.sheet;
  const sheet = new OffscreenCanvas(canvas.width, canvas.height);
  const pen = sheet.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.save();
  pen.beginPath();
  pen.roundRect(frame.left, frame.top, frame.side, frame.side, 6);
  pen.clip();
  pen.fillStyle = cssOf(mixed(palette.surface, palette.text, 0.04));
  pen.fillRect(frame.left, frame.top, frame.side, frame.side);
  pen.globalAlpha = show.points ? 0.35 : 1;
  if (show.tiles && state.sheet) pen.drawImage(state.sheet, frame.left, frame.top, frame.side, frame.side);
  pen.globalAlpha = 1;
  if (show.points) drawPoints(pen, state, frame, scale);
  if (show.points) drawNames(pen, state, frame);
  pen.restore();
  drawAxes(pen, frame, extent, { muted: cssOf(palette.muted), font: palette.font });
  state.background = { key, sheet };
  return sheet;
}

function drawPoints(pen, { places, labels, styles }, frame, scale) {
  const shapes = styles.map(({ marker }) => new Path2D(markerPath(marker, textScale() * (labels.length > 2500 ? 2.5 : 3.2))));
  for (let i = 0; i < labels.length; i += 1) {
    const shape = shapes[labels[i]];
    const { colour, surface, hollow } = styles[labels[i]];
    pen.setTransform(scale, 0, 0, scale, scale * frame.across(places[2 * i]), scale * frame.down(places[2 * i + 1]));
    [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = hollow ? [surface, colour, 1.4] : [colour, surface, 0.8];
    pen.fill(shape);
    pen.stroke(shape);
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
}

// The name of each class at the median of its points; names that would overlap are only in the legend.
function drawNames(pen, { classes, palette }, frame) {
  const taken = [];
  pen.font = `700 ${14 * textScale()}px ${palette.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = cssOf(palette.surface);
  pen.fillStyle = cssOf(palette.text);
  for (const { label, median } of classes) {
    const name = label.length > MAX_NAME ? `${label.slice(0, MAX_NAME - 1)}…` : label;
    const half = pen.measureText(name).width / 2 + 3;
    const x = Math.min(Math.max(frame.across(median[0]), frame.left + half), frame.left + frame.side - half);
    const y = frame.down(median[1]);
    if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 17 * textScale())) continue;
    taken.push({ x, y, half });
    pen.strokeText(name, x, y);
    pen.fillText(name, x, y);
  }
}

// White and black, so that it stands out from every background.
function drawRing(pen, { point }, frame) {
  for (const [colour, thick] of [["#fff", 5.5], ["#111", 2.5]]) {
    pen.beginPath();
    pen.arc(frame.across(point[0]), frame.down(point[1]), 8, 0, 2 * Math.PI);
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.stroke();
  }
}
