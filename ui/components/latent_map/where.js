// What the map shows, in words: where each class lies, and which pictures are near a place.

const NEAREST = 10;

const middleOf = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const numberText = (value) => value.toFixed(2).replace("-", "−");
const placeText = ([x, y]) => `(${numberText(x)} | ${numberText(y)})`;

// For each class that has points: {label, count, middle: [x, y] (the medians), closest: the label whose middle is next to it}.
function classesOf({ places, labels }, classes) {
  const lists = classes.map(() => [[], []]);
  for (let i = 0; i < labels.length; i += 1) {
    lists[labels[i]][0].push(places[2 * i]);
    lists[labels[i]][1].push(places[2 * i + 1]);
  }
  const found = lists.flatMap(([x, y], index) => (x.length ? [{ index, label: classes[index], count: x.length, middle: [middleOf(x), middleOf(y)] }] : []));
  const apart = (one, other) => Math.hypot(one.middle[0] - other.middle[0], one.middle[1] - other.middle[1]);
  for (const one of found) {
    const others = found.filter((other) => other !== one);
    one.closest = others.length ? others.reduce((best, other) => (apart(one, other) < apart(one, best) ? other : best)).label : "–";
  }
  return found;
}

// Which of the nine parts of the map a place is in: an index into their names, row by row from the upper left.
function partOf([x, y], [x0, x1, y0, y1]) {
  const third = (share) => Math.min(2, Math.max(0, Math.floor(3 * share)));
  return 3 * third((y1 - y) / (y1 - y0)) + third((x - x0) / (x1 - x0));
}

// "7 (8 of 10), 9 (2 of 10)": of which classes the nearest pictures are; near as the map shows it.
function nearby({ places, labels, extent }, place, classes, text) {
  const [width, height] = [extent[1] - extent[0], extent[3] - extent[2]];
  const far = (i) => ((places[2 * i] - place[0]) / width) ** 2 + ((places[2 * i + 1] - place[1]) / height) ** 2;
  const nearest = [];
  for (let i = 0; i < labels.length; i += 1) {
    const distance = far(i);
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
  rows: found.map(({ label, count, middle, closest }) => [label, text.parts[partOf(middle, extent)], placeText(middle), closest, count]),
});
