"""A presenter assembles a demo of three views, moves through it, and leaves it to visitors."""

import json
from collections.abc import Callable

from browsing import draw_strokes
from journey import ONE, Journey
from playwright.sync_api import Page, expect


def add_view(journey: Journey, path: str, note: str) -> None:
    """Open a page, and add what it shows with a note."""
    journey.open(path)
    journey.page.locator("[class*=st-key-add_to_demo] button").first.click()
    journey.page.get_by_label("Note (optional)").fill(note)
    journey.page.get_by_label("Note (optional)").blur()
    journey.press("add_view")
    expect(journey.page.get_by_text("Added to the demo")).to_be_visible()


def see_place(page: Page, text: str) -> None:
    expect(page.locator("#nn-presentation .place")).to_have_text(text)


def test_present(start_journey: Callable[..., Journey]) -> None:
    journey = start_journey(at=None)
    page = journey.page

    # Assemble three views; order, rename, and set a short wait.
    add_view(journey, "/playground", "Press Start <b>now</b>")
    add_view(journey, "/draw", "Draw a digit")
    add_view(journey, "/inside?run=pretrained-map&card=map", "")
    journey.open("/demo")
    page.locator("[class*=st-key-up_]").nth(1).locator("button").click()
    expect(page.locator("[class*=st-key-title_] input").first).to_have_value("Draw: pretrained-digits")
    journey.fill("Title", "Write a digit")
    journey.fill("Shows each view for (seconds)", "600")
    journey.reload()
    expect(page.locator("[class*=st-key-title_] input").first).to_have_value("Write a digit")
    stored = json.loads((journey.app.data_root / "demo.json").read_text())
    assert [view["title"] for view in stored["views"]] == ["Write a digit", "Playground", "Look inside: pretrained-map"]

    # Start; keys move through it and stop at the ends.
    journey.press("start_demo")
    see_place(page, "1 / 3")
    journey.expect_address("/draw", run="pretrained-digits", present="1", demo="1")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#nn-presentation .note")).to_have_text("Draw a digit")
    page.keyboard.press("PageDown")
    see_place(page, "2 / 3")
    expect(page.locator("#nn-presentation .note")).to_have_text("Press Start <b>now</b>")
    expect(page.locator("h1")).to_have_text("Playground")
    page.keyboard.press("n")
    expect(page.locator("#nn-presentation .note")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    see_place(page, "3 / 3")
    expect(page.locator("h1")).to_have_text("Look inside")
    page.locator(".st-key-latent_map canvas.plane").wait_for()
    page.locator(".st-key-latent_map canvas.plane").focus()
    page.keyboard.press("ArrowLeft")  # moves the ring of the map
    see_place(page, "3 / 3")
    page.keyboard.press("?")
    page.get_by_role("button", name="Previous view of the demo").click()
    see_place(page, "2 / 3")

    # A reload keeps the place. R clears the canvas and returns to the first view.
    journey.reload()
    see_place(page, "2 / 3")
    page.keyboard.press("ArrowLeft")
    see_place(page, "1 / 3")
    answer = page.locator(".st-key-prediction p").first
    draw_strokes(page, ONE)
    expect(answer).to_have_text("1")
    journey.picture("drawn")
    page.keyboard.press("ArrowRight")
    see_place(page, "2 / 3")
    page.keyboard.press("r")
    see_place(page, "1 / 3")
    expect(answer).to_have_text("Draw a digit")

    # F leaves, and works nowhere while a person types.
    page.keyboard.press("f")
    journey.expect_address("/draw", run="pretrained-digits")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    journey.open("/demo")
    page.get_by_label("Note").last.press("f")
    expect(page.get_by_label("Note").last).to_have_value("f")
    expect(page.locator("#nn-presentation")).to_be_hidden()

    # After a short wait digits draw themselves. The first touch ends it, and the canvas is clean.
    journey.fill("Begins after (seconds)", "2")
    journey.open("/draw?present=1&demo=1")
    expect(page.locator("#nn-presentation .invitation")).to_have_text("Touch to try")
    expect(page.locator("#nn-presentation .invitation")).to_be_visible()
    expect(page.locator(".st-key-prediction p").first).to_have_text("3")
    journey.picture("attract loop")
    page.mouse.move(300, 300, steps=4)
    expect(page.locator("#nn-presentation .invitation")).to_be_hidden()
    expect(page.locator(".st-key-prediction p").first).to_have_text("Draw a digit")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    journey.see_no_error()
