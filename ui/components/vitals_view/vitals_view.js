// The parts of the Network tab. Each is mounted once and keeps what the server has sent; the server sends only what is new. If something
// is missing (a lost update, a new mount), the browser asks for all of it.

const PARTS = { history: createHistory, filters: createFilters, activations: createActivations };
const states = new WeakMap();

export function render({ parentElement, data, setStateValue }) {
  const state = states.get(parentElement) ?? mount(parentElement, data.part);
  states.set(parentElement, state);
  state.send = setStateValue;
  const isComplete = state.view.take(data);
  state.isReady ||= isComplete;
  if (isComplete) state.draw();
  else setStateValue("need", `${data.version} ${performance.now()}`);
  // Streamlit also calls this after an update that was overtaken by a newer one.
  return () => setTimeout(() => state.root.isConnected || unmount(parentElement, state));
}

function mount(parentElement, part) {
  const root = element("div", `network ${part}`, parentElement);
  element("style", "", root, STYLE);
  const state = { root, forced: forcedColours() };
  state.view = PARTS[part](root, (name, value) => state.send(name, value));
  state.draw = () => {
    if (!state.isReady || !root.clientWidth) return; // before the first data, which the observer does not wait for, and in a closed tab
    const begun = performance.now();
    state.view.draw(paletteOf(root));
    root.dataset.drawMs = (performance.now() - begun).toFixed(1);
  };
  state.observer = new ResizeObserver(() => requestAnimationFrame(state.draw));
  state.observer.observe(root);
  state.forced.addEventListener("change", state.draw);
  return state;
}

function unmount(parentElement, state) {
  state.observer.disconnect();
  state.forced.removeEventListener("change", state.draw);
  states.delete(parentElement);
  state.root.remove();
}
