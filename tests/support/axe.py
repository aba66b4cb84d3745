"""Runs axe-core in a page, and checks what axe does not: text that is cut off, and whether the focus is visible."""

import json
import time
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.install_axe import find_axe

__all__ = [
    "VISUAL_RULES",
    "accessibility_violations",
    "assert_accessible",
    "assert_nothing_is_cut_off",
    "focused",
    "need_axe",
    "settled",
    "show_as",
]

_PATIENCE_SECONDS = 15  # for what a rerun or a change of the theme has not drawn yet
_THEME_SECONDS = 60  # for another theme, on a busy machine
VISUAL_RULES = ("color-contrast", "target-size")
_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}

STREAMLITS_OWN: dict[str, tuple[str, str]] = {
    "presentation-role-conflict": (
        'data-testid="stFileUploaderDropzone"',
        "It names the place that takes dropped files and calls it presentation. The button in it does the same, and has a name.",
    ),
}
"""What Streamlit's own markup breaks where we cannot mend it: by rule, what the markup holds, and why it does no harm. Nothing
of ours may ever be here."""

_FIND = """
() => {
  const cut = [], within = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) within(element.shadowRoot);
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const box = element.getBoundingClientRect();
      if (!own || box.width < 2 || box.height < 2 || !element.checkVisibility({ visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      const hidden = ["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
      let frame = element.parentElement, outside = box.right > innerWidth + 1 || box.left < -1;
      for (let at = element.parentElement; at && !at.matches("[data-testid=stMain], body"); at = at.parentElement) {
        const around = getComputedStyle(at);
        if (["auto", "scroll"].includes(around.overflowX)) { outside = false; break; }
        if (["hidden", "clip"].includes(around.overflowX)) {
          const edge = at.getBoundingClientRect();
          if (edge.width > 2 && box.right > edge.right + 1.5) cut.push(`${element.textContent.trim().slice(0, 60)} (by its frame)`);
        }
      }
      if (hidden || outside) cut.push(`${element.textContent.trim().slice(0, 60)} (${hidden ? "cut" : "outside"})`);
    }
  };
  within(document.querySelector("[data-testid=stMain]"));
  const main = document.querySelector("[data-testid=stMain]");
  if (main.scrollWidth > main.clientWidth + 1) cut.push(`the page scrolls sideways by ${main.scrollWidth - main.clientWidth} px`);
  return cut;
}
"""

_FOCUSED = """
() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (!element || element === document.body) return null;
  const up = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colours) => {  // from the lowest to the topmost
    paint.clearRect(0, 0, 1, 1);
    for (const colour of colours) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = up(at)) layers.unshift(getComputedStyle(at).backgroundColor);
    return layers;
  };
  const light = (rgb) => rgb.map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  let best = 0, opacity = 1;
  for (let at = element, steps = 0; at; at = up(at), steps++) {
    const style = getComputedStyle(at);
    opacity *= Number(style.opacity);
    if (steps > 8 || style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) continue;
    const inside = parseFloat(style.outlineOffset) < 0;
    const below = ground(inside ? at : up(at));
    const [a, b] = [light(over([...below, style.outlineColor])), light(over(below))].sort((x, y) => y - x);
    best = Math.max(best, (a + 0.05) / (b + 0.05));
  }
  const small = element.matches("input[type=radio], input[type=checkbox], input[type=range]");
  const box = (small ? element.closest("label") ?? up(up(element)) : element).getBoundingClientRect();  // of a slider, its thumb
  const main = document.querySelector("[data-testid=stMain]");
  const visited = (window.visitedByTab ??= new WeakSet());
  const again = visited.has(element);
  visited.add(element);
  const contains = (around, node) => { for (let at = node; at; at = up(at)) if (at === around) return true; return false; };
  // Where the stop before is now, because the focus may have scrolled the page or a part of it. Of a part that scrolls and is left, its frame.
  let earlier = window.lastByTab?.isConnected ? window.lastByTab : null;
  for (let at = earlier; at && !contains(at, element); at = up(at)) if (/auto|scroll/.test(getComputedStyle(at).overflowY)) earlier = at;
  const isFixed = (node) => { for (let at = node; at; at = up(at)) if (getComputedStyle(at).position === "fixed") return true; return false; };
  const before = isFixed(earlier) || isFixed(element) ? null : earlier?.getBoundingClientRect();  // a bar at the bottom is above and below
  window.lastByTab = element;
  const name = element.getAttribute("aria-label") ?? element.textContent.trim();
  return {
    what: `${element.tagName.toLowerCase()} ${element.dataset?.testid ?? ""} '${name.slice(0, 40)}'`,
    again,
    contrast: best,
    seen: opacity > 0.5 && box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true })
      && box.right > 0 && box.left < innerWidth,
    inMain: Boolean(main?.contains(document.activeElement)),
    goesUp: Boolean(before) && box.bottom < before.top - 8,
  };
}
"""


@cache
def _script() -> str:
    found = find_axe()
    assert found
    return found.read_text(encoding="utf-8")


def need_axe() -> None:
    """Skips the test where axe-core is not installed."""
    if find_axe() is None:
        pytest.skip("axe-core is not installed: `python scripts/install_axe.py` fetches it where there is npm")


def show_as(page: Page, scheme: str, width: int, height: int = 900) -> None:
    """In a theme and a width; waits until the app, where there is one yet, has taken up the theme."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    if page.url == "about:blank":
        return
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme, timeout=1000 * _THEME_SECONDS)
    settled(page)


def accessibility_violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds in the page and in the shadow roots of its components, a line for each element. rules: all if empty."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(_script())
    options = _OPTIONS | ({"runOnly": list(rules)} if rules else {})
    found: list[dict[str, Any]] = page.evaluate(f"() => axe.run(document, {json.dumps(options)})")["violations"]
    return [line for rule in found for line in _lines(rule)]


def _lines(rule: dict[str, Any]) -> Iterable[str]:
    excused = STREAMLITS_OWN.get(rule["id"], ("", ""))[0]
    for node in rule["nodes"]:
        if not excused or excused not in node["html"]:
            yield f"{rule['id']}: {node['html'][:150]} {node['failureSummary'][:200]}".replace("\n", " ")


def assert_accessible(page: Page, rules: Sequence[str] = ()) -> None:
    """Also waits for what is still being drawn: what axe finds has to stay."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while found := accessibility_violations(page, rules):
        assert time.monotonic() < deadline, "\n".join(found)
        page.wait_for_timeout(300)


def assert_nothing_is_cut_off(page: Page) -> None:
    """No text is cut off, and the page does not scroll sideways."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while found := page.evaluate(_FIND):
        assert time.monotonic() < deadline, "\n".join(dict.fromkeys(found))
        page.wait_for_timeout(300)


def focused(page: Page) -> dict[str, Any] | None:
    """What has the focus, shadow roots included: `what` it is, the `contrast` of the 2 px outline of it or of what is around it
    (0 without one), whether it had the focus `again`, whether it is `seen`, `inMain` or not, and whether the focus `goesUp` the page to it. None where nothing has."""
    found: dict[str, Any] | None = page.evaluate(_FOCUSED)
    return found


def settled(page: Page) -> None:
    """Until nothing on the page waits for its script or its content."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=1000 * _THEME_SECONDS)
