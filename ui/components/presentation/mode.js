// Whether the page is presented, and which view of the demo it is. The URL says both: `present=1&demo=2`. Streamlit writes URLs of its
// own, sometimes from before the mode has changed, so each URL that is written gets the parameters of the current mode.

const mode = { on: false, position: 0, note: false, views: [], text: null, attractSeconds: 60, viewSeconds: 15, requestReset: () => {} };
const listeners = new Set();

function onModeChange(listener) {
  listeners.add(listener);
}

function applyMode() {
  document.documentElement.toggleAttribute("data-present", mode.on);
  listeners.forEach((listener) => listener());
}

function withMode(url) {
  const target = new URL(url, location.href);
  const parts = target.search.slice(1).split("&").filter((part) => part && !/^(present|demo)(=|$)/.test(part));
  if (mode.on) parts.push("present=1");
  if (mode.on && mode.position) parts.push(`demo=${mode.position}`);
  target.search = parts.join("&");
  return target;
}

function readMode() {
  const query = new URLSearchParams(location.search);
  const position = Number(query.get("demo"));
  mode.on = query.get("present") === "1";
  mode.position = mode.on && Number.isInteger(position) && position > 0 ? position : 0;
  applyMode();
}

function writeMode() {
  history.replaceState(history.state, "", location.href);
}

// Wraps the functions once for each document, however often this file is loaded.
function watchAddress() {
  for (const name of ["pushState", "replaceState"]) {
    const write = history[name].bind(history);
    history[name] = (state, title, url) => write(state, title, url === undefined || url === null ? url : withMode(url));
  }
  const push = history.pushState; // Streamlit adds the address without the mode, which is the current one
  history.pushState = (state, title, url) => (url && mode.on && withMode(url).href === location.href ? history.replaceState(state, title, url) : push(state, title, url));
  window.addEventListener("popstate", readMode);
}

function enter() {
  mode.on = true;
  writeMode();
  document.documentElement.requestFullscreen?.().catch(() => {}); // the browser may not allow it
  applyMode();
}

function leave() {
  if (!mode.on) return;
  mode.on = false;
  mode.position = 0;
  writeMode();
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  applyMode();
}

// Shows a view of the demo, as Back and Forward would. replace: without an entry in the browser's history.
function goTo(position, { replace = false } = {}) {
  const view = mode.views[position - 1];
  if (!view) return;
  mode.on = true;
  mode.position = position;
  const target = withMode(new URL(`.${view.link}`, location.href));
  if (replace) history.replaceState({}, "", target);
  else history.pushState({}, "", target);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

const goBy = (places) => goTo(Math.min(Math.max((mode.position || 1) + places, 1), mode.views.length));

// Clears the canvas and starts the Playground anew. With a demo, its first view is shown as soon as the server has done that.
function reset() {
  mode.returns = mode.position > 0;
  mode.requestReset();
}

function noteResets(count) {
  const isNew = mode.resets !== undefined && mode.resets !== count;
  mode.resets = count;
  if (!isNew || !mode.returns) return;
  mode.returns = false;
  if (mode.on) goTo(1, { replace: true });
}
