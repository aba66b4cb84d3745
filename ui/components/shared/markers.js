// The shapes of points and the dashes of lines, by which they differ without their colours. CHART_STYLES comes from __init__.py.

const MARKERS = Object.keys(CHART_STYLES.markers);
const DASHES = CHART_STYLES.dashes.map((dash) => (dash.length ? dash : undefined));
const SVG = "http://www.w3.org/2000/svg";

// The outline of a marker of radius r around the origin, as an SVG path.
const markerPath = (shape, r) => CHART_STYLES.markers[shape].replace(/-?[\d.]+/g, (number) => number * r);

const crossPath = (r) => `M${-r / 2} ${-r / 2}L${r / 2} ${r / 2}M${-r / 2} ${r / 2}L${r / 2} ${-r / 2}`;

// A small sample of a line or a point for a legend.
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
    const style = { fill: hollow ? surface : colour, stroke: colour, "stroke-width": hollow ? 2 : 0.5 };
    part("path", { d: markerPath(marker, 4) + (crossed ? crossPath(4) : ""), transform: `translate(${width / 2} 7)`, ...style }, svg);
  }
  return svg;
}
