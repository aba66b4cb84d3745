// The cells: their text, colours and descriptions. Row -1 and column -1 are the headers.

// Rounds as Python does, so that the same number in a Python text looks the same.
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1, roundingMode: "halfEven" });
const LIGHT_THEME = { hit: [79, 70, 229], miss: [194, 65, 12] };
const DARK_THEME = { hit: [150, 146, 255], miss: [251, 146, 60] };

// The theme's background, and two colours with a contrast of at least 3:1 to it.
function coloursOf(root) {
  const ground = rgbOf("var(--st-background-color, #fff)", root);
  return { ground, ...(luminance(ground) < 0.2 ? DARK_THEME : LIGHT_THEME) };
}

// The fill follows the square root of the share, so that a few mistakes among a thousand answers are visible.
const fill = (colours, kind, share) => mixed(colours.ground, colours[kind], 0.1 + 0.9 * Math.sqrt(share)).map(Math.round);

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
  const head = cell("th", r < 0 ? "columnheader" : "rowheader", r, c, view.classes[Math.max(r, c)]);
  head.scope = r < 0 ? "col" : "row";
  head.title = describeCell(view, [r, c]);
  return head;
}

function figure(view, r, c) {
  const count = view.rows[r].get(c) ?? 0;
  const kind = r === c ? "hit" : count ? "miss" : "none";
  const share = count / Math.max(1, view.total[r]);
  const element = cell("td", "gridcell", r, c, count ? shown(view, count, share) : "");
  element.className = kind + (kind === "miss" && view.pick ? " opens" : "");
  element.setAttribute("aria-label", describeCell(view, [r, c]));
  if (count) {
    const ground = fill(view.colours, kind, share);
    element.firstChild.style.backgroundColor = cssOf(ground);
    element.firstChild.style.color = cssOf(blackOrWhite(ground));
  }
  return element;
}

function cell(name, role, r, c, text) {
  const [element, inner] = [document.createElement(name), document.createElement("span")];
  element.setAttribute("role", role);
  element.setAttribute("aria-colindex", c + 2);
  element.tabIndex = -1;
  element.dataset.place = `${r},${c}`;
  inner.textContent = text;
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
  const { text, classes, rows, total, answers, number } = view;
  const percent = (part, total) => `${TENTHS.format(100 * (part / Math.max(1, total)))} %`;
  const correct = (i) => rows[i].get(i) ?? 0;
  if (r < 0) return fillIn(text.column, { predicted: classes[c], total: number.format(answers[c]), share: percent(correct(c), answers[c]) });
  if (c < 0) return fillIn(text.row, { true: classes[r], total: number.format(total[r]), share: percent(correct(r), total[r]) });
  const count = rows[r].get(c) ?? 0;
  return fillIn(r === c ? text.correct : text.cell, {
    true: classes[r], predicted: classes[c], count: number.format(count), total: number.format(total[r]), share: percent(count, total[r]),
  });
}
