// Two rows of canvases, redrawn in place: the pictures and their reconstructions.

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".pairs");
  const [count, channels, height, width] = data.shape;
  const shape = data.shape.join("×");
  if (root.dataset.shape !== shape) build(root, count, height, width);
  root.dataset.shape = shape;
  root.style.setProperty("--count", count);
  root.setAttribute("aria-label", data.text.label);
  for (const row of ["originals", "made"]) {
    root.querySelector(`.${row}`).textContent = data.text[row];
    const bytes = bytesOf(data[row]);
    root.querySelectorAll(`canvas.${row}-picture`).forEach((canvas, index) => {
      paintPicture(canvas, bytes.subarray(index * channels * height * width), [channels, height, width]);
    });
  }
  root.dataset.step = data.step;
}

function build(root, count, height, width) {
  const cells = ["originals", "made"].flatMap((row) => {
    const label = document.createElement("span");
    label.className = row;
    const pictures = Array.from({ length: count }, () => {
      const canvas = document.createElement("canvas");
      canvas.className = `${row}-picture`;
      Object.assign(canvas, { width, height });
      return canvas;
    });
    return [label, ...pictures];
  });
  root.replaceChildren(...cells);
}
