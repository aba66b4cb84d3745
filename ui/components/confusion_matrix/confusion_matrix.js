// The confusion matrix as a table. layout.js decides which cells are in the page, cells.js makes them, keyboard.js moves between them.

const views = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  views.set(parentElement, view);
  view.pick = data.pickable ? (cell) => setTriggerValue("cell", cell) : null;
  update(view, data);
  // Streamlit also calls this after an update that was overtaken by a newer one, so clean up only if the table has left the page.
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
  scroller.addEventListener("focusout", ({ relatedTarget }) => scroller.contains(relatedTarget) || describe(view, null));
  scroller.addEventListener("mouseover", ({ target }) => describe(view, placeOf(target)));
  scroller.addEventListener("mouseleave", () => describe(view, placeOf(focused(view))));
  scroller.addEventListener("click", ({ target }) => {
    const place = placeOf(target);
    if (place) go(view, place);
    if (place) open(view, place);
  });
  return view;
}

function update(view, data) {
  const version = JSON.stringify([data.classes, data.columns, data.counts, data.text, data.pickable]);
  const colours = coloursOf(view.root);
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
  root.style.setProperty("--hit", cssOf(colours.hit));
  root.style.setProperty("--miss", cssOf(colours.miss));
  root.style.setProperty("--faint", cssOf(fill(colours, "miss", 0)));
  root.querySelector(".summary").textContent = text.summary;
  const [correct, mistakes] = root.querySelectorAll(".legend span");
  [correct.textContent, mistakes.textContent] = [text.hits, text.misses];
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

function onScroll(view) {
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => paint(view));
}

const sum = (numbers) => [...numbers].reduce((total, number) => total + number, 0);
