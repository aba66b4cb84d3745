// Sorting moves the existing row elements.

const states = new WeakMap();
const MOST_WHOLE = 22; // rows; longer tables scroll
const MOST_AT_ONCE = 300;
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

export default function ({ parentElement, data }) {
  const scroller = parentElement.querySelector(".scroller");
  const version = JSON.stringify(data);
  const old = states.get(parentElement);
  if (old?.version === version) return;
  const state = { version, data, scroller, status: parentElement.querySelector("[role=status]"), ...(old && { by: old.by, order: old.order }) };
  states.set(parentElement, state);
  // A very long table waits until what else the page shows has been drawn.
  if (data.columns[0].texts.length > MOST_AT_ONCE) requestIdleCallback(() => states.get(parentElement) === state && build(state), { timeout: 1000 });
  else build(state);
  parentElement.querySelector(".notes").replaceChildren(...data.columns.filter(({ about }) => about).map(note));
  old?.observer.disconnect();
  state.observer = new ResizeObserver(() => {
    const scrolls = scroller.scrollHeight > scroller.clientHeight || scroller.scrollWidth > scroller.clientWidth;
    if (scrolls) scroller.tabIndex = 0;
    else scroller.removeAttribute("tabindex");
  });
  state.observer.observe(scroller);
  return () => setTimeout(() => scroller.isConnected || state.observer.disconnect());
}

function build(state) {
  const { data, scroller } = state;
  const table = make("table");
  const caption = make("caption", data.caption);
  const heads = make("tr");
  const body = make("tbody");
  const rows = data.columns[0].texts.map((_, place) => {
    const row = make("tr");
    row.append(...data.columns.map(({ texts, notes }, column) => cell(texts[place], notes[place], column)));
    return row;
  });
  state.rows = rows.slice(0, rows.length - data.footer);
  const foot = make("tfoot");
  foot.append(...rows.slice(rows.length - data.footer));
  state.heads = data.columns.map((column, place) => head(state, column, place));
  heads.append(...state.heads);
  const top = make("thead");
  top.append(heads);
  table.append(caption, top, body, ...(data.footer ? [foot] : []));
  scroller.classList.toggle("long", rows.length > MOST_WHOLE);
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", data.caption);
  scroller.replaceChildren(table);
  state.body = body;
  sort(state);
}

function cell(text, note, column) {
  const element = make(column ? "td" : "th", text);
  if (note) element.append(" ", make("small", note));
  if (column) return element;
  element.scope = "row";
  element.title = text;
  return element;
}

function head(state, { title }, place) {
  const element = make("th");
  const button = make("button", title);
  element.scope = "col";
  button.type = "button";
  button.title = state.data.text.sort.replace("{title}", title);
  button.addEventListener("click", () => {
    state.order = state.by === place ? NEXT[state.order] : "ascending";
    state.by = place;
    sort(state);
    const text = state.order === "none" ? state.data.text.original : state.data.text[state.order];
    state.status.textContent = text.replace("{title}", title);
  });
  element.append(button);
  return element;
}

// By the numbers at which both begin, such as "1,234" and "−0.5", or else as texts.
function compareTexts(one, other) {
  const [a, b] = [one, other].map((text) => parseFloat(text.replace("−", "-").replace(/(?<=\d),(?=\d{3})/g, "")));
  return (Number.isNaN(a) || Number.isNaN(b) ? 0 : a - b) || one.localeCompare(other, undefined, { numeric: true });
}

function sort({ by = 0, order = "none", data, rows, heads, body }) {
  heads.forEach((element, place) => {
    if (place === by && order !== "none") element.setAttribute("aria-sort", order);
    else element.removeAttribute("aria-sort");
  });
  const places = rows.map((_, place) => place);
  const { values, texts } = data.columns[by];
  const sign = order === "descending" ? -1 : 1;
  const compare = values
    ? (a, b) => sign * ((values[a] ?? -Infinity) - (values[b] ?? -Infinity)) || 0
    : (a, b) => sign * compareTexts(texts[a], texts[b]);
  if (order !== "none") places.sort((a, b) => compare(a, b) || a - b);
  body.replaceChildren(...places.map((place) => rows[place]));
}

function note({ title, about }) {
  const pair = make("div");
  pair.append(make("dt", title), make("dd", about));
  return pair;
}

function make(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
