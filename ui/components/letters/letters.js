// A box for each letter, updated in place. The background is as strong as its weight relative to the largest one.

export default function ({ parentElement, data }) {
  const list = parentElement.querySelector(".letters");
  list.setAttribute("aria-label", data.title);
  const largest = Math.max(1e-9, ...data.letters.map(([, weight]) => Math.abs(weight)));
  while (list.children.length > data.letters.length) list.lastChild.remove();
  while (list.children.length < data.letters.length) list.append(newLetter());
  data.letters.forEach(([letter, weight], i) => {
    const box = list.children[i];
    const percent = percentText(weight, data.unit);
    box.style.setProperty("--strength", (Math.abs(weight) / largest).toFixed(3));
    box.classList.toggle("against", weight < 0);
    box.title = `${letter}: ${percent}`;
    const [visible, spoken, figure] = box.children;
    visible.textContent = letter;
    spoken.textContent = `${letter.trim() === "" ? data.space : letter}: `;
    figure.textContent = percent;
  });
}

function newLetter() {
  const box = document.createElement("div");
  box.className = "letter";
  box.setAttribute("role", "listitem");
  const [visible, spoken, figure] = ["b", "span", "small"].map((tag) => document.createElement(tag));
  visible.ariaHidden = "true";
  spoken.className = "quiet";
  box.append(visible, spoken, figure);
  return box;
}

function percentText(weight, unit) {
  const percent = 100 * weight;
  const digits = Math.abs(percent) < 9.95 ? 1 : 0;
  const text = percent.toFixed(digits).replace("-", "−");
  return `${Number(percent.toFixed(digits)) === 0 ? "0" : text}\u00a0${unit}`;
}
