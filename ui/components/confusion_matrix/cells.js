// The cells: their figures, colours and descriptions. Row -1 and column -1 are the headers. Places are those on the screen;
// `view.order` has the class at each.

// Rounds as Python does, so that the same number in a Python text looks the same.
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1, roundingMode: "halfEven" });
const LIGHT_THEME = { hit: [79, 70, 229], miss: [194, 65, 12] };
const DARK_THEME = { hit: [150, 146, 255], miss: [251, 146, 60] };

// The theme's background, and two colours with a contrast of at least 3:1 to it.
function coloursOf(root) {
  const ground = rgbOf("var(--st-background-color, #fff)", root);
  const ink = rgbOf("var(--st-text-color, #222)", root);
  return { ground, ink, ...(luminance(ground) < 0.2 ? DARK_THEME : LIGHT_THEME) };
}

// The fill follows the square root of the share, so that a few mistakes among a thousand answers are visible.
const fill = (colours, kind, share, least = 0.1) => mixed(colours.ground, colours[kind], least + (1 - least) * Math.sqrt(share)).map(Math.round);

// The cells that are not zero arrive as the gaps between them and their counts, each as whole numbers
// of a fixed width, the lowest bytes of all first, compressed.
async function unpackCells({ gaps, counts }, classes) {
  const [steps, values] = await Promise.all([gaps, counts].map(unpackNumbers));
  const cells = new Uint32Array(classes * classes);
  let at = -1;
  steps.forEach((step, i) => (cells[(at += step + 1)] = values[i]));
  return cells;
}

async function unpackNumbers([width, packed]) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / width;
  const numbers = new Uint32Array(count);
  for (let plane = 0; plane < width; plane += 1) {
    for (let i = 0; i < count; i += 1) numbers[i] += planes[plane * count + i] * 256 ** plane;
  }
  return numbers;
}

const countOf = ({ cells, order }, r, c) => cells[order[r] * order.length + order[c]];
const nameOf = (view, place) => view.classes[view.order[place]];
const trueTotal = (view, r) => view.trueTotals[view.order[r]];
const predictedTotal = (view, c) => view.predictedTotals[view.order[c]];
const wholeOf = (view, r, c) => Math.max(1, view.unit === "precision" ? predictedTotal(view, c) : trueTotal(view, r));

function corner(view) {
  const head = cell("th", "columnheader", -1, -1, "");
  head.className = "corner";
  head.scope = "col";
  const label = document.createElement("span");
  label.className = "unseen";
  label.textContent = view.text.corner;
  head.replaceChildren(label);
  head.style.height = `${view.head}px`;
  delete head.dataset.place;
  return head;
}

function header(view, r, c) {
  const head = cell("th", r < 0 ? "columnheader" : "rowheader", r, c, nameOf(view, Math.max(r, c)));
  head.scope = r < 0 ? "col" : "row";
  head.title = describeCell(view, [r, c]);
  setState(view, head, [r, c]);
  return head;
}

function figure(view, r, c) {
  const count = countOf(view, r, c);
  const kind = r === c ? "hit" : count ? "miss" : "none";
  const share = count / wholeOf(view, r, c);
  const element = cell("td", "gridcell", r, c, count ? shown(view, count, share) : "");
  element.className = kind;
  setState(view, element, [r, c]);
  element.setAttribute("aria-label", describeCell(view, [r, c]));
  if (count) {
    const ground = fill(view.colours, kind, share);
    element.firstChild.style.backgroundColor = cssOf(ground);
    element.firstChild.style.color = cssOf(blackOrWhite(ground));
  }
  return element;
}

function setState(view, element, place) {
  element.classList.toggle("opens", opens(view, place));
  const isPicked = String(view.picked) === String(place);
  element.classList.toggle("picked", isPicked);
  if (isPicked) element.setAttribute("aria-selected", "true");
  const [r, c] = view.picked ?? [];
  element.classList.toggle("picked-row", c < 0 && place[0] === r);
  element.classList.toggle("picked-column", r < 0 && place[1] === c);
}

function cell(name, role, r, c, text) {
  const [element, inner] = [document.createElement(name), document.createElement("span")];
  element.setAttribute("role", role);
  element.setAttribute("aria-colindex", c + 2);
  element.tabIndex = -1;
  element.dataset.place = `${r},${c}`;
  inner.textContent = text;
  inner.dir = "auto";
  element.append(inner);
  return element;
}

function shown(view, count, share) {
  if (view.unit === "counts") return count < 10_000 ? view.number.format(count) : `${Math.round(count / 1000)}k`;
  const percent = 100 * share;
  if (percent < 0.05) return "<0.1";
  return percent >= 99.95 || view.cell < 30 ? String(Math.round(percent)) : TENTHS.format(percent);
}

function describeCell(view, [r, c]) {
  const { text, number } = view;
  const percent = (part, total) => `${TENTHS.format(100 * (part / Math.max(1, total)))} %`;
  const correct = (i) => countOf(view, i, i);
  if (r < 0) {
    const total = predictedTotal(view, c);
    return fillIn(text.column, { predicted: nameOf(view, c), total: number.format(total), share: percent(correct(c), total) });
  }
  if (c < 0) {
    const total = trueTotal(view, r);
    return fillIn(text.row, { true: nameOf(view, r), total: number.format(total), share: percent(correct(r), total) });
  }
  const count = countOf(view, r, c);
  const total = view.unit === "precision" ? predictedTotal(view, c) : trueTotal(view, r);
  const template = text[(r === c ? "correct" : "cell") + (view.unit === "precision" ? "_of_answers" : "")];
  return fillIn(template, {
    true: nameOf(view, r), predicted: nameOf(view, c), count: number.format(count), total: number.format(total), share: percent(count, total),
  });
}
