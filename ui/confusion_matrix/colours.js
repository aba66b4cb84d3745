// Colours of the cells, as red, green and blue from 0 to 255.

const LIGHT_HIT = [79, 70, 229];
const DARK_HIT = [150, 146, 255];
const LIGHT_MISS = [194, 65, 12];
const DARK_MISS = [251, 146, 60];

// The theme's ground, and the two colours that stand at least 3:1 off it.
function palette(element) {
  const ground = rgbOf(getComputedStyle(element).getPropertyValue("--st-background-color").trim() || "#ffffff");
  const dark = luminance(ground) < 0.2;
  return { ground, hit: dark ? DARK_HIT : LIGHT_HIT, miss: dark ? DARK_MISS : LIGHT_MISS };
}

// The fill follows the root of the share: a few mistakes among a thousand hits must be seen too.
function fill(colours, kind, share) {
  const strength = 0.1 + 0.9 * Math.sqrt(share);
  return colours.ground.map((value, i) => Math.round(value + (colours[kind][i] - value) * strength));
}

// Black or white, whichever can be read better: at least 4.5:1 on any ground.
function ink(ground) {
  const light = luminance(ground);
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#000";
}

function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function rgbOf(colour) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const css = (colour) => `rgb(${colour.join(" ")})`;
