// Decodes bytes from the server and draws them as pictures.

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// One channel is grey, three channels are red, green and blue.
function paintPicture(canvas, bytes, [channels, height, width]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const area = height * width;
  const image = new ImageData(width, height);
  for (let i = 0; i < area; i += 1) {
    for (let part = 0; part < 3; part += 1) image.data[4 * i + part] = bytes[(channels < 3 ? 0 : part) * area + i];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
