// Replaces the first paint (ui/http/index_page.py) by the page when it is complete. Runs before the body exists.

(() => {
  const root = document.documentElement;
  const SETTLE_MS = 200; // how long loading elements may delay a page that has a title
  const MAX_WAIT_MS = 300;
  const LATE_MS = 15000;
  root.dataset.firstPaint = "";
  if (new URLSearchParams(location.search).get("present") === "1") root.dataset.present = ""; // ui/components/presentation

  // The main script runs for a second, which would delay the first paint, so it is started after that. A page in the background is
  // not painted, so it does not wait.
  const { main } = document.currentScript.dataset;
  let isStarted = !main;
  function start() {
    if (isStarted) return;
    isStarted = true;
    const script = document.createElement("script");
    Object.assign(script, { type: "module", crossOrigin: "", src: main });
    document.head.append(script);
  }
  function frame() {
    if (document.getElementById("first-paint")) setTimeout(start);
    else requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);
  setTimeout(start, MAX_WAIT_MS);

  // The user's theme and width of the sidebar, as Streamlit stores them.
  try {
    const theme = localStorage.getItem(`stActiveTheme-${location.pathname}-v2`) ?? "";
    if (/dark/i.test(theme)) root.dataset.theme = "dark";
    else if (/light/i.test(theme)) root.dataset.theme = "light";
    const width = Number.parseInt(localStorage.getItem("sidebarWidth"), 10);
    if (width >= 200 && width <= 600) root.style.setProperty("--sidebar-width", `${width}px`);
  } catch {
    // Without storage, the defaults apply.
  }

  let titleAt;
  const find = (selector) => document.querySelector(`#root ${selector}`);

  function isReady() {
    const app = find("[data-testid=stApp]");
    if (!app) return false;
    // Errors and dialogs are shown at once.
    if (find("[data-testid=stException]") || document.querySelector("[role=dialog]")) return true;
    const { testScriptState: script, testConnectionState: connection } = app.dataset;
    if (connection === "DISCONNECTED_FOREVER") return true;
    if (!find("[data-testid=stMain] h1")) return script === "notRunning" && Boolean(find("[data-testid=stMain] [data-testid=stElementContainer]"));
    if (titleAt === undefined) {
      titleAt = performance.now();
      setTimeout(update, SETTLE_MS);
    }
    if (performance.now() - titleAt >= SETTLE_MS) return true;
    const loading = find("[data-testid=stMain] [data-testid=stSkeleton]") || !find("[data-testid=stSidebarNav]");
    return script === "notRunning" && !loading;
  }

  function update() {
    if (!isReady()) return;
    observer.disconnect();
    clearInterval(timer);
    delete root.dataset.firstPaint;
    document.getElementById("first-paint")?.remove();
  }

  const observer = new MutationObserver(update);
  observer.observe(document, { subtree: true, childList: true, attributeFilter: ["data-test-script-state", "data-test-connection-state"] });
  const timer = setInterval(update, 100);
  setTimeout(() => {
    const late = document.querySelector("#first-paint .late");
    if (late) late.hidden = false;
  }, LATE_MS);
})();
