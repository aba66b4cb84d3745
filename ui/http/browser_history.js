// Streamlit ignores a link to the page that is already open: it shows what the link asks for but keeps the old address. Here such a
// click changes the address and lets Streamlit read it, as Back does. Only what a user does adds an entry to the history: an address
// that the server corrects or completes replaces the present entry, or Back would return to it for ever.
// This script stands in every page; the first one counts.

(() => {
  if (window.nnLabHistory) return;
  window.nnLabHistory = true;

  let userActed = false;
  for (const name of ["pointerdown", "keydown", "click"]) {
    window.addEventListener(name, () => (userActed = true), { capture: true, passive: true });
  }
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (...entry) => {
    if (userActed) push(...entry);
    else window.history.replaceState(...entry);
    userActed = false;
  };

  let opened = null; // the element that had focus when a link was followed
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      if (link.target === "_blank" || link.hasAttribute("download")) return;
      const target = new URL(link.getAttribute("href") || "./", window.location.href); // Streamlit's link to Home is empty
      if (target.origin !== window.location.origin || target.hash) return;
      if (!link.matches("[data-testid=stPageLink-NavLink], [data-testid=stSidebarNavLink]")) return;
      opened = link;
      if (target.pathname !== window.location.pathname) return;
      event.preventDefault();
      event.stopPropagation();
      if (target.search !== window.location.search) window.history.pushState({}, "", target);
      window.dispatchEvent(new PopStateEvent("popstate"));
      if (window.innerWidth <= 768) link.closest("[data-testid=stSidebar]")?.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
    },
    true,
  );

  // Once the page stands that an address asked for: where focus is still on the link, or was lost with what it was on, it goes to
  // the heading, and the page is scrolled to it. Streamlit may remove what was pressed only after the script has ended.
  const STATE = "data-test-script-state";
  const REMOVAL_MS = 3000;
  let shown = null;
  let waiting = 0;
  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, () => cancelAnimationFrame(waiting), true);

  const goToHeading = () => {
    const heading = document.querySelector("[data-testid=stMain] h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
  const goOnceGone = (focused, deadline) => {
    if (!focused.isConnected) goToHeading();
    else if (performance.now() < deadline) waiting = requestAnimationFrame(() => goOnceGone(focused, deadline));
  };

  new MutationObserver((changes) => {
    if (!changes.some(({ target, oldValue }) => oldValue === "running" && target.getAttribute(STATE) === "notRunning")) return;
    const address = window.location.pathname + window.location.search;
    const focused = document.activeElement;
    if (opened || (shown !== null && shown !== address)) {
      cancelAnimationFrame(waiting);
      if (!focused || focused === document.body || focused === opened) goToHeading();
      else goOnceGone(focused, performance.now() + REMOVAL_MS);
    }
    opened = null;
    shown = address;
  }).observe(document.body, { attributes: true, attributeFilter: [STATE], attributeOldValue: true, subtree: true });
})();
