// What lies over a presented page: the place in the demo, the note, the list of keys, and the line that invites visitors.

const overlay = {};

function buildOverlay() {
  const box = element("div", "", document.body);
  box.id = "nn-presentation";
  box.setAttribute("role", "region");
  const shield = element("div", "shield", box); // takes the first touch of a visitor
  shield.hidden = true;
  const bar = element("div", "bar", box);
  const note = element("p", "note", bar);
  const invitation = element("p", "invitation", bar);
  const place = element("span", "place", bar);
  const help = element("button", "help", bar, "?");
  const status = element("p", "status", box);
  status.setAttribute("role", "status");
  help.type = "button";
  help.addEventListener("click", toggleKeys);
  const dialog = element("dialog", "keys", box);
  Object.assign(overlay, { box, shield, bar, note, invitation, place, help, status, dialog });
}

const ACTIONS = [
  ["→", "next", () => goBy(1)],
  ["←", "previous", () => goBy(-1)],
  ["N", "note", toggleNote],
  ["R", "reset", reset],
  ["F", "leave", leave],
  ["?", "close", () => {}],
];

function fillKeys() {
  const { dialog } = overlay;
  const { text } = mode;
  dialog.replaceChildren();
  dialog.setAttribute("aria-label", text.keys);
  element("p", "title", dialog, text.keys);
  for (const [key, name, act] of ACTIONS) {
    const button = element("button", "", dialog);
    button.type = "button";
    button.disabled = !mode.views.length && ["next", "previous", "note"].includes(name);
    element("kbd", "", button, key);
    element("span", "", button, text[name]);
    button.addEventListener("click", () => {
      dialog.close();
      act();
    });
  }
  element("p", "hint", dialog, text.keysHint);
}

function toggleKeys() {
  const { dialog } = overlay;
  if (dialog.open) return dialog.close();
  fillKeys();
  dialog.showModal();
}

function toggleNote() {
  mode.note = !mode.note;
  applyMode();
}

function updateOverlay() {
  const { box, note, invitation, place, help, dialog } = overlay;
  const { text, views, position } = mode;
  if (!text) return;
  box.style.colorScheme = getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme;
  box.hidden = !mode.on;
  if (!mode.on && dialog.open) dialog.close();
  const view = views[position - 1];
  box.setAttribute("aria-label", text.name);
  help.setAttribute("aria-label", text.keys);
  invitation.textContent = text.invitation;
  place.textContent = view ? fillIn(text.place, { place: position, count: views.length }) : "";
  note.textContent = view?.note || text.noNote;
  note.hidden = !mode.note || !view;
  document.documentElement.toggleAttribute("data-note", mode.on && !note.hidden);
  const said = !mode.on ? (overlay.said ? text.left : "") : view ? fillIn(text.view, { place: position, count: views.length, title: view.title }) : text.entered;
  if (said !== overlay.said) overlay.status.textContent = overlay.said = said;
  setScale();
}

// Sizes that CSS cannot compute, because they are numbers: of the text in our components, and of the canvas.
const TEXT_SHARE = 0.03; // of the window's height; 10 m away, on a screen that is 1.1 m high, that is 11 minutes of arc
const COMPONENT_TEXT = 13; // pixels, outside of the presentation
const CANVAS = 280;

function setScale() {
  const { style } = document.documentElement;
  const names = ["--nn-text-scale", "--nn-canvas-scale"];
  if (!mode.on) return names.forEach((name) => style.removeProperty(name));
  const [width, height] = [window.innerWidth, window.innerHeight];
  const isPortrait = height >= width;
  const unit = (isPortrait ? height * 0.7 : Math.min(height, width * 1.35)) / 100; // --nn-unit of the stylesheet
  const free = height - (overlay.note.hidden ? 31 : 43) * unit;
  style.setProperty(names[0], ((100 * TEXT_SHARE * unit) / COMPONENT_TEXT).toFixed(4));
  style.setProperty(names[1], (Math.min(isPortrait ? height * 0.4 : free, width * (isPortrait ? 0.9 : 0.44)) / CANVAS).toFixed(4));
}
