// Rows are created in blocks while the user scrolls, so that a thousand runs are shown at once. Below a certain width each row is a card.

const BLOCK = 60;
const AHEAD_PX = 600;
const NEXT = { "": "ascending", ascending: "descending", descending: "" };
const states = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let state = states.get(parentElement);
  if (!state) states.set(parentElement, (state = create(parentElement, data)));
  state.send = setStateValue;
  const version = JSON.stringify([data.columns, data.sections, data.sort, data.text]);
  state.data = data;
  // An answer to an earlier click does not undo the latest one.
  if (data.number >= state.number) state.ticked = new Set(data.ticked);
  if (state.version === version) showTicks(state);
  else {
    state.version = version;
    build(state);
  }
}

function create(parent, data) {
  const scroller = parent.querySelector(".scroller");
  const state = { scroller, bar: parent.querySelector(".sorting"), number: data.number, open: new Set(), ticked: new Set() };
  scroller.addEventListener("scroll", () => fill(state));
  scroller.addEventListener("keydown", (event) => move(state, event));
  return state;
}

// The table

function build(state) {
  const { data, scroller } = state;
  const focused = scroller.getRootNode().activeElement?.dataset.focus;
  const top = scroller.scrollTop;
  const shown = Math.max(BLOCK, state.shown ?? 0);
  state.items = data.sections.flatMap((section) => [
    ...(data.grouped ? [{ section }] : []),
    ...section.rows.flatMap((row) => [
      { row, group: row.members.length > 0 },
      ...(state.open.has(row.id) ? row.members.map((member) => ({ row: member, member: true })) : []),
    ]),
  ]);
  state.rows = data.sections.flatMap(({ rows }) => rows.flatMap((row) => (row.members.length ? row.members : [row])));
  const table = as(element("table", "", null), "table");
  element("caption", "", table, data.text.caption);
  const heads = as(element("tr", "", as(element("thead", "", table), "rowgroup")), "row");
  const corner = as(element("th", "tick", heads), "columnheader");
  state.all = box(corner, data.text.all, "all", () => tickAll(state));
  state.all.tabIndex = 0;
  for (const column of data.columns) head(state, heads, column);
  state.body = as(element("tbody", "", table), "rowgroup");
  state.shown = 0;
  scroller.replaceChildren(table);
  showSorting(state);
  fill(state, shown);
  scroller.scrollTop = top;
  if (focused) find(state, focused)?.focus({ preventScroll: true });
}

function fill(state, least = 0) {
  const { scroller, items } = state;
  const isNear = () => scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - AHEAD_PX;
  while (state.shown < items.length && (state.shown < least || isNear())) {
    state.body.append(...items.slice(state.shown, state.shown + BLOCK).map((item) => line(state, item)));
    state.shown += BLOCK;
  }
  showTicks(state);
}

function head(state, heads, { key, title, help, right }) {
  const { sort, text } = state.data;
  const cell = as(element("th", right ? "right" : "", heads), "columnheader");
  cell.scope = "col";
  const button = element("button", "", cell, title);
  button.type = "button";
  button.dataset.focus = `sort ${key}`;
  button.title = [help, fillIn(text.sort, { title })].filter(Boolean).join(" ");
  const order = sort.key === key ? sort.order : "";
  if (order) cell.setAttribute("aria-sort", order);
  button.addEventListener("click", () => state.send("sort", order === "descending" ? { key: "", order: "" } : { key, order: NEXT[order] }));
}

function line(state, item) {
  const { data } = state;
  const line = as(element("tr", item.member ? "member" : "", null), "row");
  if (item.section) {
    line.className = "section";
    const cell = as(element("th", "", line), "rowheader");
    cell.colSpan = data.columns.length + 1;
    element("span", "", cell, fillIn(data.text.section, { title: item.section.title, count: item.section.rows.length }));
    return line;
  }
  const { row } = item;
  const tick = as(element("td", "tick", line), "cell");
  const input = box(tick, fillIn(data.text.tick, { title: row.cells[0] }), row.id, (event) => tickRow(state, row, event));
  row.cells.forEach((text, place) => {
    const { title, right } = data.columns[place];
    const cell = as(element(place ? "td" : "th", right ? "right" : "", line), place ? "cell" : "rowheader");
    if (!place) cell.scope = "row";
    if (!place && item.group) opener(state, row, cell);
    const content = element("span", "", cell, text || "–");
    content.title = text;
    content.dir = "auto";
    cell.dataset.title = title;
    if (!text) cell.classList.add("empty");
  });
  line.addEventListener("click", (event) => {
    if (!event.target.closest("input, label, button") && !String(getSelection())) input.click();
  });
  return line;
}

