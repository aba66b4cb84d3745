// The matrix as a file: an SVG picture, or that painted as PNG. Always in light colours, for print.

const FIGURES_UP_TO = 200; // classes; larger matrices have one pixel for each cell
const FILE_MAX_SIDE = 12_000; // pixels of a PNG, which browsers can paint

const escaped = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f]/g, " ").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

async function makeSvg(view) {
  const { classes, text } = view;
  const count = classes.length;
  const colours = { ground: [255, 255, 255], ...LIGHT_THEME };
  const cell = count <= 30 ? 44 : count <= 100 ? 26 : count <= FIGURES_UP_TO ? 14 : 6;
  const font = Math.min(13, cell * 0.8);
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.font = `${font}px sans-serif`;
  const names = range(0, count).map((at) => shortened(pen, nameOf(view, at), 220));
  const margin = Math.ceil(Math.max(...names.map((name) => pen.measureText(name).width))) + 10;
  const large = Math.max(14, Math.round((count * cell) / 80)); // the title is as readable as the picture is wide
  const [left, top] = [margin + 2 * large, margin + 4.5 * large];
  const size = count * cell;
  const [width, height] = [Math.max(left + size + 12, 420), top + size + 12];
  const write = (x, y, words, attributes = "") => `<text x="${x}" y="${y}" ${attributes}>${escaped(words)}</text>`;
  const turned = (x, y) => `transform="rotate(-90 ${x} ${y})"`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="${font}" fill="#222">`,
    `<title>${escaped(text.title)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    write(8, 1.4 * large, text.title, `font-size="${large}" font-weight="700"`),
    write(8, 2.6 * large, text.units[view.unit], `font-size="${0.85 * large}"`),
    write(left, 4 * large, text.predictedAxis, `font-size="${0.85 * large}"`),
    write(large, top, text.trueAxis, `font-size="${0.85 * large}" text-anchor="end" ${turned(large, top)}`),
    ...names.flatMap((name, at) => {
      const middle = (at + 0.5) * cell + font * 0.35;
      return [write(left - 6, top + middle, name, 'text-anchor="end"'), write(left + middle, top - 6, name, turned(left + middle, top - 6))];
    }),
  ];
  if (count > FIGURES_UP_TO) {
    const blob = await makePixels(view, colours).convertToBlob();
    parts.push(`<image href="${await toDataUrl(blob)}" x="${left}" y="${top}" width="${size}" height="${size}" style="image-rendering: pixelated"/>`);
  } else {
    const bare = { ...view, cell };
    for (const r of range(0, count)) for (const c of range(0, count)) {
      const found = countOf(view, r, c);
      if (!found && r !== c) continue;
      const share = found / wholeOf(view, r, c);
      const ground = found ? fill(colours, r === c ? "hit" : "miss", share) : colours.ground;
      const [x, y] = [left + c * cell, top + r * cell];
      parts.push(`<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${cssOf(ground)}" stroke="${r === c ? "#222" : "#bbb"}" stroke-width="${r === c ? 1.5 : 0.5}"/>`);
      if (found && cell > 20) parts.push(write(x + cell / 2, y + cell / 2 + font * 0.3, shown(bare, found, share), `text-anchor="middle" font-size="${Math.min(font, cell * 0.34)}" fill="${cssOf(blackOrWhite(ground))}"`));
    }
  }
  parts.push(`<rect x="${left}" y="${top}" width="${size}" height="${size}" fill="none" stroke="#222"/></svg>`);
  return { svg: parts.join("\n"), width, height };
}

async function savePicture(view, kind) {
  const { svg, width, height } = await makeSvg(view);
  let blob = new Blob([svg], { type: "image/svg+xml" });
  if (kind === "png") {
    const image = new Image();
    image.src = await toDataUrl(blob);
    await image.decode();
    const scale = Math.min(2, FILE_MAX_SIDE / Math.max(width, height));
    const sheet = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
    sheet.getContext("2d").drawImage(image, 0, 0, sheet.width, sheet.height);
    blob = await sheet.convertToBlob({ type: "image/png" });
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${view.text.file}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function toDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = Object.assign(new FileReader(), { onload: () => resolve(reader.result), onerror: reject });
    reader.readAsDataURL(blob);
  });
}
