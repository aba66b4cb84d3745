// Colours that stand out from the ground they are drawn on, in whatever theme, and in forced colours.

const GRAPHIC_CONTRAST = 3.1; // WCAG 1.4.11 asks for 3; rounding to whole numbers takes a little
const TEXT_CONTRAST = 4.6; // and WCAG 1.4.3 for 4.5

// [red, green, blue] of any CSS colour, as the browser resolves it inside `root`.
function rgbOf(colour, root) {
  const probe = document.createElement("span");
  probe.style.forcedColorAdjust = "none";
  probe.style.color = colour;
  root.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  const parts = resolved.replace(/^color\(\S+/, "").match(/[\d.]+(e-?\d+)?/g).map(Number);
  return parts.slice(0, 3).map((part) => (resolved.startsWith("color(") ? 255 * part : part));
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

// The colour, moved towards that of the text only as far as it must be to reach the contrast.
function readable(colour, { surface, text }, least = GRAPHIC_CONTRAST) {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mixed(colour, text, share);
    if (contrast(candidate, surface) >= least) return candidate;
  }
  return text;
}

// The colour, moved towards the ground as far as the contrast allows: for what stands behind a stronger line.
function faded(colour, { surface }, least = GRAPHIC_CONTRAST) {
  let found = colour;
  for (let share = 0.05; share < 1; share += 0.05) {
    const candidate = mixed(colour, surface, share);
    if (contrast(candidate, surface) < least) break;
    found = candidate;
  }
  return found;
}

// What the theme, or the user's forced colours, give to a canvas; all as [red, green, blue].
function paletteOf(root) {
  const style = getComputedStyle(root);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const forced = forcedColours().matches;
  const rgb = (colour) => rgbOf(colour, root);
  const ground = {
    surface: rgb(forced ? "Canvas" : value("background-color") || "#fff"),
    text: rgb(forced ? "CanvasText" : value("text-color") || "#333"),
  };
  const listed = value("chart-categorical-colors").split(/,(?![^(]*\))/).map((colour) => colour.trim()).filter(Boolean);
  const given = forced ? ["CanvasText", "LinkText"] : listed.length > 1 ? listed : ["#0072b2", "#d55e00"];
  return {
    ...ground,
    forced,
    font: value("font") || "sans-serif",
    muted: readable(mixed(ground.text, ground.surface, 0.25), ground, TEXT_CONTRAST),
    grid: mixed(ground.text, ground.surface, 0.86),
    series: given.map((colour) => readable(rgb(colour), ground)),
  };
}

const forcedColours = () => window.matchMedia("(forced-colors: active)");
