// Streamlit's buttons that open and close the sidebar are arrows. Here they get a word, which is also their name for screen readers;
// style.css and phone.css show it. Streamlit creates the buttons again and again. On a phone that lies on its side the menu is closed at
// first, as it is on one that stands.

(() => {
  const { menu, close } = document.currentScript.dataset;
  const words = { "[data-testid=stExpandSidebarButton]": menu, "[data-testid=stSidebarCollapseButton] button": close };

  let mustClose = matchMedia("(max-height: 500px) and (pointer: coarse)").matches;

  function name() {
    for (const [selector, word] of Object.entries(words)) {
      const button = document.querySelector(selector);
      if (button && button.dataset.word !== word) {
        button.dataset.word = word;
        button.setAttribute("aria-label", word);
        if (mustClose && word === close) button.click();
        mustClose = false;
      }
    }
  }

  new MutationObserver(name).observe(document, { subtree: true, childList: true });
})();
