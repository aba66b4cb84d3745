"""While a network trains, its answers to held-out examples change above the curves, and the Network tab shows its layers, its filters and
what its units answer to an example."""

import re
from collections.abc import Callable

from journey import TRAINING_MS, Journey
from playwright.sync_api import Locator, expect
from waiting import wait_until

from nn_core.vitals.records import read_vitals

Start = Callable[..., Journey]


def read_column(canvas: Locator, place: float) -> list[tuple[int, ...]]:
    """The colours of a column from top to bottom. place: from 0 (left) to 1."""
    pixels: list[int] = canvas.evaluate(
        """(canvas, place) => Array.from(canvas.getContext("2d").getImageData(Math.floor(place * canvas.width), 0, 1, canvas.height).data)""",
        place,
    )
    return [tuple(pixels[at : at + 4]) for at in range(0, len(pixels), 4)]


def test_a_network_is_watched_while_it_learns(start_journey: Start) -> None:
    journey = start_journey(at="/train")
    page = journey.page
    journey.fill("Epochs", "40")
    journey.press("start_training")
    examples = page.locator(".st-key-held_out_examples .examples")
    expect(examples.locator("li")).to_have_count(10, timeout=TRAINING_MS)
    first = examples.get_attribute("data-step")
    assert first is not None
    expect(examples).not_to_have_attribute("data-step", first, timeout=TRAINING_MS)
    expect(examples.locator("li").first).to_have_attribute("aria-label", re.compile("^Example 1, 0: answered"))

    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.get_by_role("tab", name="Network").click()
    layers = page.locator(".st-key-network_layers .network")
    expect(layers.locator(".layer")).to_have_count(7, timeout=TRAINING_MS)
    count = layers.get_attribute("data-records")
    assert count is not None
    expect(layers).not_to_have_attribute("data-records", count, timeout=TRAINING_MS)
    expect(page.locator(".st-key-network_filters .network canvas")).to_be_visible(timeout=TRAINING_MS)
    journey.picture("layers")

    units = page.locator(".st-key-network_activations .network")
    units.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowRight")
    expect(units.get_by_role("radio").nth(1)).to_be_checked()
    expect(units).to_have_attribute("data-version", re.compile(" 1$"), timeout=TRAINING_MS)
    units.locator("canvas").last.focus()
    page.keyboard.press("ArrowLeft")
    expect(units.locator(".reading").last).to_have_text(re.compile(r"^Class [89]: −?\d"))
    canvas = layers.locator("canvas").nth(2)
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    expect(layers.locator(".reading").nth(2)).to_have_text(re.compile(r"^Epoch \d+\.\d: "))
    journey.press("stop_training")
    expect(page.locator(".st-key-run_status")).to_contain_text("stopped", timeout=TRAINING_MS)
    (run,) = journey.runs()
    records = len(read_vitals(run.vitals_file))
    wait_until(lambda: layers.get_attribute("data-records") == str(records), "the page shows every record")
    canvas = layers.locator("canvas").first
    colours = [len(set(read_column(canvas, column / 100))) for column in range(100)]
    assert max(colours) > 1, "the weights of the epochs that were trained"
    assert colours[-1] == 1, "nothing is drawn for epochs that were not trained"
    for tab in ("Curves", "Network") * 3:
        page.get_by_role("tab", name=tab).click()
    page.get_by_role("tab", name="Curves").click()
    expect(page.locator(".st-key-live_charts canvas").first).to_be_visible()
    assert not faults, faults
    journey.picture("curves")
