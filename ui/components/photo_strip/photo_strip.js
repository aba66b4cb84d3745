// One button for each picture. After a deletion, the focus is on the picture that takes its place.

export default function ({ parentElement, data, setTriggerValue }) {
  const list = parentElement.querySelector(".photos");
  list.setAttribute("aria-label", data.name);
  const focused = [...list.querySelectorAll("button")].indexOf(list.getRootNode().activeElement);
  list.replaceChildren(
    ...data.photos.map(({ index, source, label }) => {
      const item = document.createElement("li");
      const button = element("button", "", item);
      Object.assign(button, { type: "button", title: label, onclick: () => setTriggerValue("delete", index) });
      button.setAttribute("aria-label", label);
      Object.assign(element("img", "", button), { src: source, alt: "" });
      element("span", "cross", button, "×").ariaHidden = "true";
      return item;
    }),
  );
  if (focused >= 0) list.children[Math.min(focused, list.children.length - 1)]?.querySelector("button").focus();
}
