// The component. It is mounted on every page; the mode outlives the pages.

let isWatching = false;

export function render({ data, setTriggerValue }) {
  const { views, text, attractSeconds, viewSeconds } = data;
  Object.assign(mode, { views, text, attractSeconds, viewSeconds });
  mode.requestReset = () => setTriggerValue("reset", performance.now());
  noteResets(data.resets);
  if (isWatching) return updateOverlay();
  isWatching = true;
  buildOverlay();
  onModeChange(updateOverlay);
  watchAddress();
  watchInput(); // before the keys, because the first input of a visitor only ends the loop
  watchKeys();
  window.addEventListener("resize", setScale);
  readMode();
  if (!mode.on) writeMode();
}
