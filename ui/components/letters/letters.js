// A box for each letter, kept and changed in place. Its ground is as strong as its weight beside the largest one.

export default function ({ parentElement, data }) {
  const list = parentElement.querySelector(".letters");
  list.setAttribute("aria-label", data.title);
  const largest = Math.max(1e-9, ...data.letters.map(([, weight]) => Math.abs(weight)));
  while (list.children.length > data.letters.length) list.lastChild.remove();
  while (list.children.length < data.letters.length) list.append(newLetter());
  data.letters.forEach(([letter, weight], i) => {
    const box = list.children[i];
    const percent = percentText(weight);
    box.style.setProperty("--strength", (Math.abs(weight) / largest).toFixed(3));
    box.classList.toggle("against", weight < 0);
    box.title = `${letter}: ${percent}`;
    const [shown, heard, figure] = box.children;
    shown.textContent = letter;
    heard.textContent = `${letter.trim() === "" ? data.space : letter}: `;
    figure.textContent = percent;
  });
}

function newLetter() {
  const box = document.createElement("div");
  box.className = "letter";
  box.setAttribute("role", "listitem");
  const [shown, heard, figure] = ["b", "span", "small"].map((tag) => document.createElement(tag));
  shown.ariaHidden = "true";
  heard.className = "quiet";
  box.append(shown, heard, figure);
  return box;
}

function percentText(weight) {
  const percent = 100 * weight;
  const digits = Math.abs(percent) < 9.95 ? 1 : 0;
  const text = percent.toFixed(digits).replace("-", "−");
  return `${Number(percent.toFixed(digits)) === 0 ? "0" : text}\u00a0%`;
}
