// A table of which only the cells near what is seen are in the page. It walks by arrow keys: of all cells one can be reached
// with Tab, and the place is remembered. Row -1 and column -1 are the headers.

const WHOLE = 50; // classes: up to so many, all cells are in the page
const BEYOND = 6; // rows and columns that are drawn beyond what is seen, so that not every scroll draws
const MOST_HEIGHT = 640; // as the style sheet has it
const [LEAST_CELL, MOST_CELL] = [24, 56]; // pixels
const [LEAST_ROW, MOST_ROW] = [26, 44];
const [MOST_NAME, MOST_HEAD] = [150, 120];
// Rounds as Python does, so that the same figure beside the table looks the same.
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1, roundingMode: "halfEven" });
const views = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  views.set(parentElement, view);
  view.pick = data.pickable ? (cell) => setTriggerValue("cell", cell) : null;
  take(view, data);
  // Streamlit also calls this for an update that a newer one has overtaken: only a table that has left the page is done.
  return () => setTimeout(() => view.root.isConnected || view.observer.disconnect());
}

function mount(parentElement) {
  const root = parentElement.querySelector(".matrix");
  const find = (name) => root.querySelector(name);
  const view = {
    root, scroller: find(".scroller"), detail: find(".detail"), status: find("[role=status]"),
    unit: "counts", at: [0, 0], width: 0, number: new Intl.NumberFormat("en"),
  };
  const { scroller } = view;
  view.observer = new ResizeObserver(() => scroller.clientWidth !== view.width && lay(view));
  view.observer.observe(root);
  scroller.addEventListener("scroll", () => onScroll(view), { passive: true });
  scroller.addEventListener("keydown", (event) => onKey(view, event));
  scroller.addEventListener("focusin", ({ target }) => onFocus(view, target));
  scroller.addEventListener("focusout", ({ relatedTarget }) => scroller.contains(relatedTarget) || tell(view, null));
  scroller.addEventListener("mouseover", ({ target }) => tell(view, placeOf(target)));
  scroller.addEventListener("mouseleave", () => tell(view, placeOf(focused(view))));
  scroller.addEventListener("click", ({ target }) => {
    const place = placeOf(target);
    if (place) go(view, place);
    if (place) open(view, place);
  });
  return view;
}

function take(view, data) {
  const version = JSON.stringify([data.classes, data.columns, data.counts, data.text, data.pickable]);
  const colours = palette(view.root);
  if (version === view.version && String(colours.ground) === String(view.colours.ground)) return;
  Object.assign(view, { version, colours, classes: data.classes, text: data.text });
  let start = 0;
  view.rows = data.lengths.map((length) => {
    const row = new Map();
    for (const end = start + length; start < end; start++) row.set(data.columns[start], data.counts[start]);
    return row;
  });
  view.total = view.rows.map((row) => sum(row.values()));
  view.answers = new Array(view.classes.length).fill(0);
  for (const row of view.rows) for (const [column, count] of row) view.answers[column] += count;
  view.at = view.at.map((place) => Math.min(place, view.classes.length - 1));
  setTexts(view);
  lay(view);
}

function setTexts(view) {
  const { root, text, colours } = view;
  root.style.setProperty("--hit", css(colours.hit));
  root.style.setProperty("--miss", css(colours.miss));
  root.style.setProperty("--faint", css(fill(colours, "miss", 0)));
  root.querySelector(".summary").textContent = text.summary;
  const [hits, misses] = root.querySelectorAll(".legend span");
  [hits.textContent, misses.textContent] = [text.hits, text.misses];
  const units = root.querySelector(".units");
  units.querySelector("legend").textContent = text.unit;
  if (!units.querySelector("input")) units.append(...["counts", "shares"].map((unit) => unitChoice(view, unit)));
  view.detail.textContent = text.hint;
}

function unitChoice(view, unit) {
  const [label, input, span] = ["label", "input", "span"].map((name) => document.createElement(name));
  Object.assign(input, { type: "radio", name: "unit", value: unit, checked: unit === view.unit });
  input.addEventListener("change", () => {
    view.unit = unit;
    paint(view, true);
  });
  span.textContent = view.text[unit];
  label.append(input, span);
  return label;
}

