// The keys. Letters are ours unless a person types; arrow keys only where the focus is on nothing that uses them.

const TEXT_FIELDS =
  "input:not([type=button], [type=checkbox], [type=radio], [type=range], [type=color], [type=file], [type=submit], [type=reset]), textarea, select, " +
  "[contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox], [role=listbox], [role=option], [role=menu], [role=menuitem]";
const WITHOUT_ARROWS = "body, html, [data-testid=stMain], a, button:not([role]), h1, summary, dialog";
const STEPS = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };

const isOtherDialogOpen = () => Boolean(document.querySelector("[role=dialog]"));
const hasModifier = ({ ctrlKey, metaKey, altKey, isComposing }) => ctrlKey || metaKey || altKey || isComposing;

function watchKeys() {
  window.addEventListener("keydown", onLetter, true); // before Streamlit, for which R is a key too
  window.addEventListener("keydown", onOtherKey); // after the page, which may have used the key
  document.addEventListener("click", onClick, true);
  document.addEventListener("fullscreenchange", () => {
    if (document.fullscreenElement) mode.hadFullscreen = true;
    else if (mode.hadFullscreen) {
      mode.hadFullscreen = false;
      leave(); // Escape ends the full screen without a key event
    }
  });
}

function onLetter(event) {
  if (hasModifier(event) || event.repeat || event.composedPath()[0].closest?.(TEXT_FIELDS)) return;
  const key = event.key.toLowerCase();
  const act = { f: mode.on ? leave : enter, ...(mode.on && { n: toggleNote, r: reset, "?": toggleKeys }) }[key];
  if (!act || !mode.text || isOtherDialogOpen()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (overlay.dialog.open && key !== "?") overlay.dialog.close();
  act();
}

function onOtherKey(event) {
  if (!mode.on || event.defaultPrevented || hasModifier(event) || isOtherDialogOpen()) return;
  if (event.key === "Escape" && !overlay.dialog.open) leave();
  else if (event.key in STEPS && mode.views.length && !overlay.dialog.open && event.composedPath()[0].matches?.(WITHOUT_ARROWS)) {
    event.preventDefault();
    goBy(STEPS[event.key]);
  }
}

// The page's buttons. The full screen is only allowed while a press is handled.
function onClick(event) {
  const pressed = (key) => event.target.closest?.(`.st-key-${key} button:not(:disabled)`);
  const isStart = pressed("start_demo") && mode.views.length;
  if (!isStart && !pressed("present")) return;
  event.stopImmediatePropagation(); // Streamlit would run the page, and return to it
  enter();
  if (isStart) goTo(1);
}
