// The parameters of the current step. A parameter's weights and gradients come from the server, the row of one unit at a time.

function showParameters(view, panel, group) {
  const { text, graph } = view;
  if (!group.parameters.length) return;
  element("h3", "", panel, text.parameters);
  const list = element("div", "parameters", panel);
  for (const name of group.parameters) {
    const { shape, norm } = graph.parameters[name];
    const gradient = norm === null ? text.withoutGradient : fillIn(text.norm, { norm: numberText(norm) });
    const button = element("button", "button", list, `${name} · ${shape.join(" × ")} · ${gradient}`);
    button.type = "button";
    button.dataset.focus = name;
    button.ariaPressed = String(view.weights?.name === name);
    button.addEventListener("click", () => view.ask(name, null));
  }
  if (group.parameters.includes(view.weights?.name)) showWeights(view, element("div", "weights", panel));
}

// The weights of one unit beside their gradients. Both maps pick a weight.
function showWeights(view, box) {
  const { text, weights, colours } = view;
  if (weights.units > 1) {
    const label = element("label", "unit", box, fillIn(text.unit, { last: weights.units }));
    const input = element("input", "", label);
    input.dataset.focus = "unit";
    Object.assign(input, { type: "number", min: 1, max: weights.units, value: weights.unit + 1 });
    input.addEventListener("change", () => {
      const unit = Math.min(weights.units, Math.max(1, Math.round(Number(input.value)) || 1));
      view.ask(weights.name, unit - 1);
    });
  }
  element("p", "hint", box, text.pick);
  const maps = element("div", "maps", box);
  const indexOf = (i) => [...(weights.units > 1 ? [weights.unit] : []), ...unravel(i, weights.inner)];
  const onPick = (i) => view.pick(weights.name, indexOf(i));
  const size = weights.values.values.length;
  const picked = Array.from({ length: size }, (_, i) => i).find((i) => `${[weights.name, ...indexOf(i)]}` === view.picked) ?? -1;
  createMap(maps, { title: text.weights, map: weights.values, colours, text, onPick, picked });
  if (weights.gradients) createMap(maps, { title: text.gradients, map: weights.gradients, colours, text, onPick, picked });
}

function unravel(i, shape) {
  const place = [];
  let rest = i;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
