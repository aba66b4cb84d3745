// Describes the curves in sentences and as a table, for people who cannot see them. The table is filled only while it is open.

const ROWS = 20;

// At most `count` of the values, evenly spaced, including the first and the last.
function pickEvenly(values, count) {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))]);
}

// The last number of a column at or before x; undefined if it begins later.
function valueAt(table, series, x) {
  let [low, high] = [0, table[0].length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table[0][middle] <= x) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; i -= 1) if (typeof table[series][i] === "number") return table[series][i];
  return undefined;
}

// "Validation accuracy rose from 61.2 % (epoch 1) to 98.4 % (epoch 12); best 98.6 % at epoch 10." Empty for a curve without points.
function describeCurve(name, [x, column], kind, text) {
  let [first, last, best] = [-1, -1, -1];
  for (let i = 0; i < column.length; i += 1) {
    if (typeof column[i] !== "number") continue;
    if (first < 0) first = i;
    last = i;
    if (best < 0 || kind.better * (column[i] - column[best]) > 0) best = i;
  }
  if (first < 0) return "";
  const at = (i) => ({ value: kind.format(column[i]), epoch: epochText(x[i]) });
  const [from, to, top] = [at(first), at(last), at(best)];
  const parts = { name, from: from.value, begin: from.epoch, to: to.value, end: to.epoch, best: top.value, epoch: top.epoch };
  if (first === last) return fillIn(text.single, parts);
  const change = from.value === to.value ? "stayed" : column[last] > column[first] ? "rose" : "fell";
  return fillIn(text[change], parts) + (kind.better ? ` ${fillIn(text.best, parts)}` : "");
}

// charts: [{name, kind, table, lines, sentences}] of the visible charts.
function createCourse(parent, view) {
  const box = element("details", "course", parent);
  const summary = element("summary", "", box);
  const inside = element("div", "inside", box);
  const list = element("ul", "", inside);
  const scroller = element("div", "scroller", inside);
  scroller.setAttribute("role", "region");
  scroller.tabIndex = 0;
  const [curvesTable, pinnedTable] = [createTable(scroller), createTable(scroller)];
  let shown = [];
  box.addEventListener("toggle", () => update(shown));

  function getColumns(charts) {
    return charts.flatMap(({ kind, table, lines }) =>
      lines
        .map(({ label, fullName = label }, i) => ({ head: fullName, kind, table, series: i + 1 }))
        .filter((_, i) => lines[i].label !== undefined),
    );
  }

  // epochs: of the rows.
  function makeTable(caption, charts, epochs) {
    const columns = getColumns(charts);
    const rows = pickEvenly(epochs, ROWS).map((x) => {
      const values = columns.map(({ kind, table, series }) => valueAt(table, series, x));
      return [epochText(x), ...values.map((value, i) => (value === undefined ? "–" : columns[i].kind.format(value)))];
    });
    return { caption, head: [view.text.epoch, ...columns.map(({ head }) => head)], rows };
  }

  // The epochs at which a curve with markers is measured, otherwise all epochs.
  function getEpochs({ table, lines }) {
    const series = lines.findIndex(({ marker, label }) => marker && label !== undefined) + 1;
    const measured = series ? table[0].filter((_, i) => typeof table[series][i] === "number") : [];
    return measured.length > 1 ? measured : table[0];
  }

  function update(charts) {
    shown = charts;
    if (!box.open) return;
    const [main, pinned] = [charts.filter(({ name }) => name !== "pinned"), charts.filter(({ name }) => name === "pinned")];
    const texts = charts.flatMap(({ sentences }) => sentences);
    if (texts.join() !== [...list.children].map(({ textContent }) => textContent).join()) {
      list.replaceChildren();
      texts.forEach((text) => element("li", "", list, text));
    }
    fillTable(curvesTable, makeTable(view.text.curvesTable, main, getEpochs(main[0])));
    pinnedTable.hidden = pinned.length === 0;
    if (pinned.length) fillTable(pinnedTable, makeTable(view.text.pinned, pinned, getEpochs(pinned[0])));
  }

  return {
    update,
    setText() {
      summary.textContent = view.text.course;
      scroller.setAttribute("aria-label", view.text.course);
    },
  };
}
