// The canvas waits 200 ms after a stroke before it sends it, unless its button "Update the app" is pressed: so that is
// pressed when the pen is lifted. Its toolbar lies invisible over the canvas's upper edge, where a finger that begins a
// stroke would press "Reset": so it is taken away; the page has buttons that can be seen.

const EVERY_MS = 50; // while the canvas is being loaded

export default function ({ parentElement }) {
  const place = (parentElement.host ?? parentElement).closest("[class*=st-key-draw_canvas]");
  let timer;
  const look = () => {
    if (place?.isConnected && !prepared(place)) timer = setTimeout(look, EVERY_MS);
  };
  look();
  return () => clearTimeout(timer);
}

function prepared(place) {
  const roots = [...place.querySelectorAll("*")].map((element) => element.shadowRoot);
  const root = roots.find((found) => found?.querySelector(".dc-toolbar"));
  if (!root) return false;
  const toolbar = root.querySelector(".dc-toolbar");
  if (toolbar.dataset.quick) return true;
  toolbar.dataset.quick = "true";
  const style = document.createElement("style");
  style.textContent = ".dc-toolbar { display: none !important; }";
  root.append(style);
  // Once every other listener has had its turn, the stroke is on the canvas.
  const send = () => setTimeout(() => toolbar.querySelector("button")?.click());
  for (const [down, up] of [["mousedown", "mouseup"], ["touchstart", "touchend"]]) {
    root.addEventListener(down, () => document.addEventListener(up, send, { once: true }), { passive: true });
  }
  return true;
}
