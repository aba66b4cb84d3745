// Two parts that follow the pen: "label" covers the server's answer while the pen is down, "input" shows the network's input.

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  if (!root.dataset.part) {
    root.dataset.part = data.part;
    (data.part === "label" ? buildLabel : buildInput)(root);
  }
  if (data.part === "label") followPen(parentElement, data, () => hideLabel(root), (answer) => drawLabel(root, answer, data));
  else followPen(parentElement, data, () => drawServerInput(root, data), (answer) => drawLiveInput(root, answer, data));
}

// Hidden from screen readers, which announce the answer when the pen is lifted.
function buildLabel(root) {
  root.hidden = true;
  root.setAttribute("aria-hidden", "true");
  root.append(document.createElement("b"), document.createElement("small"));
}

function hideLabel(root) {
  root.hidden = true;
  for (const line of root.children) line.textContent = "";
}

// The share is formatted like that of the server's answer.
function drawLabel(root, { label, probabilities }, { certainty, highest }) {
  const [large, small] = root.children, share = Math.max(...probabilities);
  large.textContent = label;
  small.textContent = fillIn(certainty, { share: share < highest.share ? `${(share * 100).toFixed(1)}\u00a0%` : highest.text });
  root.hidden = false;
}

function buildInput(root) {
  root.append(document.createElement("canvas"), document.createElement("small"));
  root.firstChild.setAttribute("role", "img");
}

function drawServerInput(root, data) {
  const bytes = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
  drawInput(root, bytes, data.width, data.height, data);
}

function drawLiveInput(root, { pixels, width, height }, data) {
  drawInput(root, pixels, width, height, data);
}

// pixels: 0…255, one number for each pixel or, of a coloured picture, three; none for an empty picture.
function drawInput(root, pixels, width, height, { caption, alt }) {
  const canvas = root.firstChild, channels = pixels.length / (width * height);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const picture = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) {
      picture.data[4 * i + channel] = channels ? pixels[channels * i + Math.min(channel, channels - 1)] : 0;
    }
    picture.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
  canvas.setAttribute("aria-label", alt);
  root.lastChild.textContent = caption;
}
