// One training step as a film over the autograd graph. Everything that a step shows is in the browser, so it needs no server.

const views = new WeakMap();

export function render({ parentElement, data, setStateValue, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  views.set(parentElement, view);
  view.ask = (name, unit) => setStateValue("parameter", { name, unit });
  view.pick = (name, index) => setStateValue("weight", { name, index });
  view.text = data.text;
  if (data.graph) setGraph(view, data.graph, data.version);
  else if (view.version !== data.version) setTriggerValue("need", data.version);
  if (!view.graph) return undefined;
  const colours = heatColours(view.root);
  const isNew = view.colours?.key !== colours.key || Boolean(data.graph);
  view.colours = colours;
  view.weights = data.weights && readWeights(data.weights);
  view.picked = data.picked && `${[data.picked.name, ...data.picked.index]}`;
  if (isNew) refold(view);
  else showPanel(view);
  return () => setTimeout(() => view.root.isConnected || view.film.stop());
}

function mount(parentElement) {
  const root = element("section", "backprop", parentElement);
  element("style", "", root, STYLE);
  const view = { root, open: new Set(), step: 0, steps: [], version: "" };
  view.go = (step) => {
    const begun = performance.now();
    view.step = Math.min(view.steps.length - 1, Math.max(0, step));
    markStep(view);
    showPanel(view);
    view.film.update();
    root.dataset.step = view.step;
    root.dataset.stepMs = (performance.now() - begun).toFixed(1);
  };
  view.show = (group) => {
    const phase = view.steps[view.step].phase === "backwards" && group.hasGradient ? "backwards" : "forwards";
    view.go(view.steps.findIndex((each) => each.phase === phase && each.group.id === group.id));
  };
  view.toggle = (path) => {
    if (view.open.has(path)) for (const each of [...view.open].filter((other) => isInside(other, path))) view.open.delete(each);
    else view.open.add(path);
    refold(view);
    (view.cards.get(path)?.main ?? view.cards.get(view.steps[view.step].group.id).main).focus({ preventScroll: true });
  };
  view.film = createFilm(root, view);
  const body = element("div", "body", root);
  view.scroller = element("div", "scroller", body);
  view.scroller.tabIndex = 0;
  view.scroller.setAttribute("role", "region");
  view.panel = element("div", "panel", body);
  root.addEventListener("keydown", (event) => onFilmKey(view, event));
  return view;
}

function setGraph(view, graph, version) {
  const floats = new Float32Array(bytesOf(graph.numbers).buffer);
  const takers = graph.nodes.map(() => []);
  graph.nodes.forEach((node, i) => {
    for (const before of node.inputs) takers[before].push(i);
  });
  const mapOf = (map) => ({ ...map, values: floats.subarray(map.at, map.at + map.dims.reduce((all, size) => all * size, 1)) });
  const isSameNetwork = view.graph && view.graph.nodes.length === graph.nodes.length;
  if (!isSameNetwork) Object.assign(view, { open: new Set(), step: 0, steps: [] });
  Object.assign(view, { version, graph: { ...graph, takers, mapOf } });
}

// Another folding keeps the place in the film: the step that shows the same operation, or one around or inside it.
function refold(view) {
  const before = view.steps[view.step];
  view.folded = foldGraph(view.graph, view.open);
  view.steps = makeSteps(view.folded);
  const same = (each) => before && each.phase === before.phase && each.group.members.includes(before.group.output);
  drawGraph(view);
  view.go(before ? Math.max(0, view.steps.findIndex(same)) : 0);
}

function readWeights(weights) {
  const read = (map) => map && { ...map, values: new Float32Array(bytesOf(map.numbers).buffer) };
  return { ...weights, values: read(weights.values), gradients: read(weights.gradients) };
}
