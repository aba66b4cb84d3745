"""The Playground in a browser: opened, started, and read."""

import re

from browsing import open_page
from playwright.sync_api import Locator, Page, expect
from serving import AppServer
from waiting import wait_until

from nn_core.runs import RunFolder, list_runs

__all__ = [
    "LONG",
    "TRAINING_MS",
    "count_redraws",
    "expect_focus",
    "expect_status",
    "focused_control",
    "open_playground",
    "playground_runs",
    "press",
    "read_pixels",
    "start",
]

TRAINING_MS = 120_000

LONG = "points=2000"
"""The settings of a run that does not end while a slow browser looks at it: a thousand epochs of 2,000 points."""


def open_playground(page: Page, app: AppServer, query: str = "") -> Locator:
    """Opens it and waits for the points; gives the picture."""
    open_page(page, f"{app.url}/playground{query}")
    picture = page.locator(".boundary")
    expect(picture).to_have_attribute("data-points", re.compile(r"^[1-9]\d+$"), timeout=60_000)
    return picture


def press(page: Page, name: str) -> None:
    """Press the one button that starts, pauses and resumes, while it says so."""
    page.locator(".st-key-start_training").get_by_role("button", name=name).click()


def start(page: Page) -> None:
    press(page, "Start")


def focused_control(page: Page) -> str:
    """The focused element, in shadow roots too: its key and its name."""
    found: str = page.evaluate(
        """() => {
            let element = document.activeElement, key = null;
            while (element?.shadowRoot?.activeElement) {
                key = element.closest("[class*=st-key-]");
                element = element.shadowRoot.activeElement;
            }
            key = element?.closest("[class*=st-key-]") ?? key;
            const name = element?.getAttribute("aria-label") ?? element?.innerText.split("\\n").at(-1);
            return `${key?.className.match(/st-key-(\\w+)/)[1]}: ${name.trim()}`;
        }"""
    )
    return found


def expect_focus(page: Page, what: str) -> None:
    wait_until(lambda: focused_control(page) == what, f"the focus is on '{what}'")


def expect_status(page: Page, word: str) -> None:
    expect(page.locator(".st-key-run_status")).to_contain_text(re.compile(word), timeout=TRAINING_MS)


def count_redraws(picture: Locator) -> int:
    """How often another division of the plane was painted."""
    return int(picture.get_attribute("data-redraws") or 0)


def read_pixels(page: Page) -> str:
    drawn: str = page.locator(".boundary canvas").evaluate("canvas => canvas.toDataURL()")
    return drawn


def playground_runs(app: AppServer) -> list[RunFolder]:
    return [run for run in list_runs(app.runs_root) if run.name.startswith("playground-")]
