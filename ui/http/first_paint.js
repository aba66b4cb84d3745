// Shows the page once it stands, instead of the first paint (ui/http/index_page.py). Runs before the body is there.

(() => {
  const root = document.documentElement;
  const SETTLE_MS = 200; // how long parts that are still loading may keep a page with a title from being shown
  const LONGEST_WAIT_MS = 300;
  const LATE_MS = 15000;
  root.dataset.firstPaint = "";

  // The main script has a second of work, which would come before the first paint: it begins after that. A page in the background
  // is not painted, so it does not wait.
  const { main } = document.currentScript.dataset;
  let begun = !main;
  function begin() {
    if (begun) return;
    begun = true;
    const script = document.createElement("script");
    Object.assign(script, { type: "module", crossOrigin: "", src: main });
    document.head.append(script);
  }
  function frame() {
    if (document.getElementById("first-paint")) setTimeout(begin);
    else requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);
  setTimeout(begin, LONGEST_WAIT_MS);

  // What this browser was told before: the theme that somebody chose, and how wide the sidebar was drawn.
  try {
    const theme = localStorage.getItem(`stActiveTheme-${location.pathname}-v2`) ?? "";
    if (/dark/i.test(theme)) root.dataset.theme = "dark";
    else if (/light/i.test(theme)) root.dataset.theme = "light";
    const width = Number.parseInt(localStorage.getItem("sidebarWidth"), 10);
    if (width >= 200 && width <= 600) root.style.setProperty("--sidebar-width", `${width}px`);
  } catch {
    // A browser that keeps nothing shows the defaults.
  }

  let titleAt;
  const find = (selector) => document.querySelector(`#root ${selector}`);

  function ready() {
    const app = find("[data-testid=stApp]");
    if (!app) return false;
    // Something went wrong or asks for an answer: that is to be seen at once.
    if (find("[data-testid=stException]") || document.querySelector("[role=dialog]")) return true;
    const { testScriptState: script, testConnectionState: connection } = app.dataset;
    if (connection === "DISCONNECTED_FOREVER") return true;
    if (!find("[data-testid=stMain] h1")) return script === "notRunning" && Boolean(find("[data-testid=stMain] [data-testid=stElementContainer]"));
    if (titleAt === undefined) {
      titleAt = performance.now();
      setTimeout(look, SETTLE_MS);
    }
    if (performance.now() - titleAt >= SETTLE_MS) return true;
    const loading = find("[data-testid=stMain] [data-testid=stSkeleton]") || !find("[data-testid=stSidebarNav]");
    return script === "notRunning" && !loading;
  }

  function look() {
    if (!ready()) return;
    observer.disconnect();
    clearInterval(timer);
    delete root.dataset.firstPaint;
    document.getElementById("first-paint")?.remove();
  }

  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributeFilter: ["data-test-script-state", "data-test-connection-state"] });
  const timer = setInterval(look, 100);
  setTimeout(() => {
    const late = document.querySelector("#first-paint .late");
    if (late) late.hidden = false;
  }, LATE_MS);
})();
