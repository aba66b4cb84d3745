// A card for each example. The pictures or texts are sent once, the answers with every update.

const inputs = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const list = parentElement.querySelector(".examples");
  if (data.inputs) inputs.set(list, { run: data.run, ...data.inputs });
  const known = inputs.get(list);
  if (known?.run !== data.run) {
    setStateValue("need", `${data.run} ${performance.now()}`);
    return;
  }
  if (data.inputs || list.children.length !== data.examples.length) build(list, known, data.examples.length);
  data.examples.forEach((example, index) => update(list.children[index], example));
  list.dataset.step = data.step;
}

function build(list, { pictures, texts }, count) {
  const bytes = pictures && bytesOf(pictures.values);
  const cards = Array.from({ length: count }, (_, index) => {
    const card = document.createElement("li");
    const input = document.createElement(pictures ? "canvas" : "span");
    input.className = "input";
    if (pictures) {
      const [, channels, rows, columns] = pictures.shape;
      paintPicture(input, bytes.subarray(index * channels * rows * columns), [channels, rows, columns]);
    } else input.textContent = texts[index];
    card.append(input, ...["answer", "confidence", "verdict"].map(makeLine));
    return card;
  });
  list.replaceChildren(...cards);
}

function makeLine(name) {
  const line = document.createElement("span");
  line.className = name;
  line.ariaHidden = "true";
  return line;
}

function update(card, { isRight, answer, confidence, label, verdict }) {
  card.setAttribute("aria-label", label);
  card.dataset.right = isRight;
  card.querySelector(".answer").textContent = answer;
  card.querySelector(".confidence").textContent = confidence;
  card.querySelector(".verdict").textContent = `${isRight ? "✓" : "✗"} ${verdict}`;
}
