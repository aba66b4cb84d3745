// Colours as [red, green, blue] from 0 to 255, and their contrast to the background.

const GRAPHIC_CONTRAST = 3.1; // WCAG 1.4.11 requires 3; the rest allows for rounding
const TEXT_CONTRAST = 4.6; // WCAG 1.4.3 requires 4.5
const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

// Any CSS colour as the browser resolves it inside `root`, with its theme and with forced colours.
function rgbOf(colour, root) {
  const probe = document.createElement("span");
  probe.style.forcedColorAdjust = "none";
  probe.style.color = colour;
  root.append(probe);
  pixel.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const cssOf = (rgb) => `rgb(${rgb.map(Math.round).join(", ")})`;
const mixed = (from, to, share) => from.map((part, i) => part + share * (to[i] - part));

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// Black or white, the one with more contrast: at least 4.5:1 on any background.
const blackOrWhite = (ground) => (luminance(ground) > 0.179 ? [0, 0, 0] : [255, 255, 255]);

// The colour, moved towards another one only as far as needed for the contrast to all backgrounds.
function legible(colour, grounds, towards = blackOrWhite(grounds[0]), least = GRAPHIC_CONTRAST) {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mixed(colour, towards, share);
    if (grounds.every((ground) => contrast(candidate, ground) >= least)) return candidate;
  }
  return towards;
}

// The theme's categorical colours, as CSS.
function categoricalColours(root) {
  const listed = getComputedStyle(root).getPropertyValue("--st-chart-categorical-colors");
  return listed.split(/,(?![^(]*\))/).map((colour) => colour.trim()).filter(Boolean);
}

// By how much texts and marks on canvases are larger than usual: 1 but in a presentation (ui/components/presentation).
const textScale = () => Number(document.documentElement.style.getPropertyValue("--nn-text-scale")) || 1;
