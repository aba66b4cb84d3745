// What the curves show, in sentences and as a table, for those who do not see them. The table is only filled while it is open.

const ROWS = 20;

// At most `count` of the values, evenly spaced, the first and the last among them.
function spread(values, count) {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))]);
}

// The last number of a table's column at or before x; undefined where it begins later.
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

// "Validation accuracy rose from 61.2 % (epoch 1) to 98.4 % (epoch 12); best 98.6 % at epoch 10." Nothing for a curve without points.
function sentence(name, [x, column], kind, text) {
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
  const way = from.value === to.value ? "stayed" : column[last] > column[first] ? "rose" : "fell";
  return fillIn(text[way], parts) + (kind.better ? ` ${fillIn(text.best, parts)}` : "");
}

// charts: [{name, kind, table, lines, sentences}] as they are shown.
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

  function columnsOf(charts) {
    return charts.flatMap(({ kind, table, lines }) =>
      lines
        .map(({ label, fullName = label }, i) => ({ head: fullName, kind, table, series: i + 1 }))
        .filter((_, i) => lines[i].label !== undefined),
    );
  }

  // epochs: of the rows.
  function contentOf(caption, charts, epochs) {
    const columns = columnsOf(charts);
    const rows = spread(epochs, ROWS).map((x) => {
      const values = columns.map(({ kind, table, series }) => valueAt(table, series, x));
      return [epochText(x), ...values.map((value, i) => (value === undefined ? "–" : columns[i].kind.format(value)))];
    });
    return { caption, head: [view.text.epoch, ...columns.map(({ head }) => head)], rows };
  }

  // Where a curve is measured once an epoch the rows stand there, else anywhere.
  function epochsOf({ table, lines }) {
    const checked = lines.findIndex(({ marker, label }) => marker && label !== undefined) + 1;
    const measured = checked ? table[0].filter((_, i) => typeof table[checked][i] === "number") : [];
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
    fillTable(curvesTable, contentOf(view.text.curvesTable, main, epochsOf(main[0])));
    pinnedTable.hidden = pinned.length === 0;
    if (pinned.length) fillTable(pinnedTable, contentOf(view.text.pinned, pinned, epochsOf(pinned[0])));
  }

  return {
    update,
    setText() {
      summary.textContent = view.text.course;
      scroller.setAttribute("aria-label", view.text.course);
    },
  };
}
