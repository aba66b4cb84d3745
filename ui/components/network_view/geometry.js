// Where columns, neurons and edges are, in CSS pixels.

const [COLUMN, FEATURE_LABEL, OUTPUT_LABEL] = [72, 52, 42]; // least width of a column; room for names beside the outer ones
const [MANY_ROWS, HIGH_WINDOW] = [9, 850];

// columns: the number of neurons in each, the features first.
function layOut(columns, width) {
  const rows = Math.max(...columns);
  const [side, pitch] = rows > MANY_ROWS ? [24, 30] : innerHeight >= HIGH_WINDOW ? [40, 52] : [34, 43];
  const inner = Math.max(width, FEATURE_LABEL + OUTPUT_LABEL + COLUMN * columns.length - COLUMN / 2);
  const [first, last] = [FEATURE_LABEL + side / 2 + 2, inner - OUTPUT_LABEL - side / 2 - 2];
  const at = (column) => first + ((last - first) * column) / (columns.length - 1);
  const down = (row) => 4 + side / 2 + row * pitch;
  return { side, width: inner, height: 8 + side + (rows - 1) * pitch, column: at, row: down, gap: (last - first) / (columns.length - 1) };
}

// The edge from a neuron to one of the next column: y = smoothstep(x), which is this Bézier curve.
function edgePath(pen, { from, to }) {
  const third = (to.x - from.x) / 3;
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.bezierCurveTo(from.x + third, from.y, to.x - third, to.y, to.x, to.y);
}

// The edge that is nearest to a point, up to 6 pixels away; undefined without one.
function findEdge(edges, x, y) {
  let [nearest, least] = [undefined, 6];
  for (const edge of edges) {
    const { from, to } = edge;
    if (x < from.x || x > to.x) continue;
    const share = (x - from.x) / (to.x - from.x);
    const height = from.y + (to.y - from.y) * share * share * (3 - 2 * share);
    const slope = ((to.y - from.y) * 6 * share * (1 - share)) / (to.x - from.x);
    const distance = Math.abs(y - height) / Math.hypot(1, slope);
    if (distance < least) [nearest, least] = [edge, distance];
  }
  return nearest;
}

// All edges between the neurons in use. `frame` has the weights; without it, an edge has none.
function listEdges(model, place) {
  const edges = [];
  for (let layer = 1; layer < model.columns.length; layer += 1) {
    const gap = place.side / 2 + 1;
    model.columns[layer].forEach((neuron, to) => {
      model.columns[layer - 1].forEach((source, from) => {
        edges.push({
          layer,
          to: { neuron: to, x: place.column(layer) - gap, y: place.row(neuron.row) },
          from: { neuron: from, x: place.column(layer - 1) + gap, y: place.row(source.row) },
        });
      });
    });
  }
  return edges;
}

// An edge is as thick as its weight and dashed if that is negative. Only the edges of a marked neuron stand out, if there is one.
function drawEdges(canvas, edges, weightOf, isMarked, { series, muted }) {
  const sheet = clearedSheet(canvas);
  if (!sheet) return;
  const { pen } = sheet;
  const [positive, negative, unknown] = [...series.slice(0, 2), muted].map(cssOf);
  pen.lineCap = "butt";
  for (const edge of edges) {
    const weight = weightOf(edge);
    const size = Math.abs(weight ?? 0);
    const stands = isMarked?.(edge);
    pen.globalAlpha = weight === undefined ? 0.35 : stands ? 1 : Math.min(0.95, 0.22 + 0.6 * size) * (isMarked ? 0.3 : 1);
    pen.strokeStyle = weight === undefined ? unknown : weight < 0 ? negative : positive;
    pen.lineWidth = Math.min(8, 0.6 + 2 * size) + (stands ? 1 : 0);
    pen.setLineDash(weight < 0 ? [5, 4] : []);
    edgePath(pen, edge);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
}
