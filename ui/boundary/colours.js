// Colours as [red, green, blue] from 0 to 255, and the shapes that tell the classes apart without them.

const LEAST_CONTRAST = 3; // of a mark against what lies behind it (WCAG 2.2, 1.4.11)

// Paths around the origin; the squares and triangles are a little larger, so that all look alike in weight.
const SHAPES = [
  (r) => `M ${r} 0 A ${r} ${r} 0 1 1 ${-r} 0 A ${r} ${r} 0 1 1 ${r} 0 Z`,
  (r) => `M ${-r} ${-r} H ${r} V ${r} H ${-r} Z`,
  (r) => `M 0 ${-1.25 * r} L ${1.2 * r} ${0.9 * r} L ${-1.2 * r} ${0.9 * r} Z`,
  (r) => `M 0 ${-1.4 * r} L ${1.4 * r} 0 L 0 ${1.4 * r} L ${-1.4 * r} 0 Z`,
];

const crossed = (r) => `M ${-r / 2} ${-r / 2} L ${r / 2} ${r / 2} M ${-r / 2} ${r / 2} L ${r / 2} ${-r / 2}`;

const [FILLED, HOLLOW, WRONG] = [0, 1, 2]; // as ui/boundary/points.py says

function rgbOf(colour) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const cssOf = (rgb) => `rgb(${rgb.map(Math.round).join(" ")})`;

const mixed = (from, to, share) => from.map((part, i) => part + (to[i] - part) * share);

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => (part <= 10.3 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// The colour, made darker on a light ground and lighter on a dark one until it stands out from all grounds.
function legible(colour, grounds) {
  const end = luminance(grounds[0]) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mixed(colour, end, share);
    if (grounds.every((ground) => contrast(tried, ground) >= LEAST_CONTRAST)) return tried;
  }
  return end;
}
