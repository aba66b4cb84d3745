// After a while without input, the demo's views change and digits draw themselves, until someone touches the screen.

const CHECK_MS = 250;
const STROKE_STEP_MS = 28;
const READING_MS = 3000; // time to read the answer
const SHIELD_MS = 500; // a touch is followed by clicks, which the page does not get either
const attract = { on: false, token: 0, lastInput: 0, isPressed: false, stroke: null };

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const hasReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function watchInput() {
  const options = { capture: true, passive: true };
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
    window.addEventListener(name, (event) => {
      const isTremble = name === "pointermove" && Math.abs(event.movementX) + Math.abs(event.movementY) < 3;
      if (event.isTrusted && !isTremble) onInput(event);
    }, name === "keydown" ? true : options);
  }
  window.addEventListener("pointerdown", ({ isTrusted }) => (attract.isPressed ||= isTrusted), options);
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, ({ isTrusted }) => (attract.isPressed &&= !isTrusted), options);
  onModeChange(() => {
    attract.lastInput = performance.now();
    if (!mode.on) stopAttract();
  });
  setInterval(checkIdle, CHECK_MS);
}

function onInput(event) {
  attract.lastInput = performance.now();
  if (!attract.on) return;
  if (event.type === "keydown" && !["f", "F", "Escape"].includes(event.key)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  stopAttract();
  mode.requestReset();
}

function checkIdle() {
  const isBusy = !mode.on || attract.on || attract.isPressed || document.hidden || overlay.dialog.open || isOtherDialogOpen();
  if (!isBusy && mode.attractSeconds > 0 && performance.now() - attract.lastInput >= mode.attractSeconds * 1000) startAttract();
}

function startAttract() {
  attract.on = true;
  attract.token += 1;
  document.documentElement.dataset.attract = "";
  overlay.shield.hidden = false;
  if (!hasReducedMotion()) play(attract.token);
}

function stopAttract() {
  if (!attract.on) return;
  attract.on = false;
  attract.token += 1;
  liftPen();
  delete document.documentElement.dataset.attract;
  setTimeout(() => (overlay.shield.hidden = !attract.on), SHIELD_MS);
}

async function play(token) {
  const isCurrent = () => token === attract.token;
  for (let digit = 0; isCurrent(); ) {
    const until = performance.now() + mode.viewSeconds * 1000;
    while (isCurrent() && performance.now() < until) {
      if (findCanvas()) await drawDigit(DIGITS[digit++ % DIGITS.length], isCurrent);
      else await wait(CHECK_MS);
    }
    if (isCurrent() && mode.views.length > 1) showNextView();
  }
}

function showNextView() {
  const since = attract.lastInput;
  goTo((mode.position % mode.views.length) + 1, { replace: true });
  attract.lastInput = since;
}

// The canvas that takes strokes, once it is ready for them.
function findCanvas() {
  const inner = [...document.querySelectorAll(".st-key-draw_canvas *")].map(({ shadowRoot }) => shadowRoot).find((root) => root?.querySelector("[data-quick]"));
  return inner?.querySelector("canvas.upper-canvas") ?? null;
}

async function drawDigit(strokes, isCurrent) {
  document.querySelector(".st-key-clear_canvas button")?.click();
  await wait(CHECK_MS * 4);
  for (const stroke of strokes) {
    for (const [index, [x, y]] of stroke.entries()) {
      const canvas = isCurrent() && findCanvas();
      if (!canvas) return liftPen();
      const { left, top, width, height } = canvas.getBoundingClientRect();
      movePen(canvas, { clientX: left + (x / 100) * width, clientY: top + (y / 100) * height }, index === 0);
      await wait(STROKE_STEP_MS);
    }
    liftPen();
    await wait(CHECK_MS);
  }
  for (let waited = 0; waited < READING_MS && isCurrent(); waited += CHECK_MS) await wait(CHECK_MS);
}

function movePen(canvas, place, isFirst) {
  attract.stroke = { canvas, place };
  const fire = (name, target) => target.dispatchEvent(new MouseEvent(name, { ...place, bubbles: true, composed: true, cancelable: true, button: 0, buttons: 1, view: window }));
  if (isFirst) fire("mousedown", canvas);
  else fire("mousemove", document);
}

function liftPen() {
  if (!attract.stroke) return;
  const { place } = attract.stroke;
  attract.stroke = null;
  document.dispatchEvent(new MouseEvent("mouseup", { ...place, bubbles: true, composed: true, button: 0, view: window }));
}
