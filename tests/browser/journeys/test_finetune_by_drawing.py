"""A drawing is pinned, an answer corrected, and a copy of the network trained on it and used."""

from collections.abc import Callable

from journey import ONE, SEVEN, Journey
from playwright.sync_api import expect

from nn_core.drawings.corrections import get_corrections_file
from nn_core.drawings.pins import read_pins

Start = Callable[..., Journey]


def test_pin_correct_fine_tune_and_use_the_new_network(start_journey: Start) -> None:
    journey = start_journey()
    journey.follow("Try a trained network")
    journey.expect_address("/draw", run="pretrained-digits")
    prediction = journey.page.locator(".st-key-prediction")
    journey.draw(SEVEN)
    expect(prediction).to_contain_text("7")
    journey.page.locator("[class*=st-key-pin_drawing] button").first.click()
    journey.press("confirm_pin")
    expect(journey.page.locator(".st-key-pinned_drawings")).to_be_visible()
    [pin] = read_pins(journey.app.data_root)
    assert pin.label == "7"
    journey.reload()
    expect(journey.page.locator(".st-key-pinned_drawings")).to_be_visible()

    journey.draw(ONE)
    expect(prediction).to_contain_text("1")
    journey.page.locator("[class*=st-key-correct_0] button").first.click()
    journey.page.locator(".st-key-this_is_4 button").click()  # the person who draws decides the label
    expect(journey.page.locator(".st-key-finetuning")).to_be_visible()
    assert len(get_corrections_file(journey.app.data_root).read_text().splitlines()) == 1
    journey.press("learn_from_these")
    use = journey.page.locator(".st-key-use_lesson button")
    use.click(timeout=120_000)
    journey.page.wait_for_function(
        "() => ![null, 'pretrained-digits'].includes(new URLSearchParams(location.search).get('run'))"
    )
    finetuned = journey.run()
    journey.expect_address("/draw", run=finetuned.name)
    journey.picture("new network")
    assert finetuned.config().training.start_from == "pretrained-digits"
    journey.reload()
    journey.expect_address("/draw", run=finetuned.name)
    journey.draw(ONE)
    expect(prediction).to_contain_text("4")
    journey.back()
    journey.expect_address("/draw", run="pretrained-digits")
    journey.draw(ONE)
    expect(prediction).to_contain_text("1")
    journey.picture("the original is unchanged")
    journey.see_no_error()
