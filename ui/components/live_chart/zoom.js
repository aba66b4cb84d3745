// Buttons that zoom all charts together, as dragging with mouse or finger does.

// Adds `zoomBy` and `pan` to the view that the charts share; both end in its `setZoom`.
function addZooming(view) {
  const shown = () => view.zoom ?? [0, view.end];
  const setSpan = (low, span) => {
    const from = Math.min(Math.max(low, 0), view.end - span);
    view.setZoom([from, from + span]);
  };
  // centre: the epoch that stays in the middle, as far as possible.
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

// A disabled button stays in the tab order, so that it does not lose the focus.
function createZoomBar(parent, view) {
  const bar = element("div", "zoom", parent);
  bar.setAttribute("role", "group");
  const statusText = element("span", "zoomed", bar);
  statusText.setAttribute("role", "status");
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
      const texts = view.text;
      const text = view.zoom ? fillIn(texts.shown, { from: epochText(low), to: epochText(high) }) : texts.all;
      if ((view.zoom || statusText.textContent) && statusText.textContent !== text) statusText.textContent = text;
    },
  };
}

const epochText = (epoch) => (Number.isInteger(epoch) ? String(epoch) : epoch.toFixed(2));
