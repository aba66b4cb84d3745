// Streamlit's progress bars say "30%". They are given the sentence that stands above them as well.

function giveProgressAText() {
  if (window.nnLabProgress) return;
  window.nnLabProgress = new MutationObserver((changes) => {
    const touched = changes.some(({ target, addedNodes }) => addedNodes.length > 0 || within(target));
    if (touched) document.querySelectorAll("[data-testid=stProgress]").forEach(giveText);
  });
  window.nnLabProgress.observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["aria-valuetext", "aria-valuenow"],
  });
  document.querySelectorAll("[data-testid=stProgress]").forEach(giveText);
}

function within(node) {
  return Boolean((node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-testid=stProgress]"));
}

function giveText(progress) {
  const bar = progress.querySelector("[role=progressbar]");
  if (!bar) return;
  const sentence = progress.querySelector("[data-testid=stMarkdownContainer]")?.textContent.trim();
  const text = [`${bar.getAttribute("aria-valuenow")} %`, sentence].filter(Boolean).join(", ");
  if (bar.getAttribute("aria-valuetext") !== text) bar.setAttribute("aria-valuetext", text);
}
