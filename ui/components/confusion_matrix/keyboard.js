// Moves through the matrix with the arrow keys. One cell can be reached with Tab; its position is remembered.

function onKey(view, event) {
  const last = view.classes.length - 1;
  const page = Math.max(1, Math.floor((view.scroller.clientHeight - view.head) / view.row) - 1);
  const [r, c] = view.at;
  const to = {
    ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
    Home: event.ctrlKey ? [0, 0] : [r, 0], End: event.ctrlKey ? [last, last] : [r, last],
    PageUp: [Math.max(r - page, Math.min(r, 0)), c], PageDown: [r + page, c],
  }[event.key];
  const zoom = { "+": 1, "=": 1, "-": -1, 0: 0 }[event.key];
  if (event.altKey || event.metaKey) return;
  if (event.key === "Enter" || event.key === " ") open(view, view.at);
  else if (to) go(view, to);
  else if (zoom !== undefined && !event.ctrlKey && !view.zoomButtons.hidden) zoomBy(view, zoom);
  else return;
  event.preventDefault();
}

function go(view, [r, c]) {
  const within = (place) => Math.min(Math.max(place, -1), view.classes.length - 1);
  const place = [within(r), within(c)];
  if (place[0] < 0 && place[1] < 0) return;
  view.at = place;
  reveal(view);
  paint(view, view.isOverview);
  const cell = mark(view);
  cell?.focus({ preventScroll: true });
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" }); // the page, where the matrix reaches below the window
}

// Scrolls until the cell is visible beside the sticky headers.
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

// Makes the current cell reachable with Tab; the scroller itself if that cell is not in the page.
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
  describe(view, place);
}

function focused(view) {
  const active = view.root.getRootNode().activeElement;
  return active && view.scroller.contains(active) ? active : null;
}

function placeOf(target) {
  const place = target?.closest?.("[data-place]")?.dataset.place;
  return place ? place.split(",").map(Number) : null;
}

// The cell under the pointer. Few cells of the overview are elements.
function placeUnder(view, { target, clientX, clientY }) {
  if (!view.isOverview) return placeOf(target);
  const { scroller, name, head, cell, classes } = view;
  const box = scroller.getBoundingClientRect();
  const [x, y] = [clientX - box.left, clientY - box.top];
  const c = x < name ? -1 : Math.floor((x - name + scroller.scrollLeft) / cell);
  const r = y < head ? -1 : Math.floor((y - head + scroller.scrollTop) / cell);
  return r >= classes.length || c >= classes.length || (r < 0 && c < 0) ? null : [r, c];
}

// The line above the matrix. It is not a live region, because the label of the focused cell says the same.
function describe(view, place) {
  const { text } = view;
  const opening = place && opens(view, place) && (isLine(place) ? text.openLine : text.open);
  if (place) view.detail.textContent = describeCell(view, place) + (opening ? `. ${opening}` : "");
  else view.detail.textContent = view.zoomButtons.hidden ? text.hint : `${text.hint} ${text.hintZoom}`;
  if (!view.isOverview || String(view.shown) === String(place)) return;
  view.shown = place;
  drawOverview(view);
}

const isLine = ([r, c]) => r < 0 || c < 0;
const opens = (view, [r, c]) => Boolean(view.pick && (r < 0 || c < 0 || countOf(view, r, c)));

function open(view, place) {
  if (!opens(view, place)) return;
  const isPicked = String(view.picked) === String(place);
  view.pick(place.map((at) => (at < 0 ? null : view.order[at])));
  view.status.textContent = `${describeCell(view, place)}. ${isPicked ? view.text.cleared : view.text.opened}`;
}
