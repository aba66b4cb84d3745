"""A drawing is pinned on the Draw page, and the page of a run that trains shows its curve."""

import re
from pathlib import Path

from browsing import draw_stroke, open_page, wait_for_app
from playwright.sync_api import Page, expect
from processes import the_only_run
from serving import AppServer, serve_app
from waiting import wait_until

from nn_core.drawings.pins import read_pins
from nn_core.runs import RunFolder

MARKUP = "**<b>7</b>** [x](y)"


def ended(run: RunFolder) -> None:
    wait_until(lambda: not run.status().is_active, f"{run.name} has ended")
    run.lock().release()


def test_a_drawing_is_pinned_and_a_run_shows_its_curve(page: Page, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve_app(tmp_path, environment={"NN_LAB_DATA": str(data)}) as app:
        open_page(page, f"{app.url}/draw")
        expect(page.locator(".st-key-prediction")).to_contain_text("Draw a digit")
        for x, y in ((60, 70), (200, 70)), ((200, 70), (120, 230)):
            draw_stroke(page, [x, y])
        expect(page.locator(".st-key-prediction p").first).to_have_text("7")
        pin(page, MARKUP)
        listed = page.locator(".st-key-pinned_drawings")
        expect(listed).to_contain_text(MARKUP)
        assert [(found.name, found.label) for found in read_pins(data)] == [(MARKUP, "7")]

        listed.get_by_role("link", name="Train a network").click()
        watch_a_run(page, app)

        open_page(page, f"{app.url}/draw")
        page.locator('[class*="st-key-unpin_"] button').first.click()
        expect(listed).to_have_count(0)
        assert read_pins(data) == []


def pin(page: Page, name: str) -> None:
    """The drawing on the canvas, under this name."""
    page.locator('[class*="st-key-pin_drawing"] button').first.click()
    field = page.locator('[class*="st-key-pin_name"] input')
    field.fill(name)
    field.press("Enter")
    wait_for_app(page)
    page.locator(".st-key-confirm_pin button").click()
    expect(page.locator(".st-key-pinned button").first).to_be_disabled()


def watch_a_run(page: Page, app: AppServer) -> None:
    epochs = page.locator('[class*="st-key-quick"][class*="epochs"] input')
    epochs.fill("500")
    epochs.press("Enter")
    wait_for_app(page)
    page.locator(".st-key-start_training button").click()
    run = the_only_run(app.runs_root)
    chart = page.locator(".st-key-live_charts .live-chart")
    expect(chart.locator(".card.pinned")).to_be_visible(timeout=60_000)

    def points() -> int:
        return int(chart.get_attribute("data-pinned-points") or 0)

    seen = wait_until(points, "the first point is there")
    wait_until(lambda: points() > seen, "the line moves")
    expect(chart.locator(".card.pinned .plot")).to_have_attribute("aria-label", re.compile(re.escape(MARKUP) + r" \d"))
    expect(page.locator(".st-key-pinned_words")).to_contain_text(MARKUP)
    run.send_request("stop")
    ended(run)
