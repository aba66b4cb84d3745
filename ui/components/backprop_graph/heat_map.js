// A tensor as a heat map: blue above 0, orange below, the page's background at 0. Numbers are read with pointer or arrow keys.

const GAP = 1; // cells between the tiles of one map

// Arranges [tiles, rows, columns] as a sheet of tiles.
function sheetOf([tiles, rows, columns]) {
  const across = Math.max(1, Math.min(tiles, Math.round(Math.sqrt((tiles * (rows + GAP)) / (columns + GAP)))));
  const down = Math.ceil(tiles / across);
  const gap = tiles > 1 ? GAP : 0;
  return { across, gap, width: across * (columns + gap) - gap, height: down * (rows + gap) - gap };
}

function heatColours(root) {
  const ground = rgbOf("var(--st-background-color, #fff)", root);
  const dark = luminance(ground) < 0.2;
  return {
    key: `${ground}`,
    ground: mixed(ground, dark ? [255, 255, 255] : [0, 0, 0], 0.05),
    above: dark ? [64, 156, 255] : [29, 92, 204],
    below: dark ? [255, 150, 40] : [214, 84, 0],
  };
}

// One canvas pixel for each number.
function paintMap(canvas, map, colours, most = map.most) {
  const [tiles, rows, columns] = map.dims;
  const sheet = sheetOf(map.dims);
  canvas.width = sheet.width;
  canvas.height = sheet.height;
  const image = new ImageData(sheet.width, sheet.height);
  for (let i = 0; i < tiles * rows * columns; i += 1) {
    const at = 4 * placeOf(map.dims, sheet, i);
    const value = map.values[i];
    const share = Number.isFinite(value) ? Math.min(1, Math.abs(value) / (most || 1)) : 1;
    const colour = value > 0 ? colours.above : colours.below;
    for (let part = 0; part < 3; part += 1) image.data[at + part] = colours.ground[part] + share * (colour[part] - colours.ground[part]);
    image.data[at + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function placeOf([, rows, columns], { across, gap, width }, i) {
  const [tile, row, column] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
  return (Math.floor(tile / across) * (rows + gap) + row) * width + (tile % across) * (columns + gap) + column;
}

// The number at a pixel of the sheet; -1 between the tiles.
function indexAt([tiles, rows, columns], { across, gap }, x, y) {
  const [tileX, tileY] = [Math.floor(x / (columns + gap)), Math.floor(y / (rows + gap))];
  const [column, row] = [x - tileX * (columns + gap), y - tileY * (rows + gap)];
  const tile = tileY * across + tileX;
  return column < columns && row < rows && tile < tiles && tileX < across ? (tile * rows + row) * columns + column : -1;
}

// A large map with its scale and a line that reads the number at the pointer. onPick: called with the index of a chosen number, which
// is marked when it is `picked`.
function createMap(parent, { title, map, colours, text, onPick, picked = -1 }) {
  const figure = element("figure", "map", parent);
  element("figcaption", "", figure, title);
  const frame = element("div", "frame", figure);
  const canvas = element("canvas", "cells", frame);
  const cursor = element("div", "cursor", frame);
  const sheet = sheetOf(map.dims);
  paintMap(canvas, map, colours);
  frame.style.width = `${Math.min(224, sheet.width * 24)}px`;
  const range = map.values.length === 1 ? numberText(map.values[0], 7) : fillIn(text.range, { low: numberText(map.low), high: numberText(map.high) });
  canvas.tabIndex = 0;
  canvas.dataset.focus = title;
  canvas.setAttribute("role", onPick ? "application" : "img");
  canvas.setAttribute("aria-label", `${title}. ${range}`);
  const scale = element("div", "scale", figure);
  scale.setAttribute("aria-hidden", "true");
  element("span", "", scale, numberText(-map.most));
  const bar = element("span", "bar", scale);
  bar.style.background = `linear-gradient(to right, ${[colours.below, colours.ground, colours.above].map(cssOf).join(", ")})`;
  element("span", "", scale, numberText(map.most));
  const rest = range + (map.part ? ` ${map.part}` : "");
  const line = element("p", "reading", figure, rest);
  let at = Math.max(0, picked);
  const mark = (i) => {
    cursor.hidden = i < 0;
    if (i < 0) return;
    const place = placeOf(map.dims, sheet, i);
    const [x, y] = [place % sheet.width, Math.floor(place / sheet.width)];
    const share = (part, all) => `${(100 * part) / all}%`;
    Object.assign(cursor.style, { left: share(x, sheet.width), top: share(y, sheet.height), width: share(1, sheet.width), height: share(1, sheet.height) });
  };
  mark(picked);
  const read = (i) => {
    at = i;
    mark(i);
    line.textContent = fillIn(text.reading, { place: placeText(map.dims, i), value: numberText(map.values[i], 7) });
  };
  canvas.addEventListener("pointermove", (event) => {
    const i = pointed(event);
    if (i >= 0) read(i);
  });
  canvas.addEventListener("pointerleave", () => {
    line.textContent = rest;
    mark(picked);
  });
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && mark(at));
  canvas.addEventListener("click", (event) => pointed(event) >= 0 && onPick?.(pointed(event)));
  canvas.addEventListener("keydown", (event) => {
    const [, , columns] = map.dims;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step) read(Math.min(map.values.length - 1, Math.max(0, at + step)));
    else if (event.key === "Enter" || event.key === " ") onPick?.(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const pointed = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return indexAt(map.dims, sheet, Math.floor(x * sheet.width), Math.floor(y * sheet.height));
  };
  return figure;
}

function placeText([tiles, rows, columns], i) {
  const place = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
  const shown = [tiles > 1, rows > 1, true];
  return place.filter((_, axis) => shown[axis]).map((each) => each + 1).join(", ");
}

// Four digits, or more for reading one number.
function numberText(value, digits = 4) {
  if (!Number.isFinite(value)) return { Infinity: "∞", "-Infinity": "−∞" }[value] ?? "NaN";
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}
