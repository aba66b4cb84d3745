// A page that lost its server looks for it again, by Streamlit's own clock after 0.1, 0.2, 0.4, … at last every 4 seconds, and a
// part of the page that could not be loaded meanwhile is never asked for again. Here it looks every second, and once it has its
// server back it loads itself anew if a part is missing. This stands in every page; the first one counts.

(() => {
  if (window.nnLabComesBack) return;
  window.nnLabComesBack = true;

  const LONGEST_MS = 1000;
  const SELDOM_MS = 4000;
  const STATE = "data-test-connection-state";
  const connected = () => document.querySelector(`[${STATE}]`)?.getAttribute(STATE) === "CONNECTED";

  const wait = window.setTimeout.bind(window);
  window.setTimeout = (act, ms, ...rest) =>
    wait(act, ms > LONGEST_MS && ms <= SELDOM_MS && !connected() ? LONGEST_MS : ms, ...rest);

  let partMissing = false;
  window.addEventListener("vite:preloadError", () => {
    partMissing = true;
  });
  new MutationObserver(() => {
    if (partMissing && connected()) window.location.reload();
  }).observe(document.body, { attributes: true, attributeFilter: [STATE], subtree: true });
})();
