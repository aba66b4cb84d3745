// Small cells on a canvas that stays in the visible part: all at once as a picture with one pixel for each cell, enlarged, and beside it
// as many names as there is room for.

const NAME_SPACE = 12; // pixels for a line of text
const NAME_FONT = 11;
const LEAST_SHADE = 0.35; // of a cell that is not zero, which has no frame here

// The matrix with one pixel for each cell, as a canvas.
function makePixels(view, colours = view.colours) {
  const { order } = view;
  const count = order.length;
  const sheet = new OffscreenCanvas(count, count);
  const pen = sheet.getContext("2d");
  const image = pen.createImageData(count, count);
  const shades = ["hit", "miss"].map((kind) => range(0, 101).map((step) => fill(colours, kind, step / 100, LEAST_SHADE)));
  for (let r = 0; r < count; r += 1) {
    for (let c = 0; c < count; c += 1) {
      const found = countOf(view, r, c);
      if (!found) continue;
      const [red, green, blue] = shades[r === c ? 0 : 1][Math.round(100 * Math.min(1, found / wholeOf(view, r, c)))];
      image.data.set([red, green, blue, 255], 4 * (r * count + c));
    }
  }
  pen.putImageData(image, 0, 0);
  return sheet;
}

function drawOverview(view) {
  const { scroller, canvas, colours, name, head, cell, classes } = view;
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [scroller.clientWidth, Math.min(scroller.clientHeight || MAX_HEIGHT, head + classes.length * cell + 2)];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.style.marginBottom = `-${height}px`;
  Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.imageSmoothingEnabled = false;
  const [left, top] = [name - scroller.scrollLeft, head - scroller.scrollTop];
  const size = classes.length * cell;
  view.pixels ??= makePixels(view);
  pen.save();
  clipTo(pen, name, head, width - name, height - head);
  pen.drawImage(view.pixels, left, top, size, size);
  pen.strokeStyle = cssOf(colours.ink);
  pen.globalAlpha = 0.4;
  pen.strokeRect(left + 0.5, top + 0.5, size - 1, size - 1);
  pen.globalAlpha = 1;
  for (const [place, thickness] of [[view.shown, 1], [view.picked, 2]]) frame(pen, view, place, left, top, size, thickness);
  pen.restore();

  const font = getComputedStyle(view.root).fontFamily;
  const at = view.shown ?? view.picked ?? [-1, -1];
  pen.save();
  clipTo(pen, 0, head - NAME_SPACE / 2, name, height);
  drawNames(pen, view, { from: top, until: height, current: at[0], length: name - 8, font, place: (text, y) => [name - 6, y] });
  pen.restore();
  pen.save();
  clipTo(pen, name - NAME_SPACE / 2, 0, width, head);
  pen.translate(0, head);
  pen.rotate(-Math.PI / 2);
  drawNames(pen, view, { from: left, until: width, current: at[1], length: head - 8, font, place: (text, x) => [6, x], isColumn: true });
  pen.restore();
}

function clipTo(pen, x, y, width, height) {
  pen.beginPath();
  pen.rect(x, y, Math.max(0, width), Math.max(0, height));
  pen.clip();
}

// A frame around a cell, or two lines along a whole row or column.
function frame(pen, { cell, colours }, place, left, top, size, thickness) {
  if (!place) return;
  const [r, c] = place;
  pen.lineWidth = thickness;
  pen.strokeStyle = cssOf(colours.ink);
  const [x, width] = c < 0 ? [left - 4, size + 8] : [left + c * cell, cell];
  const [y, height] = r < 0 ? [top - 4, size + 8] : [top + r * cell, cell];
  pen.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
}

// Every name where there is room, else every second, third …; the current one always.
function drawNames(pen, view, { from, until, current, length, font, place, isColumn = false }) {
  const { cell, classes, colours } = view;
  const step = Math.ceil(NAME_SPACE / cell);
  pen.textAlign = isColumn ? "left" : "right";
  pen.textBaseline = "middle";
  pen.fillStyle = cssOf(colours.ink);
  pen.font = `${NAME_FONT}px ${font}`;
  for (let at = 0; at < classes.length; at += step) {
    const middle = from + (at + 0.5) * cell;
    const isCovered = current >= 0 && Math.abs(at - current) * cell < NAME_SPACE;
    if (middle > -NAME_SPACE && middle < until + NAME_SPACE && !isCovered) pen.fillText(shortened(pen, nameOf(view, at), length), ...place("", middle));
  }
  if (current < 0) return;
  pen.font = `700 ${NAME_FONT + 1}px ${font}`;
  pen.fillText(`${shortened(pen, nameOf(view, current), length)}`, ...place("", from + (current + 0.5) * cell));
}

// The longest start of the text that is as wide as that, with an ellipsis.
function shortened(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  const letters = [...text];
  let [fits, tooLong] = [0, letters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (pen.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) fits = middle;
    else tooLong = middle;
  }
  return `${letters.slice(0, fits).join("")}…`;
}
