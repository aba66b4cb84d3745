// The canvas sends a stroke after 200 ms, or when its button "Update the app" is pressed. This script presses it when the pen is
// lifted. It also removes the toolbar, which is an invisible overlay at the upper edge of the canvas: a finger that begins a stroke
// there would press "Reset". The page has visible buttons. It reports each movement of the pen to the page (pen.js). On a phone the
// canvas is as wide as its container: fabric.js converts the position of a finger to canvas pixels, so a drawing is the same at each
// width, and also after the phone was turned.

const RETRY_MS = 50; // while the canvas is loading
const STYLE = `
  .dc-toolbar { display: none !important; }
  @media (max-width: 640px) {
    .dc-root, .dc-container, .canvas-container, canvas { width: 100% !important; }
    .dc-container { height: auto !important; aspect-ratio: 1; }
    .canvas-container, canvas { height: 100% !important; }
  }
`;

export default function ({ parentElement, data }) {
  const container = (parentElement.host ?? parentElement).closest("[class*=st-key-draw_canvas]");
  let timer;
  const tryPrepare = () => {
    if (container?.isConnected && !prepare(container, data.size)) timer = setTimeout(tryPrepare, RETRY_MS);
  };
  tryPrepare();
  return () => clearTimeout(timer);
}

function prepare(container, size) {
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
  root.addEventListener("pointerdown", (event) => followPointer(event, size));
  return true;
}

// Collects the points of a stroke as the canvas does: of the first finger, or of the main button, also outside the canvas. The canvas
// listens to mouse and touch events, of which only the latter have fractions of a pixel.
function followPointer(down, size) {
  const canvas = down.target;
  if (!down.isPrimary || down.button !== 0 || canvas.tagName !== "CANVAS") return;
  const points = [], ended = new AbortController();
  const snap = down.pointerType === "touch" ? (place) => place : Math.floor;
  const report = (event, phase) => {
    if (event.pointerId !== down.pointerId) return;
    if (phase === "down" || phase === "move") {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      points.push([((snap(event.clientX) - left) * size) / width, ((snap(event.clientY) - top) * size) / height]);
    } else ended.abort();
    reportPen(phase, points, event.timeStamp);
  };
  report(down, "down");
  for (const [type, phase] of [["pointermove", "move"], ["pointerup", "up"], ["pointercancel", "cancel"]]) {
    document.addEventListener(type, (event) => report(event, phase), { signal: ended.signal, passive: true });
  }
}
