// Describes the map as text: where each class is, and which pictures are near a point.

const NEAREST = 10;

const getMedian = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const numberText = (value) => value.toFixed(2).replace("-", "−");
const pointText = ([x, y]) => `(${numberText(x)} | ${numberText(y)})`;

// For each class with points: {label, count, median: [x, y], closest: the class with the closest median}.
function describeClasses({ places, labels }, classes) {
  const lists = classes.map(() => [[], []]);
  for (let i = 0; i < labels.length; i += 1) {
    lists[labels[i]][0].push(places[2 * i]);
    lists[labels[i]][1].push(places[2 * i + 1]);
  }
  const found = lists.flatMap(([x, y], index) => (x.length ? [{ index, label: classes[index], count: x.length, median: [getMedian(x), getMedian(y)] }] : []));
  const getDistance = (a, b) => Math.hypot(a.median[0] - b.median[0], a.median[1] - b.median[1]);
  for (const entry of found) {
    const others = found.filter((other) => other !== entry);
    entry.closest = others.length ? others.reduce((best, other) => (getDistance(entry, other) < getDistance(entry, best) ? other : best)).label : "–";
  }
  return found;
}

// The index of the part of the map, of nine, that contains a point; row by row from the upper left.
function getPart([x, y], [x0, x1, y0, y1]) {
  const third = (share) => Math.min(2, Math.max(0, Math.floor(3 * share)));
  return 3 * third((y1 - y) / (y1 - y0)) + third((x - x0) / (x1 - x0));
}

// "7 (8 of 10), 9 (2 of 10)": the classes of the nearest pictures, by distance on the map.
function describeNeighbours({ places, labels, extent }, point, classes, text) {
  const [width, height] = [extent[1] - extent[0], extent[3] - extent[2]];
  const getDistance = (i) => ((places[2 * i] - point[0]) / width) ** 2 + ((places[2 * i + 1] - point[1]) / height) ** 2;
  const nearest = [];
  for (let i = 0; i < labels.length; i += 1) {
    const distance = getDistance(i);
    if (nearest.length === NEAREST && distance >= nearest.at(-1)[0]) continue;
    nearest.push([distance, labels[i]]);
    nearest.sort((a, b) => a[0] - b[0]);
    nearest.length = Math.min(nearest.length, NEAREST);
  }
  const counts = new Map();
  for (const [, label] of nearest) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([label, count]) => fillIn(text.counted, { label: classes[label], count, all: nearest.length }))
    .join(", ");
}

const whereTable = (found, extent, text) => ({
  head: text.columns,
  rows: found.map(({ label, count, median, closest }) => [label, text.parts[getPart(median, extent)], pointText(median), closest, count]),
});
