// The colours of the theme, or the user's forced colours, for drawing on a canvas.

const forcedColours = () => window.matchMedia("(forced-colors: active)");

// All colours as [red, green, blue].
function paletteOf(root) {
  const style = getComputedStyle(root);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const forced = forcedColours().matches;
  const surface = rgbOf(forced ? "Canvas" : value("background-color") || "#fff", root);
  const text = rgbOf(forced ? "CanvasText" : value("text-color") || "#333", root);
  const listed = categoricalColours(root);
  const given = forced ? ["CanvasText", "LinkText"] : listed.length > 1 ? listed : ["#0072b2", "#d55e00"];
  return {
    surface,
    text,
    forced,
    font: value("font") || "sans-serif",
    muted: legible(mixed(text, surface, 0.25), [surface], text, TEXT_CONTRAST),
    grid: mixed(text, surface, 0.86),
    series: given.map((colour) => legible(rgbOf(colour, root), [surface], text)),
  };
}
