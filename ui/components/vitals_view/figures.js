// Numbers in words, and a picture whose values can be read with the pointer or the arrow keys.

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Three digits, with powers of ten only where zeros would fill the screen.
function formatNumber(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 0.001 && size < 10000 ? String(Number(value.toPrecision(3))) : value.toExponential(1).replace("e+", "e");
  return text.replaceAll("-", "−");
}

const formatPercent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

// A figure: a caption, a canvas and a line below. read(column, row) describes the place (from 0 to 1, from the upper left corner), and
// step() says how far an arrow key goes.
function makeFigure(parent, { read, step }) {
  const figure = element("figure", "", parent);
  const caption = element("figcaption", "", figure);
  const canvas = element("canvas", "", figure);
  const below = element("div", "below", figure);
  const reading = element("div", "reading", figure);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const place = { x: 0.999, y: 0.5 };
  const show = () => {
    setText(reading, read(place.x, place.y) ?? "");
    figure.classList.add("read");
  };
  const hide = () => {
    figure.classList.remove("read");
    setText(reading, "");
  };
  canvas.addEventListener("pointermove", (event) => {
    place.x = Math.min(0.999, Math.max(0, event.offsetX / canvas.clientWidth));
    place.y = Math.min(0.999, Math.max(0, event.offsetY / canvas.clientHeight));
    show();
  });
  canvas.addEventListener("pointerleave", () => document.activeElement !== canvas && hide());
  canvas.addEventListener("blur", hide);
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const [across, down] = step();
    place.x = Math.min(0.999, Math.max(0, place.x + move[0] * across));
    place.y = Math.min(0.999, Math.max(0, place.y + move[1] * down));
    show();
  });
  reading.setAttribute("aria-live", "polite");
  return { figure, caption, canvas, below };
}
