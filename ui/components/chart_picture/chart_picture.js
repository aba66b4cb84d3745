// Saves a Plotly chart of the page as it is drawn, as SVG or as PNG of twice its size.

const SVG = "http://www.w3.org/2000/svg";
const SCALE = 2;

export default function ({ parentElement, data }) {
  const row = parentElement.querySelector(".pictures");
  row.setAttribute("aria-label", data.label);
  const [svg, png] = ["svg", "png"].map((kind) => {
    const button = row.querySelector(`.${kind}`) ?? element("button", kind, row);
    button.type = "button";
    button.textContent = data.titles[kind];
    button.onclick = () => save(kind, data, row);
    return button;
  });
  row.replaceChildren(svg, png);
}

async function save(kind, { chart, file }, row) {
  const plot = document.querySelector(`.st-key-${CSS.escape(chart)} .js-plotly-plot`);
  if (!plot) return;
  const drawn = copy(plot, getComputedStyle(row).getPropertyValue("--st-background-color") || "#fff");
  const picture = new Blob([new XMLSerializer().serializeToString(drawn)], { type: "image/svg+xml" });
  download(kind === "svg" ? picture : await toPng(picture, drawn), `${file}.${kind}`);
}

function copy(plot, ground) {
  const { width, height } = plot.getBoundingClientRect();
  const drawn = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) drawn.setAttribute(name, value);
  const paper = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ width, height, fill: ground })) paper.setAttribute(name, value);
  drawn.append(paper);
  for (const layer of plot.querySelectorAll("svg.main-svg")) {
    const clone = layer.cloneNode(true);
    keepWidths(layer, clone);
    clone.querySelectorAll(".hoverlayer, .zoomlayer").forEach((node) => node.replaceChildren());
    clone.removeAttribute("style");
    drawn.append(clone);
  }
  return drawn;
}

// Other programs may not have the page's font. Texts keep their widths, so that none overlaps the next one.
function keepWidths(layer, clone) {
  const copies = clone.querySelectorAll("text");
  layer.querySelectorAll("text").forEach((text, place) => {
    const width = text.getComputedTextLength();
    if (!width || text.querySelector("tspan")) return;
    copies[place].setAttribute("textLength", width);
    copies[place].setAttribute("lengthAdjust", "spacingAndGlyphs");
  });
}

async function toPng(picture, drawn) {
  const address = URL.createObjectURL(picture);
  const image = new Image();
  image.src = address;
  await image.decode();
  URL.revokeObjectURL(address);
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * drawn.getAttribute("width");
  canvas.height = SCALE * drawn.getAttribute("height");
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