// Sizes that follow the room there is, and the table with its headers' places.
function lay(view) {
  const { scroller, classes, text } = view;
  const names = new OffscreenCanvas(1, 1).getContext("2d");
  names.font = `600 14px ${getComputedStyle(view.root).fontFamily}`;
  const longest = Math.max(...classes.map((name) => names.measureText(name.slice(0, 40)).width));
  view.width = scroller.clientWidth;
  const name = Math.ceil(Math.min(longest + 16, MOST_NAME, view.width * 0.35));
  const cell = Math.floor(Math.min(Math.max((view.width - name) / classes.length, LEAST_CELL), MOST_CELL));
  const upright = longest + 14 > cell;
  const row = Math.min(Math.max(cell, LEAST_ROW), MOST_ROW);
  Object.assign(view, { name, cell, row, head: upright ? Math.ceil(Math.min(longest + 14, MOST_HEAD)) : 28 });

  const table = view.table ?? document.createElement("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-readonly", "true");
  table.setAttribute("aria-describedby", "summary");
  table.setAttribute("aria-rowcount", classes.length + 1);
  table.setAttribute("aria-colcount", classes.length + 1);
  table.classList.toggle("upright", upright);
  table.style.width = `${name + cell * classes.length}px`;
  table.style.setProperty("--row", `${row - 2}px`);
  table.style.setProperty("--head", `${view.head}px`);
  table.style.setProperty("--figure", cell < 30 ? "10px" : cell < 38 ? "11px" : "13px");
  if (!view.table) {
    const caption = document.createElement("caption");
    caption.append(document.createElement("span"));
    table.append(caption, ...["colgroup", "thead", "tbody"].map((part) => document.createElement(part)));
    scroller.replaceChildren(table);
  }
  const title = table.caption.firstChild;
  title.textContent = text.caption;
  title.style.maxWidth = `${view.width}px`;
  view.table = table;
  view.captionHeight = table.caption.offsetHeight;
  paint(view, true);
}

// The rows and columns in view, widened by so many on each side: [first, behind the last) of each.
function span(view, beyond) {
  const { scroller, classes } = view;
  const count = classes.length;
  if (count <= WHOLE) return [0, count, 0, count];
  const first = (scrolled, size) => Math.max(0, Math.floor(scrolled / size) - beyond);
  const behind = (scrolled, seen, size) => Math.min(count, Math.ceil((scrolled + seen) / size) + beyond);
  const seen = view.table.tBodies[0].rows.length ? scroller.clientHeight : MOST_HEIGHT; // empty, it has no height yet
  return [
    first(scroller.scrollTop - view.captionHeight, view.row),
    behind(scroller.scrollTop - view.captionHeight - view.head, seen, view.row),
    first(scroller.scrollLeft, view.cell),
    behind(scroller.scrollLeft, view.width - view.name, view.cell),
  ];
}

const covers = ([top, bottom, left, right], [t, b, l, r]) => top <= t && bottom >= b && left <= l && right >= r;

function paint(view, anew = false) {
  if (!anew && covers(view.drawn, span(view, 0))) return;
  const drawn = span(view, BEYOND);
  view.drawn = drawn;
  const [top, bottom, left, right] = drawn;
  const { table, classes, scroller } = view;
  const had = focused(view);
  const columns = range(left, right);
  const widths = [view.name, left * view.cell, ...columns.map(() => view.cell), (classes.length - right) * view.cell];
  table.querySelector("colgroup").replaceChildren(...widths.filter((width) => width).map(column));
  const gap = [left > 0, right < classes.length];
  table.tHead.replaceChildren(line(0, gap, corner(view), columns.map((c) => header(view, -1, c))));
  const rows = range(top, bottom).map((r) => line(r + 1, gap, header(view, r, -1), columns.map((c) => figure(view, r, c))));
  table.tBodies[0].replaceChildren(spacer(top * view.row), ...rows, spacer((classes.length - bottom) * view.row));
  const reachable = mark(view);
  if (had && reachable) reachable.focus({ preventScroll: true });
  else if (had) scroller.focus({ preventScroll: true }); // scrolled away; the next key goes on from the remembered place
}

