"""A real browser, and how to wait for a Streamlit page in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from waiting import wait_until

from scripts.install_browser import find_browser

__all__ = [
    "DESKTOP",
    "PHONE",
    "draw_stroke",
    "draw_strokes",
    "launched_browser",
    "new_page",
    "open_page",
    "pen_down",
    "wait_for_app",
    "wait_for_event",
]

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_PATIENCE_MS = 60_000
expect.set_options(timeout=30_000)  # on a busy machine a page may take longer than the five seconds of the default
_CANVAS_IS_READY = """
() => [...document.querySelectorAll(".st-key-draw_canvas *")].some((it) => it.shadowRoot?.querySelector("[data-quick]"))
"""

Point = tuple[float, float]


@contextmanager
def launched_browser(*switches: str) -> Iterator[Browser]:
    """With more switches of Chromium. Skips the test where there is no browser, or none that starts."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chrome or Chromium here: install one, or run `playwright install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_SWITCHES, *switches])
        yield browser
        browser.close()


@contextmanager
def new_page(browser: Browser, size: ViewportSize = DESKTOP, *, touch: bool = False) -> Iterator[Page]:
    """A page with storage of its own. An error in the page's JavaScript fails the test."""
    context = browser.new_context(viewport=size, has_touch=touch, is_mobile=touch)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    yield page
    context.close()
    assert errors == [], "\n".join(errors)


def open_page(page: Page, url: str) -> Page:
    """Go there and wait until the page stands."""
    page.goto(url)
    return wait_for_app(page)


def wait_for_app(page: Page) -> Page:
    """Until the page is connected and its script has run."""
    app = "[data-testid=stApp]"
    page.locator(f"{app}[data-test-connection-state=CONNECTED]").wait_for(timeout=_PATIENCE_MS)
    page.locator(f"{app}[data-test-script-state=notRunning]").wait_for(timeout=_PATIENCE_MS)
    page.wait_for_function("!('firstPaint' in document.documentElement.dataset)", timeout=_PATIENCE_MS)
    return page


def wait_for_event(page: Page, condition: Callable[[], object], what: str) -> None:
    """Wait until a condition about the browser's events, such as requests, is true. They are only delivered while Playwright waits."""

    def is_true() -> object:
        page.wait_for_timeout(20)
        return condition()

    wait_until(is_true, what)


def draw_stroke(page: Page, points_drawn: Sequence[Point]) -> None:
    """Draw with the mouse, in canvas pixels, with some points in between."""
    with pen_down(page, points_drawn):
        pass


@contextmanager
def pen_down(page: Page, points: Sequence[Point]) -> Iterator[Callable[[Sequence[Point]], None]]:
    """Inside, the mouse has drawn these points, in canvas pixels, and its button is still pressed. Yields what draws further points."""
    left, top, scale = _place_canvas(page)

    def move(more: Sequence[Point], steps: int = 8) -> None:
        for x, y in more:
            page.mouse.move(left + x * scale, top + y * scale, steps=steps)

    move(points[:1], steps=1)
    page.mouse.down()
    move(points[1:])
    yield move
    page.mouse.up()


def draw_strokes(page: Page, strokes: Sequence[Sequence[Point]], *, touch: bool = False) -> None:
    """Draw these very points, in canvas pixels: with the mouse, or with a finger on a page with `touch`."""
    left, top, scale = _place_canvas(page)
    finger = page.context.new_cdp_session(page) if touch else None
    for stroke in strokes:
        for number, (x, y) in enumerate(stroke):
            if finger:
                kind = "touchMove" if number else "touchStart"
                points = [{"x": left + x * scale, "y": top + y * scale}]
                finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            else:
                page.mouse.move(left + x * scale, top + y * scale)
                if number == 0:
                    page.mouse.down()
        if finger:
            finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            page.mouse.up()
    if finger:
        finger.detach()


def _place_canvas(page: Page) -> tuple[float, float, float]:
    """Left and top of the canvas on the screen and the size of its pixels there, once it takes strokes and has stopped moving."""
    canvas = page.locator(".st-key-draw_canvas canvas").last
    canvas.wait_for(timeout=_PATIENCE_MS)
    page.wait_for_function(_CANVAS_IS_READY, timeout=_PATIENCE_MS)
    canvas.scroll_into_view_if_needed()
    canvas.element_handle().wait_for_element_state("stable")
    box = canvas.bounding_box()
    assert box
    return box["x"], box["y"], box["width"] / canvas.evaluate("canvas => canvas.width")