function opener(state, row, cell) {
  const isOpen = state.open.has(row.id);
  const button = element("button", "opener", cell, isOpen ? "▾" : "▸");
  button.type = "button";
  button.dataset.focus = `open ${row.id}`;
  button.setAttribute("aria-expanded", isOpen);
  button.setAttribute("aria-label", fillIn(state.data.text.open, { title: row.cells[0], count: row.members.length }));
  button.addEventListener("click", () => {
    if (isOpen) state.open.delete(row.id);
    else state.open.add(row.id);
    build(state);
  });
}

// Sorting where there are no headings, on a phone

function showSorting(state) {
  const { columns, sort, text } = state.data;
  const label = element("label", "", null, text.sortBy);
  const choice = element("select", "", label);
  for (const { key, title } of [{ key: "", title: text.unsorted }, ...columns]) {
    const option = element("option", "", choice, title);
    option.value = key;
    option.selected = key === sort.key;
  }
  choice.addEventListener("change", () => state.send("sort", { key: choice.value, order: choice.value && (sort.order || "ascending") }));
  const turn = element("button", "", null, sort.order === "descending" ? text.descending : text.ascending);
  turn.type = "button";
  turn.disabled = !sort.key;
  turn.addEventListener("click", () => state.send("sort", { key: sort.key, order: sort.order === "descending" ? "ascending" : "descending" }));
  state.bar.replaceChildren(label, turn);
}

// Ticks

function box(cell, label, id, onChange) {
  const frame = element("label", "box", cell);
  frame.dataset.label = label;
  const input = element("input", "", frame);
  input.type = "checkbox";
  input.tabIndex = -1;
  input.dataset.focus = id;
  input.setAttribute("aria-label", label);
  input.addEventListener("click", onChange);
  input.addEventListener("focus", () => (cell.tagName === "TD" ? setStop(cell, input) : undefined));
  return input;
}

// One box of all rows is reached with Tab, the others from there with the arrow keys.
function setStop(cell, input) {
  for (const other of cell.closest("tbody").querySelectorAll("input[tabindex='0']")) other.tabIndex = -1;
  input.tabIndex = 0;
}

const namesOf = (row) => (row.members.length ? row.members.map(({ id }) => id) : [row.id]);

function tickRow(state, row, event) {
  const order = state.items.filter((item) => item.row).map((item) => item.row);
  const at = order.indexOf(row);
  const last = event.shiftKey && state.last ? order.findIndex(({ id }) => id === state.last) : at;
  const chosen = order.slice(Math.min(at, last < 0 ? at : last), Math.max(at, last) + 1).flatMap(namesOf);
  for (const name of chosen) event.target.checked ? state.ticked.add(name) : state.ticked.delete(name);
  state.last = row.id;
  sendTicks(state);
}

function tickAll(state) {
  const names = state.rows.map(({ id }) => id);
  const isFull = names.every((name) => state.ticked.has(name));
  for (const name of names) isFull ? state.ticked.delete(name) : state.ticked.add(name);
  sendTicks(state);
}

function sendTicks(state) {
  state.number += 1;
  showTicks(state);
  state.send("ticked", { names: [...state.ticked], number: state.number });
}

function showTicks(state) {
  const boxes = state.body.querySelectorAll("input");
  const rows = state.items.filter((item) => item.row);
  boxes.forEach((input, place) => {
    const names = namesOf(rows[place].row);
    const count = names.filter((name) => state.ticked.has(name)).length;
    input.checked = count === names.length;
    input.indeterminate = count > 0 && count < names.length;
    input.closest("tr").classList.toggle("ticked", input.checked);
  });
  if (boxes.length && !state.body.querySelector("input[tabindex='0']")) boxes[0].tabIndex = 0;
  const count = state.rows.filter(({ id }) => state.ticked.has(id)).length;
  state.all.checked = count > 0 && count === state.rows.length;
  state.all.indeterminate = count > 0 && count < state.rows.length;
}

// Keyboard

function move(state, event) {
  const input = event.composedPath()[0];
  if (!input.matches?.("tbody input")) return;
  const boxes = () => [...state.body.querySelectorAll("input")];
  const at = boxes().indexOf(input);
  const line = input.closest("tr");
  const toggle = line.querySelector(".opener");
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: boxes().length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
  if (target !== undefined) {
    event.preventDefault();
    if (target >= boxes().length) fill(state, state.shown + BLOCK);
    boxes().at(Math.max(0, Math.min(target, boxes().length - 1))).focus();
  } else if (toggle && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    if ((event.key === "ArrowRight") !== (toggle.getAttribute("aria-expanded") === "true")) toggle.click();
  }
}

const find = (state, focus) => [...state.scroller.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === focus);

// Cards are blocks, which would hide from screen readers that they are rows.
function as(node, role) {
  node.setAttribute("role", role);
  return node;
}
