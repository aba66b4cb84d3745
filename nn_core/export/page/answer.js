// The answer: the class in large letters, the network's input, and a bar for each class. Names of classes are only ever text.

const CERTAIN = 0.999; // no network is shown to be surer
const MAX_BARS = 30;
const TOP_CLASSES = 15;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

export const fillIn = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const percent = (share) => `${(Math.round(share * 1000) / 10).toFixed(1)}\u00a0%`;

// Beside a bar, nothing but an empty drawing is exactly 0, and nothing exactly 100 %.
function percentBeside(share, isDrawn) {
  if (isDrawn && share < 0.001) return "<\u00a00.1\u00a0%";
  return share > CERTAIN ? ">\u00a099.9\u00a0%" : percent(share);
}

// texts: by name. Returns show(answer), answer null when nothing is drawn, and describe(answer), a sentence.
export function createAnswer(classes, texts) {
  const find = (id) => document.getElementById(id);
  const label = find("label");
  const bars = find("bars");
  const input = find("input");
  bars.classList.toggle("wide", classes.some((name) => name.length > 6));
  const rows = classes.map(makeRow);

  function show(answer) {
    label.textContent = answer ? answer.label || texts.nameless : texts.invitation;
    label.className = !answer || label.textContent.length > 12 ? "long" : label.textContent.length > 2 ? "middle" : "";
    find("confidence").textContent = answer ? fillIn(texts.sure, { share: confidence(answer) }) : texts.when;
    input.hidden = !answer;
    if (answer) showInput(answer);
    const shares = answer ? [...answer.probabilities] : classes.map(() => 0);
    const best = answer ? shares.indexOf(Math.max(...shares)) : -1;
    let order = classes.map((_, i) => i);
    if (order.length > MAX_BARS) order = order.sort((a, b) => shares[b] - shares[a]).slice(0, TOP_CLASSES);
    for (const i of order) update(rows[i], shares[i], i === best, best >= 0);
    if (order.length !== bars.children.length || order.some((i, at) => rows[i] !== bars.children[at])) {
      bars.replaceChildren(...order.map((i) => rows[i]));
    }
  }

  function showInput({ pixels, width, height }) {
    Object.assign(input, { width, height });
    const picture = new ImageData(width, height);
    for (let i = 0; i < width * height; i += 1) {
      picture.data.fill(pixels[i], 4 * i, 4 * i + 3);
      picture.data[4 * i + 3] = 255;
    }
    input.getContext("2d").putImageData(picture, 0, 0);
    input.setAttribute("aria-label", fillIn(texts.input, { width, height }));
  }

  function update(row, share, isBest, isDrawn) {
    const [, , bar, figure, note] = row.children;
    row.classList.toggle("best", isBest);
    bar.firstChild.style.width = `${share * 100}%`;
    figure.textContent = percentBeside(share, isDrawn);
    note.textContent = isBest ? `, ${texts.best}` : "";
  }

  function describe(answer) {
    if (!answer) return texts.empty;
    const name = FIRST_STRONG_ISOLATE + (answer.label || texts.nameless) + POP_ISOLATE;
    return fillIn(texts.read, { label: name, share: confidence(answer) });
  }

  function confidence({ probabilities }) {
    const share = Math.max(...probabilities);
    return share < CERTAIN ? percent(share) : fillIn(texts.over, { share: percent(CERTAIN) });
  }

  function makeRow(name) {
    const row = document.createElement("div");
    row.className = "row";
    row.setAttribute("role", "listitem");
    // Cells of the class "unseen" are only for screen readers: a row reads "7: 98.2 %, most likely".
    const kinds = [["bdi", "name"], ["span", "unseen"], ["span", "bar"], ["span", "figure"], ["span", "unseen"]];
    const cells = kinds.map(([kind, style]) => Object.assign(document.createElement(kind), { className: style }));
    cells[0].textContent = cells[0].title = name || texts.nameless;
    cells[1].textContent = ": ";
    cells[2].setAttribute("aria-hidden", "true");
    cells[2].append(document.createElement("span"));
    row.append(...cells);
    return row;
  }

  show(null);
  return { show, describe };
}
