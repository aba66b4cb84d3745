// The page: decodes the network, reads the drawing whenever it changes, and announces the answer when the pen is lifted.

import { createAnswer, fillIn } from "./answer.js";
import { createPen, paint } from "./pen.js";
import { createReader } from "./reader.js";

const PAUSE_MS = 400; // after the last stroke, before the answer is announced: a digit may have several strokes
const KEY_PAUSE_MS = 120; // so that held keys do not flood the screen reader

const find = (id) => document.getElementById(id);
const texts = JSON.parse(find("texts").textContent);

function decode(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes.buffer;
}

function start() {
  const reader = createReader(decode(find("network").textContent));
  const answer = createAnswer(reader.classes, texts);
  let isWaiting = false;
  let latest = null;
  const timers = {};

  function refresh() {
    isWaiting = false;
    latest = reader.read(pen.drawing);
    paint(find("ink"), pen);
    answer.show(latest);
  }

  function announce(subject, wait, describe) {
    clearTimeout(timers[subject]);
    timers[subject] = setTimeout(() => { find("status").textContent = describe(); }, wait);
  }

  const pen = createPen(find("pad"), {
    onChange() {
      if (isWaiting) return;
      isWaiting = true;
      requestAnimationFrame(refresh);
    },
    onPenUp: () => announce("answer", PAUSE_MS, () => answer.describe(latest)),
    onKey: (name, values) => announce("key", KEY_PAUSE_MS, () => describeKey(name, values)),
    onLeave: () => find("undo").focus(),
  });

  find("undo").addEventListener("click", pen.undo);
  find("clear").addEventListener("click", pen.clear);
  new ResizeObserver(() => paint(find("ink"), pen)).observe(find("ink"));
  window.readDrawing = (drawing) => reader.read(drawing);
  document.documentElement.dataset.ready = "";
}

function describeKey(name, values) {
  const strokes = values.count === 1 ? texts.one : fillIn(texts.many, values);
  return fillIn(texts[name], { ...values, strokes });
}

// A page that NN Lab serves can be installed. From a file this is impossible, so the file has no manifest.
function offerInstallation() {
  if (!document.querySelector("link[rel=manifest]")) return;
  navigator.serviceWorker?.register("worker.js");
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    const button = find("install");
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      event.prompt();
    };
  });
}

offerInstallation();
try {
  start();
} catch (error) {
  find("label").className = "long";
  find("label").textContent = texts.broken;
  find("confidence").textContent = String(error?.message ?? error);
}
