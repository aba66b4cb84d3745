// Shapes and dashes, so that lines and points are told apart without their colours.

const MARKERS = ["circle", "square", "triangle", "diamond", "cross", "down", "bar"];
const DASHES = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]];
const SVG = "http://www.w3.org/2000/svg";

// The outline of a marker around the origin, as an SVG path; all cover about the same area.
function markerPath(shape, r) {
  const [a, b, c, d] = [0.88, 1.25, 0.36, 1.1].map((share) => share * r);
  switch (shape) {
    case "square": return `M${-a} ${-a}H${a}V${a}H${-a}Z`;
    case "triangle": return `M0 ${-b}L${b} ${a}H${-b}Z`;
    case "diamond": return `M0 ${-b}L${b} 0L0 ${b}L${-b} 0Z`;
    case "cross": return `M${-c} ${-d}H${c}V${-c}H${d}V${c}H${c}V${d}H${-c}V${c}H${-d}V${-c}H${-c}Z`;
    case "down": return `M0 ${b}L${b} ${-a}H${-b}Z`;
    case "bar": return `M${-c} ${-b}H${c}V${b}H${-c}Z`;
    default: return `M${r} 0A${r} ${r} 0 1 1 ${-r} 0A${r} ${r} 0 1 1 ${r} 0Z`;
  }
}

// The look of a line or of a point, small, for a legend. Without a line only the marker.
function swatch(parent, { colour, surface, line = true, dash, marker, hollow }) {
  const part = (name, attributes, inside) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    inside.append(node);
    return node;
  };
  const width = line ? 30 : 14;
  const svg = part("svg", { class: "swatch", width, height: 14, viewBox: `0 0 ${width} 14`, "aria-hidden": "true" }, parent);
  if (line) part("path", { d: "M1 7H29", stroke: colour, "stroke-width": 2.25, "stroke-dasharray": dash?.join(" ") ?? "none" }, svg);
  if (marker) {
    const look = { fill: hollow ? surface : colour, stroke: colour, "stroke-width": hollow ? 2 : 0.5 };
    part("path", { d: markerPath(marker, 4), transform: `translate(${width / 2} 7)`, ...look }, svg);
  }
  return svg;
}

// Markers on the lines of a uPlot chart, at least `gap` pixels apart, and begun at different places, so that they do not hide each other.
function drawMarkers(u, lines, surface) {
  const scale = window.devicePixelRatio || 1;
  const pen = u.ctx;
  const { left, top, width, height } = u.bbox;
  const [first, last] = u.series[0].idxs;
  pen.save();
  pen.beginPath();
  pen.rect(left - 5 * scale, top - 5 * scale, width + 10 * scale, height + 10 * scale);
  pen.clip();
  pen.setLineDash([]); // the line drawn last may have left its own
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
