// The canvas sends a stroke after 200 ms, or when its button "Update the app" is pressed. This script presses it when the pen is
// lifted. It also removes the toolbar, which is an invisible overlay at the upper edge of the canvas: a finger that begins a stroke
// there would press "Reset". The page has visible buttons. On a phone the canvas is as wide as its container: fabric.js converts the
// position of a finger to canvas pixels, so a drawing is the same at each width, and also after the phone was turned.

const RETRY_MS = 50; // while the canvas is loading
const STYLE = `
  .dc-toolbar { display: none !important; }
  @media (max-width: 640px) {
    .dc-root, .dc-container, .canvas-container, canvas { width: 100% !important; }
    .dc-container { height: auto !important; aspect-ratio: 1; }
    .canvas-container, canvas { height: 100% !important; }
  }
`;

export default function ({ parentElement }) {
  const container = (parentElement.host ?? parentElement).closest("[class*=st-key-draw_canvas]");
  let timer;
  const tryPrepare = () => {
    if (container?.isConnected && !prepare(container)) timer = setTimeout(tryPrepare, RETRY_MS);
  };
  tryPrepare();
  return () => clearTimeout(timer);
}

function prepare(container) {
  const roots = [...container.querySelectorAll("*")].map((element) => element.shadowRoot);
  const root = roots.find((found) => found?.querySelector(".dc-toolbar"));
  if (!root) return false;
  const toolbar = root.querySelector(".dc-toolbar");
  if (toolbar.dataset.quick) return true;
  toolbar.dataset.quick = "true";
  const style = document.createElement("style");
  style.textContent = STYLE;
  root.append(style);
  // The stroke is on the canvas after all other listeners have run.
  const send = () => setTimeout(() => toolbar.querySelector("button")?.click());
  for (const [down, up] of [["mousedown", "mouseup"], ["touchstart", "touchend"]]) {
    root.addEventListener(down, () => document.addEventListener(up, send, { once: true }), { passive: true });
  }
  return true;
}
