// States: off, starting, on, error. While the camera is on, a timer looks at the picture five times a second: it releases the camera when
// it is out of sight, and in continuous reading sends a picture that has become still and differs from the last one that was sent.

const LOOK_MS = 200;
const PAUSE_MS = 1000; // between two pictures that are sent without a press
const PATIENCE_MS = 10_000; // then the next picture is sent, even if the answer to the last one never came
const RESTLESS_MS = 3000; // then a picture that is never still is sent as well
const CELLS = 32; // along each side of the grid of mean brightness in which pictures are compared
const STILL = 3, CHANGED = 4; // of 255: root of the mean squared difference of the cells
const QUALITY = 0.9;
const ERRORS = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing",
  NotSupportedError: "missing",
};
const views = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement, data);
  views.set(parentElement, view);
  view.data = data;
  view.send = (frames) => setTriggerValue("frames", frames);
  if (data.read >= view.sent) view.sentAt = -Infinity;
  update(view);
}

function mount(parentElement, data) {
  const root = parentElement.querySelector(".camera");
  const view = { root, data, state: "off", note: data.text.off, sent: data.read, sentAt: -Infinity };
  const stage = element("div", "stage", root);
  view.video = element("video", "", stage);
  Object.assign(view.video, { muted: true, playsInline: true, autoplay: true });
  view.still = element("img", "", stage);
  element("div", "guide", stage).ariaHidden = "true";
  view.badge = element("p", "badge", stage);
  view.number = element("p", "number", stage);
  view.number.ariaHidden = "true";
  view.status = element("p", "status", root);
  view.status.setAttribute("role", "status");
  const row = element("div", "row", root);
  const button = (name, press) => {
    view[name] = element("button", name, row);
    Object.assign(view[name], { type: "button", onclick: press });
  };
  button("start", () => turnOn(view));
  button("shoot", () => (view.data.burst ? takeBurst(view) : freeze(view)));
  button("retake", () => unfreeze(view));
  button("stop", () => turnOff(view, view.data.text.off, true));
  view.live = addField(root, "input", "live");
  view.live.input.type = "checkbox";
  view.live.input.checked = true;
  view.camera = addField(root, "select", "choose");
  view.camera.input.onchange = () => turnOn(view, view.camera.input.value);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && view.state === "on") turnOff(view, view.data.text.hidden);
  });
  return view;
}

function addField(root, tag, name) {
  const label = element("label", name, root);
  const input = document.createElement(tag);
  const text = element("span", "", label);
  if (tag === "input") label.prepend(input);
  else label.append(input);
  return { label, input, text };
}

function update(view) {
  const { text, burst } = view.data;
  const isOn = view.state === "on", isFrozen = isOn && view.still.src !== "";
  view.root.dataset.state = view.state;
  view.video.setAttribute("aria-label", text.video);
  view.still.alt = text.still;
  view.still.hidden = !isFrozen;
  for (const name of ["start", "shoot", "retake", "stop"]) view[name].textContent = text[name];
  view.start.hidden = isOn;
  view.start.disabled = view.state === "starting";
  view.shoot.hidden = !isOn || isFrozen;
  view.shoot.disabled = view.isBusy || (burst && !burst.allowed);
  view.retake.hidden = !isFrozen;
  view.stop.hidden = !isOn;
  view.live.text.textContent = text.live;
  view.live.label.hidden = Boolean(burst) || !isOn || isFrozen;
  view.camera.text.textContent = text.choose;
  view.camera.label.hidden = !isOn || view.camera.input.length < 2;
  view.badge.hidden = !isOn;
  view.badge.textContent = isFrozen ? text.frozen : text.on;
  view.status.classList.toggle("unseen", Boolean(view.isBusy)); // the countdown is in the picture already
  view.number.hidden = !view.number.textContent;
  if (view.status.textContent !== view.note) view.status.textContent = view.note;
}

