// Fits the sizes to the available space and the zoom, and keeps only the cells near the visible part in the page. Cells that are too
// small for figures are drawn on a canvas; then only the current one is an element.

const ALL_CELLS_UP_TO = 50; // classes
const OVERSCAN = 6; // rows and columns outside the visible part, so that not every scroll redraws
const MAX_HEIGHT = 640; // as in the style sheet
const [MIN_CELL, MAX_CELL] = [24, 56]; // pixels, of cells with figures
const [MIN_ROW, MAX_ROW] = [26, 44];
const [MAX_NAME, MAX_HEAD] = [150, 120];
const ZOOM_STEP = 1.5;

function lay(view) {
  const { scroller, classes, text } = view;
  const names = new OffscreenCanvas(1, 1).getContext("2d");
  names.font = `600 14px ${getComputedStyle(view.root).fontFamily}`;
  const longest = Math.max(...classes.map((name) => names.measureText(name.slice(0, 40)).width));
  view.width = scroller.clientWidth;
  const name = Math.ceil(Math.min(longest + 16, MAX_NAME, view.width * 0.35));
  const height = Math.min(MAX_HEIGHT, 0.8 * window.innerHeight) - Math.min(longest + 14, MAX_HEAD);
  view.fit = Math.max(classes.length > 300 ? 1 : 2, Math.floor(Math.min((view.width - name - 14) / classes.length, height / classes.length, MIN_CELL - 1)));
  const whole = Math.floor(Math.min(Math.max((view.width - name) / classes.length, MIN_CELL), MAX_CELL));
  const cell = view.zoom ?? (classes.length <= ALL_CELLS_UP_TO ? whole : view.fit);
  view.isOverview = cell < MIN_CELL;
  const upright = view.isOverview || longest + 14 > cell;
  const row = view.isOverview ? cell : Math.min(Math.max(cell, MIN_ROW), MAX_ROW);
  Object.assign(view, { name, cell, row, head: upright ? Math.ceil(Math.min(longest + 14, MAX_HEAD)) : 28 });

  const table = view.table ?? document.createElement("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-readonly", "true");
  table.setAttribute("aria-describedby", "summary");
  table.setAttribute("aria-rowcount", classes.length + 1);
  table.setAttribute("aria-colcount", classes.length + 1);
  table.classList.toggle("upright", upright);
  view.root.classList.toggle("overview", view.isOverview);
  table.style.width = `${name + cell * classes.length}px`;
  table.style.setProperty("--row", `${view.isOverview ? row : row - 2}px`);
  table.style.setProperty("--head", `${view.head}px`);
  table.style.setProperty("--figure", cell < 30 ? "10px" : cell < 38 ? "11px" : "13px");
  if (!view.table) {
    const caption = document.createElement("caption");
    caption.append(document.createElement("span"));
    table.append(caption, ...["colgroup", "thead", "tbody"].map((part) => document.createElement(part)));
    scroller.append(table);
  }
  const title = table.caption.firstChild;
  title.textContent = text.caption;
  title.style.width = "max-content"; // wider than the table of two classes
  title.style.maxWidth = `${view.width}px`;
  view.table = table;
  view.captionHeight = view.isOverview ? 0 : table.caption.offsetHeight;
  view.zoomButtons.hidden = classes.length <= ALL_CELLS_UP_TO && whole >= MAX_CELL / 2;
  const [smaller, larger, all] = view.zoomButtons.children;
  for (const [button, isAtEnd] of [[smaller, cell <= view.fit], [larger, cell >= MAX_CELL], [all, cell === view.fit]]) {
    button.setAttribute("aria-disabled", isAtEnd);
  }
  paint(view, true);
}

