// The canvas sends a stroke after 200 ms, or when its button "Update the app" is pressed. This script presses it when the pen is
// lifted. It also removes the toolbar, which is an invisible overlay at the upper edge of the canvas: a finger that begins a stroke
// there would press "Reset". The page has visible buttons.

const RETRY_MS = 50; // while the canvas is loading

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
  style.textContent = ".dc-toolbar { display: none !important; }";
  root.append(style);
  // The stroke is on the canvas after all other listeners have run.
  const send = () => setTimeout(() => toolbar.querySelector("button")?.click());
  for (const [down, up] of [["mousedown", "mouseup"], ["touchstart", "touchend"]]) {
    root.addEventListener(down, () => document.addEventListener(up, send, { once: true }), { passive: true });
  }
  return true;
}
