"""A first network on a phone: watch it, stop another one with the bar at the bottom, and draw with a finger."""

from collections.abc import Callable

from journey import SEVEN, TRAINING_MS, Journey
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


def test_a_first_network_on_a_phone(start_journey: Start) -> None:
    journey = start_journey(phone=True)
    page = journey.page
    journey.press("first_network")
    first = journey.run()
    chart = page.locator(".st-key-live_charts")
    expect(chart.locator(".plot").first).to_be_in_viewport(timeout=TRAINING_MS)
    journey.picture("chart first")
    assert journey.see_finished().name == first.name

    journey.sidebar("Train")
    see_in_bar(journey, "start_training")
    journey.press("start_training")
    second = journey.run()
    assert second.name != first.name
    see_in_bar(journey, "stop_training")
    journey.press("stop_training")
    journey.see("stopped", within="run_status", timeout=TRAINING_MS)

    journey.sidebar("Draw")
    canvas = page.locator(".st-key-draw_canvas canvas").last
    journey.draw(SEVEN)
    expect(page.locator(".st-key-prediction p").first).to_have_text("7")
    place = canvas.bounding_box()
    assert place
    assert (place["x"], place["width"]) == (16, 358)
    journey.picture("drawn")
    journey.reload()
    journey.see_no_error()
