// A button for each example. One of them can be reached with Tab, the arrow keys move to the others.

const drawn = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const list = parentElement.querySelector(".examples");
  const version = JSON.stringify([data.examples, data.pictures?.values]);
  if (drawn.get(list)?.version !== version) build(list, data);
  const before = drawn.get(list)?.opened ?? null;
  drawn.set(list, { version, opened: data.opened });
  list.ariaLabel = data.name;
  list.onclick = ({ target }) => {
    const button = target.closest("button");
    if (button) setTriggerValue("open", Number(button.dataset.index));
  };
  list.onkeydown = (event) => move(list, event);
  for (const button of list.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.index) === data.opened));
  }
  if (data.opened !== null && data.opened !== before) reveal(data.reveal);
}

function build(list, { examples, pictures }) {
  const had = list.getRootNode().activeElement;
  const [channels, height, width] = pictures?.shape ?? [];
  const bytes = pictures && bytesOf(pictures.values);
  list.classList.toggle("pictures", Boolean(pictures));
  list.style.setProperty("--shape", pictures ? width / height : 1);
  const items = examples.map((example, place) => {
    const [item, button] = [document.createElement("li"), document.createElement("button")];
    button.type = "button";
    button.dataset.index = example.index;
    button.ariaLabel = example.label;
    button.tabIndex = place ? -1 : 0;
    if (pictures) {
      const canvas = document.createElement("canvas");
      paintPicture(canvas, bytes.subarray(place * channels * height * width), [channels, height, width]);
      button.append(canvas);
    }
    for (const part of ["title", "verdict", "figure"]) {
      if (!example[part]) continue;
      const line = document.createElement("span");
      line.className = part;
      line.dir = "auto";
      line.textContent = example[part];
      button.append(line, " "); // so that its text is separate words
    }
    item.append(button);
    return item;
  });
  const hadFocus = had && list.contains(had);
  list.replaceChildren(...items);
  if (hadFocus) list.querySelector("button")?.focus();
}

function move(list, event) {
  const buttons = [...list.querySelectorAll("button")];
  const place = buttons.indexOf(event.target);
  const top = buttons[0]?.offsetTop;
  const columns = Math.max(1, buttons.findIndex((button) => button.offsetTop !== top));
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -place, End: buttons.length - 1 - place }[event.key];
  if (place < 0 || step === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  const next = buttons[Math.min(Math.max(place + step, 0), buttons.length - 1)];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}

// The open example is below the list; it appears a moment after the list was updated.
function reveal(key, tries = 40) {
  const card = document.querySelector(`.st-key-${key}`);
  if (card) card.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  else if (tries) setTimeout(() => reveal(key, tries - 1), 50);
}
