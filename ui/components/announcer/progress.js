// Screen readers read Streamlit's progress bars as "30%". This adds the text above the bar.

function labelProgressBars() {
  if (window.nnLabProgress) return;
  window.nnLabProgress = new MutationObserver((changes) => {
    const isRelevant = changes.some(({ target, addedNodes }) => addedNodes.length > 0 || isInProgressBar(target));
    if (isRelevant) document.querySelectorAll("[data-testid=stProgress]").forEach(labelBar);
  });
  window.nnLabProgress.observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["aria-valuetext", "aria-valuenow"],
  });
  document.querySelectorAll("[data-testid=stProgress]").forEach(labelBar);
}

function isInProgressBar(node) {
  return Boolean((node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-testid=stProgress]"));
}

function labelBar(progress) {
  const bar = progress.querySelector("[role=progressbar]");
  if (!bar) return;
  const caption = progress.querySelector("[data-testid=stMarkdownContainer]")?.textContent.trim();
  const text = [`${bar.getAttribute("aria-valuenow")} %`, caption].filter(Boolean).join(", ");
  if (bar.getAttribute("aria-valuetext") !== text) bar.setAttribute("aria-valuetext", text);
}
