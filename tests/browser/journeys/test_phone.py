"""A first network on a phone: its chart comes first, Start and Stop are within reach, and a digit is drawn on a canvas as wide as the screen."""

from collections.abc import Callable

from journey import ONE, TRAINING_MS, Journey
from playwright.sync_api import expect

Start = Callable[..., Journey]


def see_in_bar(journey: Journey, key: str) -> None:
    """The button is large enough for a thumb and at the bottom of the screen, without scrolling."""
    button = journey.page.locator(f".st-key-action_bar .st-key-{key} button")
    button.wait_for(timeout=TRAINING_MS)
    place, size = button.bounding_box(), journey.page.viewport_size
    assert place
    assert size
    assert place["height"] >= 44
    assert size["height"] - 100 < place["y"] < size["height"] - place["height"]


def test_phone_first_network_draw_change_one_setting_train_again(start_journey: Start) -> None:
    journey = start_journey(phone=True)
    page = journey.page
    journey.press("first_network")
    expect(page.locator(".st-key-live_charts .plot").first).to_be_in_viewport(timeout=TRAINING_MS)
    journey.picture("chart first")
    first = journey.see_finished()
    journey.follow("Test it with a drawing")
    journey.draw(ONE)
    expect(page.locator(".st-key-prediction")).to_contain_text("1")
    canvas = page.locator(".st-key-draw_canvas canvas").last.bounding_box()
    assert canvas
    assert (canvas["x"], canvas["width"]) == (16, 358)
    journey.picture("drawn")
    journey.back()
    journey.expect_address("/train", run=first.name)
    journey.follow("Change one setting and train again")
    see_in_bar(journey, "start_training")
    journey.fill("Epochs", "500")
    journey.press("start_training")
    expect(page.locator(".st-key-run_status")).to_be_in_viewport()
    second = journey.run()
    assert second.config().training.epochs == 500
    see_in_bar(journey, "stop_training")
    journey.press("stop_training")
    journey.see("stopped", within="run_status", timeout=TRAINING_MS)
    assert len(journey.runs()) == 2
    journey.sidebar("Train")
    journey.expect_address("/train")
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    expect(page.locator(".st-key-start_training button")).to_be_enabled()
    journey.back()
    journey.expect_address("/train", run=second.name)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert wide <= 0
    journey.see_no_error()
