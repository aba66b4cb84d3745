// One live region for the whole page. It stands beside the app, not in it, so no rerun and no change of the page touches it.

const REGION = "nn-lab-announcer";
const PAUSE_MS = 500; // the latest of a row of quick changes is enough
const KEPT_MS = 5000; // readers take a line up when it comes
const UNSEEN = "position:fixed;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";

export default function ({ data }) {
  const region = theRegion();
  giveProgressAText();
  const { subject, event, text, quietAtFirst } = data;
  const { known, waiting } = region.nnLab;
  if (!subject || known.get(subject) === event) return;
  const first = !known.has(subject);
  known.set(subject, event);
  clearTimeout(waiting.get(subject));
  if (text && !(first && quietAtFirst)) waiting.set(subject, setTimeout(() => say(region, text), PAUSE_MS));
}

function theRegion() {
  const old = document.getElementById(REGION);
  if (old) return old;
  const region = document.createElement("div");
  region.id = REGION;
  region.style.cssText = UNSEEN;
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  region.setAttribute("aria-atomic", "false"); // each line by itself
  region.dataset.liveAnnouncer = "true"; // an open dialog hides all else from screen readers
  region.nnLab = { known: new Map(), waiting: new Map() };
  document.body.append(region);
  return region;
}

function say(region, text) {
  const line = document.createElement("div");
  line.textContent = text;
  region.append(line);
  setTimeout(() => line.remove(), KEPT_MS);
}
