// The film: a step for each visible group forwards, then one for each group that has a gradient backwards.

function createFilm(parent, view) {
  const bar = element("div", "film", parent);
  bar.setAttribute("role", "group");
  const buttons = Object.entries({ first: "|◀", back: "◀", play: "", forward: "▶", last: "▶|" }).map(([name, sign]) => {
    const button = element("button", `button ${name}`, bar, sign);
    button.type = "button";
    button.addEventListener("click", () => act(name));
    return [name, button];
  });
  const slider = element("input", "slider", bar);
  Object.assign(slider, { type: "range", min: 0, step: 1 });
  slider.addEventListener("input", () => {
    const step = Number(slider.value); // before stop(), which shows the current step again
    stop();
    view.go(step);
  });
  const status = element("p", "status", parent);
  status.setAttribute("role", "status");
  let timer = null;

  function act(name) {
    if (name === "play") return timer === null ? play() : stop();
    stop();
    view.go({ first: 0, back: view.step - 1, forward: view.step + 1, last: view.steps.length - 1 }[name]);
  }
  function play() {
    if (view.step >= view.steps.length - 1) view.go(0);
    timer = setInterval(() => (view.step < view.steps.length - 1 ? view.go(view.step + 1) : stop()), 900);
    update();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    update();
  }
  function update() {
    const { text, step, steps } = view;
    bar.setAttribute("aria-label", text.film);
    for (const [name, button] of buttons) {
      if (name === "play") button.textContent = timer === null ? text.play : text.pause;
      else [button.ariaLabel, button.title] = [text[name], text[name]];
      button.ariaDisabled = String({ first: step <= 0, back: step <= 0, forward: step >= steps.length - 1, last: step >= steps.length - 1 }[name] ?? false);
    }
    Object.assign(slider, { max: steps.length - 1, value: step, ariaLabel: text.position });
    const { phase, group } = steps[step];
    const values = { step: step + 1, all: steps.length, title: group.title };
    slider.setAttribute("aria-valuetext", fillIn(text[phase], values));
    const shown = fillIn(text[phase], values);
    if (status.textContent !== shown) status.textContent = shown;
  }
  return { update, stop };
}

function makeSteps({ groups }) {
  const back = groups.filter(({ hasGradient }) => hasGradient).reverse();
  return [...groups.map((group) => ({ phase: "forwards", group })), ...back.map((group) => ({ phase: "backwards", group }))];
}

// Arrow keys anywhere in the component, unless a map, the slider or a choice uses them.
function onFilmKey(view, event) {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, canvas")) return;
  event.preventDefault();
  view.go(view.step + way);
}
