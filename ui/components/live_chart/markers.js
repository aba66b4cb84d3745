// Draws markers on the lines of a uPlot chart, at least `gap` pixels apart and shifted from line to line, so that they do not overlap.
function drawMarkers(u, lines, surface) {
  const scale = (window.devicePixelRatio || 1) * textScale();
  const pen = u.ctx;
  const { left, top, width, height } = u.bbox;
  const [first, last] = u.series[0].idxs;
  pen.save();
  pen.beginPath();
  pen.rect(left - 5 * scale, top - 5 * scale, width + 10 * scale, height + 10 * scale);
  pen.clip();
  pen.setLineDash([]); // reset the dash of the last line
  lines.forEach(({ marker, colour, hollow, gap = 8, shift = 0 }, i) => {
    if (!marker) return;
    const shape = new Path2D(markerPath(marker, 3.6));
    const column = u.data[i + 1];
    let before = left + (shift - gap) * scale;
    let skipped;
    const put = (k) => {
      pen.setTransform(scale, 0, 0, scale, u.valToPos(u.data[0][k], "x", true), u.valToPos(column[k], "y", true));
      [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = [hollow ? surface : colour, colour, hollow ? 2 : 0.5];
      pen.fill(shape);
      pen.stroke(shape);
    };
    for (let k = first; k <= last; k += 1) {
      if (typeof column[k] !== "number") continue;
      const x = u.valToPos(u.data[0][k], "x", true);
      skipped = x - before < gap * scale ? (skipped ?? k) : null;
      if (skipped !== null) continue;
      put(k);
      before = x;
    }
    if (typeof skipped === "number" && before < left) put(skipped);
  });
  pen.restore();
}
