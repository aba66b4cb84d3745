// Places the visible groups with dagre, from top to bottom, each open module as a box around its parts.

const CARD = { width: 188, height: 64 };
const MANY = 80;

function layOut({ groups, edges, clusters }) {
  const graph = new dagre.graphlib.Graph({ compound: true });
  // The better ranking takes seconds for hundreds of cards.
  const ranker = groups.length > MANY ? "longest-path" : "network-simplex";
  graph.setGraph({ ranker, rankdir: "TB", nodesep: 18, ranksep: 36, marginx: 14, marginy: 18 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const path of clusters) graph.setNode(`cluster ${path}`, {});
  for (const path of clusters) {
    const around = clusters.filter((other) => other !== path && isInside(path, other)).sort((a, b) => b.length - a.length)[0];
    if (around) graph.setParent(`cluster ${path}`, `cluster ${around}`);
  }
  for (const { id, parent } of groups) {
    graph.setNode(id, { ...CARD });
    if (parent) graph.setParent(id, `cluster ${parent}`);
  }
  for (const [from, to] of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const { width, height } = graph.graph();
  return {
    width,
    height,
    places: new Map(groups.map(({ id }) => [id, graph.node(id)])),
    lines: edges.map(([from, to]) => ({ from, to, points: graph.edge(from, to).points })),
    boxes: clusters.map((path) => ({ path, ...graph.node(`cluster ${path}`) })),
  };
}

// A smooth line through dagre's points.
function linePath(points) {
  const [first, ...others] = points;
  let path = `M${first.x} ${first.y}`;
  for (let i = 0; i < others.length - 1; i += 1) {
    const [point, next] = [others[i], others[i + 1]];
    path += `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  }
  const last = others.at(-1);
  return `${path}L${last.x} ${last.y}`;
}
