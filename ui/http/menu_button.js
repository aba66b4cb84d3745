// Streamlit's buttons that open and close the sidebar are arrows. Here they get a word, which is also their name for screen readers;
// style.css and phone.css show it. Streamlit creates the buttons again and again.

(() => {
  const { menu, close } = document.currentScript.dataset;
  const words = { "[data-testid=stExpandSidebarButton]": menu, "[data-testid=stSidebarCollapseButton] button": close };

  function name() {
    for (const [selector, word] of Object.entries(words)) {
      const button = document.querySelector(selector);
      if (button && button.dataset.word !== word) {
        button.dataset.word = word;
        button.setAttribute("aria-label", word);
      }
    }
  }

  new MutationObserver(name).observe(document, { subtree: true, childList: true });
})();