// direction: 1 enlarges, -1 shrinks, 0 shows all. anchor: the point of the scroller that stays where it is.
function zoomBy(view, direction, anchor) {
  const { scroller, name, head, cell: old, row: oldRow } = view;
  const wanted = direction ? old * ZOOM_STEP ** direction : view.fit;
  const rounded = direction > 0 && old < MIN_CELL && wanted > 16 ? Math.max(MIN_CELL, wanted) : direction < 0 && old > MIN_CELL && wanted < MIN_CELL && wanted > 20 ? MIN_CELL : wanted;
  const cell = Math.round(Math.min(Math.max(rounded, view.fit), MAX_CELL));
  if (cell === old) return;
  const [x, y] = anchor ?? [name + (view.at[1] + 0.5) * old - scroller.scrollLeft, head + (view.at[0] + 0.5) * oldRow - scroller.scrollTop];
  const [left, top] = [(x - name + scroller.scrollLeft) / old, (y - head + scroller.scrollTop - view.captionHeight) / oldRow];
  view.zoom = cell;
  view.zoomed = true;
  lay(view);
  scroller.scrollLeft = left * view.cell - x + name;
  scroller.scrollTop = top * view.row - y + head + view.captionHeight;
  if (!anchor) reveal(view);
  paint(view, true);
}

// The rows and columns in the page: [first row, end row, first column, end column].
function span(view, overscan) {
  const { scroller, classes, at } = view;
  const count = classes.length;
  if (view.isOverview) return at.flatMap((place) => [Math.max(0, place), Math.max(0, place) + 1]);
  if (count <= ALL_CELLS_UP_TO) return [0, count, 0, count];
  const first = (scrolled, size) => Math.max(0, Math.floor(scrolled / size) - overscan);
  const end = (scrolled, visible, size) => Math.min(count, Math.ceil((scrolled + visible) / size) + overscan);
  const visible = view.table.tBodies[0].rows.length ? scroller.clientHeight : MAX_HEIGHT; // an empty table has no height yet
  return [
    first(scroller.scrollTop - view.captionHeight, view.row),
    end(scroller.scrollTop - view.captionHeight - view.head, visible, view.row),
    first(scroller.scrollLeft, view.cell),
    end(scroller.scrollLeft, view.width - view.name, view.cell),
  ];
}

const covers = ([top, bottom, left, right], [t, b, l, r]) => top <= t && bottom >= b && left <= l && right >= r;

function paint(view, force = false) {
  if (force || !covers(view.drawn, span(view, 0))) replaceCells(view);
  if (view.isOverview) drawOverview(view);
}

function replaceCells(view) {
  const drawn = span(view, OVERSCAN);
  view.drawn = drawn;
  const [top, bottom, left, right] = drawn;
  const { table, classes, scroller } = view;
  const hadFocus = focused(view);
  const columns = range(left, right);
  const widths = [view.name, left * view.cell, ...columns.map(() => view.cell), (classes.length - right) * view.cell];
  table.querySelector("colgroup").replaceChildren(...widths.filter((width) => width).map(column));
  const gap = [left > 0, right < classes.length];
  table.tHead.replaceChildren(line(0, gap, corner(view), columns.map((c) => header(view, -1, c))));
  const rows = range(top, bottom).map((r) => line(r + 1, gap, header(view, r, -1), columns.map((c) => figure(view, r, c))));
  table.tBodies[0].replaceChildren(spacer(top * view.row), ...rows, spacer((classes.length - bottom) * view.row));
  const reachable = mark(view);
  if (hadFocus && reachable) reachable.focus({ preventScroll: true });
  else if (hadFocus) scroller.focus({ preventScroll: true }); // scrolled away; the next key continues from the remembered cell
}

function line(index, [before, after], head, cells) {
  const row = document.createElement("tr");
  row.setAttribute("aria-rowindex", index + 1);
  row.append(head, ...(before ? [hidden("td")] : []), ...cells, ...(after ? [hidden("td")] : []));
  return row;
}

function hidden(name) {
  const element = document.createElement(name);
  element.setAttribute("aria-hidden", "true");
  return element;
}

function spacer(height) {
  const row = hidden("tr");
  row.style.height = `${height}px`;
  row.hidden = !height;
  return row;
}

function column(width) {
  const element = document.createElement("col");
  element.style.width = `${width}px`;
  return element;
}

const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
