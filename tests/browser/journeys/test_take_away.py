"""A network is taken away from NN Lab as one file, which reads a drawing without a connection."""

from collections.abc import Callable
from pathlib import Path

from browsing import DESKTOP, draw_stroke, new_page
from journey import SEVEN, Journey
from playwright.sync_api import Browser, expect

Start = Callable[..., Journey]


def test_download_the_page_and_open_the_file(start_journey: Start, browser: Browser, tmp_path: Path) -> None:
    journey = start_journey()
    journey.follow("Try a trained network")
    journey.expect_address("/draw", run="pretrained-digits")
    draw_stroke(journey.page, SEVEN[0])
    journey.see("7", within="prediction")
    journey.press("take_away")
    dialog = journey.page.get_by_role("dialog")
    expect(dialog).to_contain_text("A phone cannot reach this address")
    expect(dialog).to_contain_text("ADDRESS=0.0.0.0")
    file = journey.download("download_page", tmp_path)
    assert file.name == "pretrained-digits.html"
    journey.picture("dialog")
    with new_page(browser, DESKTOP) as page:
        page.context.set_offline(True)
        page.goto(file.as_uri())
        page.wait_for_function("'ready' in document.documentElement.dataset")
        box = page.locator("#pad").bounding_box()
        assert box
        for number, (x, y) in enumerate(SEVEN[0]):
            page.mouse.move(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280)
            if number == 0:
                page.mouse.down()
        page.mouse.up()
        expect(page.locator("#label")).to_have_text("7")
    journey.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    with journey.page.context.expect_page() as opening:
        journey.press("take_away", "again")
        dialog.get_by_role("link", name="Open the page on this computer").click()
    expect(opening.value.locator("#label")).to_have_text("Draw a digit")
    journey.see_no_error()