function line(index, [before, behind], head, cells) {
  const row = document.createElement("tr");
  row.setAttribute("aria-rowindex", index + 1);
  row.append(head, ...(before ? [hidden("td")] : []), ...cells, ...(behind ? [hidden("td")] : []));
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

function corner(view) {
  const head = cell("th", "columnheader", -1, -1, "");
  head.className = "corner";
  head.scope = "col";
  const words = document.createElement("span");
  words.className = "unseen";
  words.textContent = view.text.corner;
  head.replaceChildren(words);
  head.style.height = `${view.head}px`;
  delete head.dataset.place;
  return head;
}

function header(view, r, c) {
  const head = cell("th", r < 0 ? "columnheader" : "rowheader", r, c, view.classes[Math.max(r, c)]);
  head.scope = r < 0 ? "col" : "row";
  head.title = inWords(view, [r, c]);
  return head;
}

function figure(view, r, c) {
  const count = view.rows[r].get(c) ?? 0;
  const kind = r === c ? "hit" : count ? "miss" : "none";
  const share = count / Math.max(1, view.total[r]);
  const element = cell("td", "gridcell", r, c, count ? shown(view, count, share) : "");
  element.className = kind + (kind === "miss" && view.pick ? " opens" : "");
  element.setAttribute("aria-label", inWords(view, [r, c]));
  if (count) {
    const ground = fill(view.colours, kind, share);
    element.firstChild.style.backgroundColor = css(ground);
    element.firstChild.style.color = ink(ground);
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

function inWords(view, [r, c]) {
  const { text, classes, rows, total, answers, number } = view;
  const percent = (part, whole) => `${TENTHS.format(100 * (part / Math.max(1, whole)))} %`;
  const hits = (place) => rows[place].get(place) ?? 0;
  if (r < 0) return say(text.column, { predicted: classes[c], total: number.format(answers[c]), share: percent(hits(c), answers[c]) });
  if (c < 0) return say(text.row, { true: classes[r], total: number.format(total[r]), share: percent(hits(r), total[r]) });
  const count = rows[r].get(c) ?? 0;
  return say(r === c ? text.correct : text.cell, {
    true: classes[r], predicted: classes[c], count: number.format(count), total: number.format(total[r]), share: percent(count, total[r]),
  });
}

// The line below the table. It is no live region: a cell that has the focus says the same itself.
function tell(view, place) {
  if (!place) return void (view.detail.textContent = view.text.hint);
  view.detail.textContent = inWords(view, place) + (opens(view, place) ? `. ${view.text.open}` : "");
}

const opens = (view, [r, c]) => Boolean(view.pick && r !== c && r >= 0 && c >= 0 && view.rows[r].get(c));

function open(view, place) {
  if (!opens(view, place)) return;
  view.pick(place);
  view.status.textContent = `${inWords(view, place)}. ${view.text.opened}`;
}

function onKey(view, event) {
  const last = view.classes.length - 1;
  const page = Math.max(1, Math.floor((view.scroller.clientHeight - view.head) / view.row) - 1);
  const [r, c] = view.at;
  const to = {
    ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
    Home: event.ctrlKey ? [0, 0] : [r, 0], End: event.ctrlKey ? [last, last] : [r, last],
    PageUp: [Math.max(r - page, Math.min(r, 0)), c], PageDown: [r + page, c],
  }[event.key];
  if (event.key === "Enter" || event.key === " ") open(view, view.at);
  else if (!to || event.altKey || event.metaKey) return;
  else go(view, to);
  event.preventDefault();
}

function go(view, [r, c]) {
  const within = (place) => Math.min(Math.max(place, -1), view.classes.length - 1);
  const place = [within(r), within(c)];
  if (place[0] < 0 && place[1] < 0) return;
  view.at = place;
  reveal(view);
  paint(view);
  mark(view)?.focus({ preventScroll: true });
}

// Scrolls so far that the place lies beside the headers, which stay in view themselves.
function reveal(view) {
  const { scroller, at: [r, c] } = view;
  const scroll = (now, start, size, covered, seen) => {
    if (start < now) return start;
    return Math.max(now, start + size + covered - seen);
  };
  if (c >= 0) scroller.scrollLeft = scroll(scroller.scrollLeft, c * view.cell, view.cell, view.name, scroller.clientWidth);
  if (r < 0) return;
  const top = r === 0 ? 0 : view.captionHeight + r * view.row;
  scroller.scrollTop = scroll(scroller.scrollTop, top, view.row + (r ? 0 : view.captionHeight), view.head, scroller.clientHeight);
}

// One cell can be reached with Tab; where that is out of the page, the scroller itself.
function mark(view) {
  view.table.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  const cell = view.table.querySelector(`[data-place="${view.at}"]`);
  if (cell) cell.tabIndex = 0;
  view.scroller.tabIndex = cell ? -1 : 0;
  return cell;
}

function onFocus(view, target) {
  const place = placeOf(target);
  if (!place) return;
  if (String(place) !== String(view.at)) {
    view.at = place;
    mark(view);
  }
  tell(view, place);
}

function onScroll(view) {
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => paint(view));
}

function focused(view) {
  const active = view.root.getRootNode().activeElement;
  return active && view.scroller.contains(active) ? active : null;
}

function placeOf(target) {
  const place = target?.closest?.("[data-place]")?.dataset.place;
  return place ? place.split(",").map(Number) : null;
}

const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
const sum = (numbers) => [...numbers].reduce((whole, number) => whole + number, 0);
