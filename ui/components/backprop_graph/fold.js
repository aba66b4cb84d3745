// Folds the graph by module: what is visible, in the order of the computation, and the edges between it.

// A module is folded unless it and all modules around it are open. Operations of the network itself stand alone.
function foldGraph(graph, open) {
  const groups = new Map();
  const groupOf = graph.nodes.map((node, i) => {
    const path = foldedPath(node.module, open);
    const id = path ?? `node ${i}`;
    if (!groups.has(id)) groups.set(id, { id, path, members: [], parent: parentOf(path ?? node.module, path, open) });
    groups.get(id).members.push(i);
    return id;
  });
  const edges = new Map();
  graph.nodes.forEach((node, i) => {
    for (const before of node.inputs) {
      if (groupOf[before] !== groupOf[i]) edges.set(`${groupOf[before]} ${groupOf[i]}`, [groupOf[before], groupOf[i]]);
    }
  });
  const visible = [...groups.values()].sort((one, other) => one.members.at(-1) - other.members.at(-1));
  for (const group of visible) describeGroup(graph, group);
  return { groups: visible, edges: [...edges.values()], clusters: [...open].filter((path) => visible.some(({ parent }) => isInside(parent, path))) };
}

// The outermost folded module around an operation; null if it is inside open modules only.
function foldedPath(module, open) {
  const parts = module ? module.split(".") : [];
  for (let length = 1; length <= parts.length; length += 1) {
    const path = parts.slice(0, length).join(".");
    if (!open.has(path)) return path;
  }
  return null;
}

// The innermost open module around a group.
function parentOf(module, path, open) {
  const parts = module ? module.split(".") : [];
  for (let length = parts.length - (path === null ? 0 : 1); length > 0; length -= 1) {
    const around = parts.slice(0, length).join(".");
    if (open.has(around)) return around;
  }
  return "";
}

const lastPart = (path) => path?.slice(path.lastIndexOf(".") + 1);

const isInside = (path, around) => path === around || path.startsWith(`${around}.`);

// The output of a group is that of its last operation that other groups take.
function describeGroup(graph, group) {
  const inside = new Set(group.members);
  const taken = group.members.filter((i) => graph.takers[i].some((taker) => !inside.has(taker)));
  group.output = taken.at(-1) ?? group.members.at(-1);
  const node = graph.nodes[group.output];
  group.node = node;
  group.canOpen = group.path !== null && group.members.length > 1;
  group.title = graph.layers[group.path ?? node.op] ?? lastPart(group.path) ?? node.op;
  group.parameters = [...new Set(group.members.flatMap((i) => graph.nodes[i].parameters))];
  group.hasGradient = node.gradient !== null;
}

const PLAIN = new Set(["t", "view", "transpose", "unsafe_view", "clone", "expand", "permute", "select", "stack", "cat", "slice"]);

// The operation that says what a group does: the only one that does more than change the shape, the loss among the operations of the
// loss function, or attention. Null if the group consists of several.
function mainOperation(graph, group) {
  const strong = group.members.filter((i) => !PLAIN.has(graph.nodes[i].op));
  const named = strong.find((i) => graph.nodes[i].op.endsWith("_loss") || (graph.nodes[i].module === group.path && graph.nodes[i].op.startsWith("scaled_dot_product")));
  if (strong.length > 1 && named === undefined) return null;
  return graph.nodes[named ?? strong[0] ?? group.output];
}
