// A square plot: converts data coordinates to canvas pixels and draws the axes.

const MARGIN = { left: 34, bottom: 24, top: 6, right: 6 };

function frameOf(width, height, [x0, x1, y0, y1]) {
  const [left, bottom, top, right] = [MARGIN.left, MARGIN.bottom, MARGIN.top, MARGIN.right].map((pixels) => pixels * textScale());
  const side = Math.max(1, Math.min(width - left - right, height - top - bottom));
  return {
    left,
    top,
    side,
    across: (x) => left + ((x - x0) / (x1 - x0)) * side,
    down: (y) => top + ((y1 - y) / (y1 - y0)) * side,
  };
}

// Four to eight round numbers.
function ticks(from, to) {
  const ten = 10 ** Math.floor(Math.log10((to - from) / 4));
  const step = [1, 2, 5, 10].map((lead) => lead * ten).find((size) => (to - from) / size <= 8);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let n = Math.ceil(from / step); n * step <= to; n += 1) found.push([n * step, (n * step).toFixed(digits)]);
  return found;
}

function drawAxes(pen, frame, [x0, x1, y0, y1], { muted, font }) {
  pen.fillStyle = muted;
  const scale = textScale();
  pen.font = `${11 * scale}px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const [x, label] of ticks(x0, x1)) pen.fillText(label.replace("-", "−"), frame.across(x), frame.top + frame.side + 7 * scale);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [y, label] of ticks(y0, y1)) pen.fillText(label.replace("-", "−"), frame.left - 7 * scale, frame.down(y));
}

// Sizes a canvas for the screen's resolution and clears it; null while it has no size. The pen and the size are in CSS pixels; one CSS
// pixel is `scale` screen pixels.
function clearedSheet(canvas) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return null;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const pen = canvas.getContext("2d");
  pen.resetTransform();
  pen.clearRect(0, 0, across, down);
  pen.scale(scale, scale);
  return { pen, scale, width, height };
}