async function turnOn(view, camera) {
  const hadFocus = view.root.getRootNode().activeElement === view.start;
  release(view);
  const { text } = view.data;
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return fail(view, "insecure");
  Object.assign(view, { state: "starting", note: text.starting });
  update(view);
  const attempt = (view.attempt = {});
  try {
    const chosen = camera ? { deviceId: { exact: camera } } : { facingMode: { ideal: "environment" } };
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false, video: { ...chosen, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    if (view.attempt !== attempt || !view.root.isConnected) return stop(stream);
    view.stream = stream;
    view.video.srcObject = stream;
    stream.getVideoTracks()[0].onended = () => view.stream === stream && (release(view), fail(view, "lost"));
    await view.video.play();
    await listCameras(view);
  } catch (error) {
    if (view.attempt !== attempt) return;
    release(view);
    return fail(view, ERRORS[error.name] ?? "busy");
  }
  if (view.attempt !== attempt) return;
  Object.assign(view, { state: "on", note: "", seen: null, known: null, restlessSince: performance.now() });
  view.timer = setInterval(() => look(view), LOOK_MS);
  update(view);
  if (hadFocus) (view.shoot.disabled ? view.stop : view.shoot).focus();
}

async function listCameras(view) {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const used = view.stream.getVideoTracks()[0].getSettings().deviceId;
  view.camera.input.replaceChildren(
    ...found.map(({ deviceId, label }, i) => {
      const name = label || fillIn(view.data.text.other, { number: i + 1 });
      return new Option(name, deviceId, false, deviceId === used);
    }),
  );
}

function turnOff(view, note, focus = false) {
  release(view);
  Object.assign(view, { state: "off", note });
  update(view);
  if (focus) view.start.focus();
}

function fail(view, reason) {
  Object.assign(view, { state: "error", note: view.data.text.errors[reason] });
  update(view);
}

const stop = (stream) => stream?.getTracks().forEach((track) => track.stop());

function release(view) {
  clearInterval(view.timer);
  stop(view.stream);
  view.still.removeAttribute("src");
  view.number.textContent = "";
  Object.assign(view, { stream: null, attempt: null, isBusy: false });
  view.video.srcObject = null;
}

// Continuous reading

function look(view) {
  if (!view.root.isConnected || view.video.checkVisibility?.() === false) return turnOff(view, view.data.text.hidden);
  const { burst } = view.data;
  if (burst || !view.live.input.checked || view.still.src || !view.video.videoWidth) return;
  const seen = measure(view), now = performance.now();
  const isStill = view.seen && difference(seen, view.seen) < STILL;
  const isNew = !view.known || difference(seen, view.known) > CHANGED;
  view.seen = seen;
  if (!isNew) view.restlessSince = now;
  const isDue = now - view.sentAt > (Number.isFinite(view.sentAt) ? PATIENCE_MS : 0) && now - (view.shotAt ?? 0) > PAUSE_MS;
  if (!isNew || !isDue || !(isStill || now - view.restlessSince > RESTLESS_MS)) return;
  Object.assign(view, { known: seen, shotAt: now, restlessSince: now });
  post(view, [takePicture(view)], true);
}

// The mean brightness of each cell, relative to that of the picture, because cameras adapt to the light.
function measure(view) {
  view.small ??= new OffscreenCanvas(CELLS, CELLS).getContext("2d", { willReadFrequently: true });
  // Half the size at each step, so that every pixel counts.
  paintSquare(view, (view.middle ??= new OffscreenCanvas(4 * CELLS, 4 * CELLS).getContext("2d")), 4 * CELLS);
  view.small.imageSmoothingQuality = "high";
  view.small.drawImage(view.middle.canvas, 0, 0, CELLS, CELLS);
  const pixels = view.small.getImageData(0, 0, CELLS, CELLS).data;
  const cells = Float32Array.from({ length: CELLS * CELLS }, (_, i) => (pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]) / 3);
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  return cells.map((value) => value - mean);
}

function difference(first, second) {
  return Math.sqrt(first.reduce((sum, value, i) => sum + (value - second[i]) ** 2, 0) / first.length);
}

// Taking pictures

function freeze(view) {
  const picture = takePicture(view);
  view.still.src = `data:image/jpeg;base64,${picture}`;
  update(view);
  view.retake.focus();
  post(view, [picture], false);
}

function unfreeze(view) {
  view.still.removeAttribute("src");
  view.known = null;
  update(view);
  view.shoot.focus();
}

async function takeBurst(view) {
  const { stream } = view, { count, interval } = view.data.burst;
  const isOver = () => view.stream !== stream || view.state !== "on";
  view.isBusy = true;
  for (const number of [3, 2, 1]) {
    view.number.textContent = view.note = `${number}`;
    update(view);
    await pause(1000);
    if (isOver()) return;
  }
  const pictures = [];
  view.note = "";
  while (pictures.length < count) {
    pictures.push(takePicture(view));
    view.number.textContent = `${pictures.length} / ${count}`;
    update(view);
    await pause(interval);
    if (isOver()) return;
  }
  Object.assign(view, { isBusy: false, note: fillIn(view.data.text.taken, { count }) });
  view.number.textContent = "";
  update(view);
  view.shoot.focus();
  post(view, pictures, false);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function takePicture(view) {
  const canvas = document.createElement("canvas");
  const side = view.data.side;
  canvas.width = canvas.height = side;
  paintSquare(view, canvas.getContext("2d"), side);
  return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
}

// The middle of the picture, which is also what the page shows.
function paintSquare({ video }, pen, side) {
  const { videoWidth: width, videoHeight: height } = video;
  const square = Math.min(width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(video, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
}

function post(view, pictures, live) {
  view.sent = Math.max(view.sent, view.data.read) + 1;
  view.sentAt = performance.now();
  view.send({ id: view.sent, live, pictures });
}
