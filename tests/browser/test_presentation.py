"""Presented views fit into a projector's 1280 × 720 and into 4K without scrolling, and are read from ten metres."""

from collections.abc import Iterator

import pytest
from browsing import new_page, open_page
from playwright.sync_api import Browser, Page, ViewportSize, expect
from serving import AppServer, serve_app

SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 720}, {"width": 3840, "height": 2160})
VIEWS = {
    "draw": (
        ".st-key-draw_canvas canvas, .st-key-canvas_buttons button, .st-key-prediction, .st-key-prediction_bars",
        0.08,
    ),
    "train?run=pretrained-digits": (".st-key-run_status, .st-key-headline, .st-key-live_charts", 0.08),
    "playground": (".st-key-run_status button, .st-key-boundary", 0.05),
    "inside?run=pretrained-map&card=map": (".st-key-latent_map [class*=st-key-map-]", 0.025),
}
"""What is on the stage, and the least size of its largest letters, as a share of the window's height."""
SMALLEST = 0.022  # of the labels of axes, bars and legends
BOXES = """selector => [...document.querySelectorAll(selector)]
  .filter(part => part.checkVisibility({visibilityProperty: true})).map(part => part.getBoundingClientRect())
  .map(({left, top, right, bottom}) => [left, top, innerWidth - right, innerHeight - bottom])"""
LETTERS = """selector => {
  const sizes = [];
  const look = node => {
    if (node.shadowRoot) look(node.shadowRoot);
    for (const child of node.childNodes) {
      const hasNoBox = child.nodeType === 1 && getComputedStyle(child).display === "contents"; // but what is in it may be shown
      const isShown = child.nodeType === 1 && (hasNoBox || child.checkVisibility({visibilityProperty: true}));
      if (isShown && !child.matches(".unseen, .quiet, style") && !child.dataset.testid?.includes("Icon")) look(child);
      if (child.nodeType === 3 && child.data.trim() && node.nodeType === 1) sizes.push(parseFloat(getComputedStyle(node).fontSize) / innerHeight);
    }
  };
  document.querySelectorAll(selector).forEach(look);
  return [Math.min(...sizes), Math.max(...sizes)];
}"""

FILLS = f"""({{parts, count, smallest, largest}}) => {{
  const [boxes, sizes] = [({BOXES})(parts), ({LETTERS})(parts)];
  return boxes.length >= count && boxes.flat().every(space => space >= -1) && sizes[0] >= smallest && sizes[1] >= largest;
}}"""
PATIENCE_MS = 90_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.mark.parametrize("address", VIEWS)
def test_a_view_fills_the_screen(browser: Browser, site: AppServer, address: str) -> None:
    parts, largest = VIEWS[address]
    with new_page(browser, SIZES[0]) as page:
        open_page(page, f"{site.url}/{address}{'&' if '?' in address else '?'}present=1")
        for size in SIZES:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme="dark" if size is SIZES[1] else "light")
            wanted = {"parts": parts, "count": parts.count(",") + 1, "smallest": SMALLEST, "largest": largest}
            page.wait_for_function(FILLS, arg=wanted, timeout=PATIENCE_MS)
            see_that_nothing_scrolls(page)


def see_that_nothing_scrolls(page: Page) -> None:
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    main = page.get_by_test_id("stMain")
    page.mouse.move(20, 400)
    page.mouse.wheel(0, 500)
    assert main.evaluate("main => [getComputedStyle(main).overflowY, main.scrollTop]") == ["hidden", 0]
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight && scrollY === 0")
