// Zooming with buttons, for all charts together: what fingers and the mouse do by dragging.

// Adds `zoomBy` and `pan` to the view that the charts share; both end in its `setZoom`.
function addZooming(view) {
  const shown = () => view.zoom ?? [0, view.end];
  const setSpan = (low, span) => {
    const from = Math.min(Math.max(low, 0), view.end - span);
    view.setZoom([from, from + span]);
  };
  // centre: the epoch that stays in the middle, as far as there is room.
  view.zoomBy = (factor, centre) => {
    const [low, high] = shown();
    const span = (high - low) * factor;
    if (span >= view.end) view.setZoom(null);
    else setSpan((centre ?? (low + high) / 2) - span / 2, span);
  };
  view.pan = (share) => {
    const [low, high] = shown();
    if (view.zoom) setSpan(low + share * (high - low), high - low);
  };
  view.bringIntoView = (epoch) => {
    const [low, high] = shown();
    if (epoch < low || epoch > high) setSpan(epoch - (high - low) / 2, high - low);
  };
}

// A button that can do nothing now stays in the tab order: a focus on it is not lost.
function createZoomBar(parent, view) {
  const bar = element("div", "zoom", parent);
  bar.setAttribute("role", "group");
  const said = element("span", "zoomed", bar);
  said.setAttribute("role", "status");
  const buttons = [
    ["zoomOut", "−", () => view.zoomBy(2)],
    ["zoomIn", "+", () => view.zoomBy(0.5)],
    ["earlier", "←", () => view.pan(-0.5)],
    ["later", "→", () => view.pan(0.5)],
    ["reset", null, () => view.setZoom(null)],
  ].map(([name, sign, act]) => {
    const button = element("button", `button ${name}`, bar, sign ?? "");
    button.type = "button";
    button.addEventListener("click", () => button.ariaDisabled !== "true" && act());
    return [name, button, sign];
  });
  return {
    setText() {
      bar.setAttribute("aria-label", view.text.zoom);
      for (const [name, button, sign] of buttons) {
        if (sign === null) button.textContent = view.text[name];
        else [button.ariaLabel, button.title] = [view.text[name], view.text[name]];
      }
    },
    update() {
      const [low, high] = view.zoom ?? [0, view.end];
      const idle = { zoomOut: !view.zoom, earlier: low <= 0, later: high >= view.end, reset: !view.zoom };
      for (const [name, button] of buttons) button.ariaDisabled = String(idle[name] ?? false);
      const { text } = view;
      const told = view.zoom ? fillIn(text.shown, { from: epochText(low), to: epochText(high) }) : text.all;
      if ((view.zoom || said.textContent) && said.textContent !== told) said.textContent = told;
    },
  };
}

const epochText = (epoch) => (Number.isInteger(epoch) ? String(epoch) : epoch.toFixed(2));
