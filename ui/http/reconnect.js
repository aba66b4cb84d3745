// A page that has lost its server reconnects after 0.1, 0.2, 0.4, … and finally every 4 seconds, and never requests files again that
// could not be loaded meanwhile. This script makes it try every second, and reloads the page after reconnecting if a file is missing.
// Every page contains it; only the first one runs.

(() => {
  if (window.nnLabReconnect) return;
  window.nnLabReconnect = true;

  const MAX_DELAY_MS = 1000;
  const STREAMLIT_MAX_DELAY_MS = 4000;
  const STATE = "data-test-connection-state";
  const isConnected = () => document.querySelector(`[${STATE}]`)?.getAttribute(STATE) === "CONNECTED";

  const setTimeout = window.setTimeout.bind(window);
  window.setTimeout = (callback, ms, ...rest) => {
    const isRetry = ms > MAX_DELAY_MS && ms <= STREAMLIT_MAX_DELAY_MS && !isConnected();
    return setTimeout(callback, isRetry ? MAX_DELAY_MS : ms, ...rest);
  };

  let isFileMissing = false;
  window.addEventListener("vite:preloadError", () => {
    isFileMissing = true;
  });
  new MutationObserver(() => {
    if (isFileMissing && isConnected()) window.location.reload();
  }).observe(document.body, { attributes: true, attributeFilter: [STATE], subtree: true });
})();
