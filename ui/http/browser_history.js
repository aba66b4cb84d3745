// Streamlit does not change the URL when a link leads to the page that is already open. Here such a click changes the URL and makes
// Streamlit read it, as Back does. Only user actions add entries to the history: a URL that the server corrects or completes replaces
// the current entry, because Back would otherwise return to it forever.
// Every page contains this script; only the first one runs.

(() => {
  if (window.nnLabHistory) return;
  window.nnLabHistory = true;

  // A field that answers while one types changes the URL with every letter: only the step into the field is an entry, not each letter.
  const isTyping = ({ type, key, target }) =>
    type === "keydown" && (key.length === 1 || key === "Backspace" || key === "Delete") && target.matches?.("input[type=text], textarea");

  let userActed = false;
  for (const name of ["pointerdown", "keydown", "click"]) {
    window.addEventListener(name, (event) => (userActed ||= !isTyping(event)), { capture: true, passive: true });
  }
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (...entry) => {
    if (userActed) push(...entry);
    else window.history.replaceState(...entry);
    userActed = false;
  };

  let followedLink = null;
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      if (link.target === "_blank" || link.hasAttribute("download")) return;
      const target = new URL(link.getAttribute("href") || "./", window.location.href); // Streamlit's link to Home is empty
      if (target.origin !== window.location.origin || target.hash) return;
      if (!link.matches("[data-testid=stPageLink-NavLink], [data-testid=stSidebarNavLink]")) return;
      followedLink = link;
      if (target.pathname !== window.location.pathname) return;
      event.preventDefault();
      event.stopPropagation();
      if (target.search !== window.location.search) window.history.pushState({}, "", target);
      window.dispatchEvent(new PopStateEvent("popstate"));
      if (window.innerWidth <= 768) link.closest("[data-testid=stSidebar]")?.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
    },
    true,
  );

  // When the page of a new URL is complete and the focus is still on the link or on a removed element, move it to the heading and
  // scroll to the top. Streamlit may remove a pressed button only after the script has ended.
  const STATE = "data-test-script-state";
  const REMOVAL_MS = 3000;
  let shownUrl = null;
  let frame = 0;
  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, () => cancelAnimationFrame(frame), true);

  const focusHeading = () => {
    const heading = document.querySelector("[data-testid=stMain] h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
  const focusHeadingAfterRemoval = (element, deadline) => {
    if (!element.isConnected) focusHeading();
    else if (performance.now() < deadline) frame = requestAnimationFrame(() => focusHeadingAfterRemoval(element, deadline));
  };

  new MutationObserver((changes) => {
    if (!changes.some(({ target, oldValue }) => oldValue === "running" && target.getAttribute(STATE) === "notRunning")) return;
    const url = window.location.pathname + window.location.search;
    const focused = document.activeElement;
    if (followedLink || (shownUrl !== null && shownUrl !== url)) {
      cancelAnimationFrame(frame);
      if (!focused || focused === document.body || focused === followedLink) focusHeading();
      else focusHeadingAfterRemoval(focused, performance.now() + REMOVAL_MS);
    }
    followedLink = null;
    shownUrl = url;
  }).observe(document.body, { attributes: true, attributeFilter: [STATE], attributeOldValue: true, subtree: true });
})();
