// The graph: a card for each visible group, with small pictures of its output and gradient, and lines between them.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

function drawGraph(view) {
  const { scroller, folded, text } = view;
  const layout = layOut(folded);
  const sheet = element("div", "sheet");
  Object.assign(sheet.style, { width: `${layout.width}px`, height: `${layout.height}px` });
  const lines = svg("svg", { width: layout.width, height: layout.height, "aria-hidden": "true" }, sheet);
  view.lines = layout.lines.map((line) => ({ ...line, path: svg("path", { d: linePath(line.points), class: "line" }, lines) }));
  view.cards = new Map();
  // From the top, because Tab follows the order of the document.
  for (const { group, box, place } of fromTop(folded.groups, layout)) {
    if (box) drawBox(view, sheet, box);
    else view.cards.set(group.id, drawCard(view, sheet, group, place));
  }
  scroller.replaceChildren(sheet);
  scroller.setAttribute("aria-label", text.graph);
  view.root.dataset.groups = folded.groups.length;
}

function fromTop(groups, { boxes, places }) {
  const parts = boxes.map((box) => ({ box, place: box }));
  for (const group of groups) parts.push({ group, place: places.get(group.id) });
  const top = ({ y, height }) => y - height / 2;
  return parts.sort((one, other) => top(one.place) - top(other.place) || one.place.x - other.place.x);
}

function drawBox(view, sheet, { path, x, y, width, height }) {
  const box = element("div", "box", sheet);
  Object.assign(box.style, { left: `${x - width / 2}px`, top: `${y - height / 2}px`, width: `${width}px`, height: `${height}px` });
  box.classList.toggle("right", view.folded.clusters.filter((other) => isInside(path, other)).length % 2 === 0);
  const button = element("button", "fold", box, `− ${view.graph.layers[path] ?? lastPart(path)}`);
  button.type = "button";
  button.ariaExpanded = "true";
  button.title = fillIn(view.text.close, { title: path });
  button.addEventListener("click", () => view.toggle(path));
}

function drawCard(view, sheet, group, { x, y }) {
  const card = element("div", "card", sheet);
  Object.assign(card.style, { left: `${x - CARD.width / 2}px`, top: `${y - CARD.height / 2}px`, width: `${CARD.width}px`, height: `${CARD.height}px` });
  const main = element("button", "main", card);
  main.type = "button";
  const words = element("span", "words", main);
  element("span", "title", words, group.title);
  element("span", "shape", words, shapeText(group.node.shape, view.text));
  const picture = element("canvas", "thumb", main);
  const gradient = element("canvas", "thumb gradient", main);
  for (const canvas of [picture, gradient]) canvas.setAttribute("aria-hidden", "true");
  paintMap(picture, view.graph.mapOf(group.node.output), view.colours);
  if (group.hasGradient) paintMap(gradient, view.graph.mapOf(group.node.gradient), view.colours);
  else gradient.remove();
  main.addEventListener("click", () => view.show(group));
  if (group.canOpen) {
    const open = element("button", "fold", card, "+");
    open.type = "button";
    open.ariaExpanded = "false";
    open.ariaLabel = fillIn(view.text.open, { title: group.title, count: group.members.length });
    open.title = open.ariaLabel;
    open.addEventListener("click", () => view.toggle(group.path));
  }
  return { card, main, group };
}

// Marks what the film has reached. Only classes change, so a step costs little even with many cards.
function markStep(view) {
  const { steps, step } = view;
  const { phase, group } = steps[step];
  const goesBack = phase === "backwards";
  const reached = new Set(steps.slice(0, step + 1).filter((each) => each.phase === phase).map((each) => each.group.id));
  view.root.dataset.phase = phase;
  for (const [id, { card, main }] of view.cards) {
    card.classList.toggle("current", id === group.id);
    card.classList.toggle("reached", reached.has(id));
    if (id === group.id) main.setAttribute("aria-current", "step");
    else main.removeAttribute("aria-current");
  }
  for (const { from, to, path } of view.lines) {
    const isUsed = !goesBack || view.cards.get(from).group.hasGradient;
    path.classList.toggle("reached", isUsed && reached.has(goesBack ? to : from));
    path.classList.toggle("current", isUsed && (goesBack ? from : to) === group.id);
  }
  bringIntoView(view.scroller, view.cards.get(group.id).card);
}

// Scrolls the graph only, not the page.
function bringIntoView(scroller, card) {
  const [top, left] = [card.offsetTop, card.offsetLeft];
  if (top < scroller.scrollTop + 8 || top + card.offsetHeight > scroller.scrollTop + scroller.clientHeight - 8) {
    scroller.scrollTop = top - (scroller.clientHeight - card.offsetHeight) / 2;
  }
  if (left < scroller.scrollLeft || left + card.offsetWidth > scroller.scrollLeft + scroller.clientWidth) {
    scroller.scrollLeft = left - (scroller.clientWidth - card.offsetWidth) / 2;
  }
}

// Without the batch dimension.
function shapeText(shape, text) {
  const inner = shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
  return inner.length ? inner.join(" × ") : text.number;
}

function svg(name, attributes, parent) {
  const node = document.createElementNS(SVG_NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}
