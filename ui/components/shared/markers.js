// Shapes by which points and lines differ without their colours.

const MARKERS = ["circle", "square", "triangle", "diamond", "cross", "down", "bar"];
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

const crossPath = (r) => `M${-r / 2} ${-r / 2}L${r / 2} ${r / 2}M${-r / 2} ${r / 2}L${r / 2} ${-r / 2}`;

// The look of a line or of a point, small, for a legend. Without a line only the marker.
function swatch(parent, { colour, surface, line = true, dash, marker, hollow, crossed }) {
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
    part("path", { d: markerPath(marker, 4) + (crossed ? crossPath(4) : ""), transform: `translate(${width / 2} 7)`, ...look }, svg);
  }
  return svg;
}
