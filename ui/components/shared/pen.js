// Tells the page where the pen is. phase: "down", "move", "up" or "cancel"; points: of the stroke so far, in canvas pixels, y down;
// time: of the event that moved the pen.
function reportPen(phase, points, time = performance.now()) {
  document.dispatchEvent(new CustomEvent("nn-lab-pen", { detail: { phase, points, time } }));
}
