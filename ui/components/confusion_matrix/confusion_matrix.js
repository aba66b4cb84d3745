// The confusion matrix as a grid. layout.js decides which cells are in the page, cells.js makes them, overview.js draws small ones,
// keyboard.js moves between them, picture.js saves them.

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
    root, scroller: find(".scroller"), canvas: find("canvas"), detail: find(".detail"), status: find("[role=status]"),
    zoomButtons: find(".zoom"), at: [0, 0], width: 0, number: new Intl.NumberFormat("en"),
  };
  const { scroller } = view;
  view.observer = new ResizeObserver(() => view.cells && scroller.clientWidth !== view.width && lay(view));
  view.observer.observe(root);
  scroller.addEventListener("scroll", () => onScroll(view), { passive: true });
  scroller.addEventListener("keydown", (event) => onKey(view, event));
  scroller.addEventListener("focusin", ({ target }) => onFocus(view, target));
  scroller.addEventListener("focusout", ({ relatedTarget }) => scroller.contains(relatedTarget) || describe(view, null));
  scroller.addEventListener("mousemove", (event) => describe(view, placeUnder(view, event)));
  scroller.addEventListener("mouseleave", () => describe(view, placeOf(focused(view))));
  scroller.addEventListener("click", (event) => {
    const place = placeUnder(view, event);
    if (!place || view.dragged) return;
    go(view, place);
    open(view, place);
  });
  scroller.addEventListener("wheel", (event) => {
    if (!event.ctrlKey || view.zoomButtons.hidden) return;
    event.preventDefault();
    const box = scroller.getBoundingClientRect();
    zoomBy(view, event.deltaY < 0 ? 1 : -1, [event.clientX - box.left, event.clientY - box.top]);
  });
  listenToDrags(view);
  [-1, 1, 0].forEach((direction, at) => view.zoomButtons.children[at].addEventListener("click", () => zoomBy(view, direction)));
  find(".chosen button").addEventListener("click", () => {
    view.pick?.(view.picked.map((at) => (at < 0 ? null : view.order[at])));
    mark(view)?.focus();
    view.status.textContent = view.text.cleared;
  });
  const [png, svg] = root.querySelectorAll(".files button");
  png.addEventListener("click", () => savePicture(view, "png"));
  svg.addEventListener("click", () => savePicture(view, "svg"));
  return view;
}

// The mouse pulls the matrix; a finger scrolls it anyway.
function listenToDrags(view) {
  const { scroller } = view;
  let start = null;
  scroller.addEventListener("pointerdown", ({ pointerType, button, clientX, clientY, offsetX }) => {
    view.dragged = false;
    const isScrollbar = offsetX > scroller.clientWidth;
    start = pointerType === "mouse" && !button && !isScrollbar ? [clientX, clientY, scroller.scrollLeft, scroller.scrollTop] : null;
  });
  scroller.addEventListener("pointermove", ({ buttons, clientX, clientY }) => {
    if (!start || !buttons) return;
    const [x, y] = [clientX - start[0], clientY - start[1]];
    if (Math.hypot(x, y) > 5) view.dragged = true;
    if (view.dragged) [scroller.scrollLeft, scroller.scrollTop] = [start[2] - x, start[3] - y];
  });
}

async function update(view, data) {
  const version = JSON.stringify(data);
  const colours = coloursOf(view.root);
  if (version === view.version && String(colours.ground) === String(view.colours?.ground)) return;
  view.version = version;
  const packed = data.gaps[1] + data.counts[1];
  const cells = view.packed === packed && view.cells.length === data.classes.length ** 2 ? view.cells : await unpackCells(data, data.classes.length);
  if (view.version !== version) return; // a newer update came while this one was unpacked
  const places = new Map(data.order.map((label, place) => [label, place]));
  const picked = data.picked && data.picked.map((label) => (label === null ? -1 : places.get(label)));
  const isSameOrder = String(view.order) === String(data.order);
  Object.assign(view, { packed, cells, colours, picked, classes: data.classes, order: data.order, unit: data.unit, text: data.text, pixels: null });
  [view.trueTotals, view.predictedTotals] = sumUp(cells, data.classes.length);
  if (!isSameOrder && picked) view.at = [...picked];
  view.at = view.at.map((place) => Math.min(place, view.classes.length - 1));
  setTexts(view);
  lay(view);
  describe(view, placeOf(focused(view)));
}

function sumUp(cells, count) {
  const [rows, columns] = [new Array(count).fill(0), new Array(count).fill(0)];
  for (let r = 0; r < count; r += 1) {
    for (let c = 0; c < count; c += 1) {
      rows[r] += cells[r * count + c];
      columns[c] += cells[r * count + c];
    }
  }
  return [rows, columns];
}

function setTexts(view) {
  const { root, text, colours, picked } = view;
  root.style.setProperty("--hit", cssOf(colours.hit));
  root.style.setProperty("--miss", cssOf(colours.miss));
  root.style.setProperty("--faint", cssOf(fill(colours, "miss", 0)));
  root.querySelector(".summary").textContent = text.summary;
  const [correct, mistakes] = root.querySelectorAll(".legend span");
  [correct.textContent, mistakes.textContent] = [text.hits, text.misses[view.unit]];
  view.zoomButtons.setAttribute("aria-label", text.zoom);
  ["−", "+", text.fit].forEach((label, at) => {
    view.zoomButtons.children[at].textContent = label;
    view.zoomButtons.children[at].title = [text.smaller, text.larger, text.fitTitle][at];
    if (at < 2) view.zoomButtons.children[at].setAttribute("aria-label", [text.smaller, text.larger][at]);
  });
  const chosen = root.querySelector(".chosen");
  chosen.hidden = !picked;
  if (picked) chosen.firstElementChild.textContent = `${text.chosen} ${describeCell(view, picked)}. ${text.chosenNote}`;
  chosen.lastElementChild.textContent = text.clear;
  root.querySelector(".files span").textContent = text.picture;
  for (const button of root.querySelectorAll(".files button")) button.setAttribute("aria-label", `${text.picture} ${button.textContent}`);
}

function onScroll(view) {
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => paint(view));
}
