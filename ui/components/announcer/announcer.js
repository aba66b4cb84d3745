// One live region for the whole page. It is outside the app's element, so no rerun and no page change touches it.

const REGION = "nn-lab-announcer";
const DEBOUNCE_MS = 500;
const REMOVE_AFTER_MS = 5000; // screen readers read a line when it is added
const VISUALLY_HIDDEN = "position:fixed;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";

export default function ({ data }) {
  const region = getRegion();
  labelProgressBars();
  const { subject, event, text, quietAtFirst } = data;
  const { events, timers } = region.nnLab;
  if (!subject || events.get(subject) === event) return;
  const isFirst = !events.has(subject);
  events.set(subject, event);
  clearTimeout(timers.get(subject));
  if (text && !(isFirst && quietAtFirst)) timers.set(subject, setTimeout(() => addLine(region, text), DEBOUNCE_MS));
}

function getRegion() {
  const existing = document.getElementById(REGION);
  if (existing) return existing;
  const region = document.createElement("div");
  region.id = REGION;
  region.style.cssText = VISUALLY_HIDDEN;
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  region.setAttribute("aria-atomic", "false"); // announce only the new line
  region.dataset.liveAnnouncer = "true"; // keeps it visible to screen readers while a dialog is open
  region.nnLab = { events: new Map(), timers: new Map() }; // by subject
  document.body.append(region);
  return region;
}

function addLine(region, text) {
  const line = document.createElement("div");
  line.textContent = text;
  region.append(line);
  setTimeout(() => line.remove(), REMOVE_AFTER_MS);
}
