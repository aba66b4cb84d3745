// What the current step shows: the operation in words and as a formula, its output, and on the way back the gradient and its rule.

function showPanel(view) {
  const { panel, graph, text, colours } = view;
  const { phase, group } = view.steps[view.step];
  const goesBack = phase === "backwards";
  const main = mainOperation(graph, group);
  const names = group.members.map((i) => graph.nodes[i].op).filter((op) => !PLAIN.has(op));
  const chain = names.slice(0, 12).concat(names.length > 12 ? ["…"] : []);
  const described = (group.members.length > 1 && graph.modules[group.path]) || (main ? graph.rules[main.rule] : {
    about: fillIn(text.composite, { count: group.members.length }), formula: chain.join(" → "), rule: `${chain.toReversed().join(" ← ")}\n${text.chainRule}`,
  });
  const focused = panel.getRootNode().activeElement?.dataset.focus;
  panel.replaceChildren();
  const head = element("header", "", panel);
  element("h2", "", head, group.title);
  const where = [group.path && group.path !== "loss" ? fillIn(text.module, { path: graph.paths[group.path] ?? group.path }) : "", group.node.function].filter(Boolean);
  element("p", "where", head, where.join(" · "));
  element("p", "about", panel, described.about);
  element("p", "formula", panel, (goesBack ? described.rule : described.formula).replaceAll(";  ", "\n"));
  if (goesBack) element("p", "hint", panel, text.symbols);
  const maps = element("div", "maps", panel);
  createMap(maps, { title: mapTitle(text.output, group.node, text), map: graph.mapOf(group.node.output), colours, text });
  if (goesBack) createMap(maps, { title: mapTitle(text.gradient, group.node, text), map: graph.mapOf(group.node.gradient), colours, text });
  else if (!group.hasGradient) element("p", "hint", panel, text.noGradient);
  if (group.canOpen) showOperations(view, panel, group, goesBack);
  showParameters(view, panel, group);
  // The answer of the server must not take the focus away.
  if (focused) [...panel.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === focused)?.focus({ preventScroll: true });
}

const mapTitle = (name, node, text) => `${name} (${shapeText(node.shape, text)})`;

function showOperations(view, panel, group, goesBack) {
  const { graph, text } = view;
  const details = element("details", "operations", panel);
  element("summary", "", details, fillIn(text.inside, { count: group.members.length }));
  const list = element("ol", "", details);
  for (const i of group.members.slice(0, 60)) {
    const node = graph.nodes[i];
    const item = element("li", "", list);
    element("b", "", item, node.op);
    item.append(` ${goesBack ? graph.rules[node.rule].rule : graph.rules[node.rule].formula}`);
  }
  if (group.members.length > 60) element("li", "", list, fillIn(text.more, { count: group.members.length - 60 }));
}
