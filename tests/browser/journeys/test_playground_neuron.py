"""Journey: a neuron of the Playground is kept in view while it specialises: its picture, its formula and its weights change during training."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import new_page, open_page
from playground_page import TRAINING_MS, expect_status, playground_runs
from playwright.sync_api import Browser, Locator, expect
from processes import end_workers
from serving import AppServer, serve_app
from waiting import wait_until

from nn_core.runs import History, RunFolder


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    with serve_app(tmp_path, spare_worker=True) as served:
        yield served
        end_workers(served.runs_root)


def read_map(neuron: Locator) -> list[int]:
    pixels: list[int] = neuron.locator("canvas").first.evaluate(
        """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)"""
    )
    return pixels


def read_span(card: Locator) -> float:
    """The largest minus the smallest value of the neuron over the plane."""
    low, high = re.findall(r"−?\d+(?:\.\d+)?", card.locator(".range").inner_text().replace(",", ""))[:2]
    return float(high.replace("−", "-")) - float(low.replace("−", "-"))


def read_edits(run: RunFolder) -> list[tuple[float, str, float]]:
    history = History(run.metrics_file)
    history.update()
    return history.edits


def test_a_neuron_is_watched_while_it_specialises(browser: Browser, app: AppServer) -> None:
    with new_page(browser, {"width": 1280, "height": 720}) as page:
        open_page(page, f"{app.url}/playground?set=circles&hidden=4&rate=0.03&noise=0&points=300")
        network = page.locator(".network")
        expect(network).to_have_attribute("data-step", "0", timeout=TRAINING_MS)
        neurons = [page.get_by_role("button", name=f"Layer 1, neuron {number}", exact=True) for number in (1, 2, 3, 4)]
        at_start = [read_map(neuron) for neuron in neurons]
        neurons[0].press("Enter")
        card = page.get_by_role("dialog", name="Layer 1, neuron 1")
        span = read_span(card)

        page.locator(".st-key-start_training").get_by_role("button", name="Start").click()
        field = card.get_by_role("textbox", name="weight of x₁")  # weights can be set once a run trains
        weight = field.input_value()
        wait_until(lambda: field.input_value() != weight, "the weight moves in the open card")
        formula = card.locator(".formula").inner_text()
        wait_until(lambda: card.locator(".formula").inner_text() != formula, "and so does its formula")
        for typed in ("1e9", "1,5"):  # while the network trains on, the field waits for the user
            field.click()
            page.keyboard.press("Control+a")
            page.keyboard.type(typed, delay=150)
            page.keyboard.press("Enter")
            if typed == "1e9":
                expect(card.get_by_text("'1e9' is not possible")).to_be_visible()
        [run] = playground_runs(app)
        wait_until(
            lambda: [edit[2] for edit in read_edits(run)] == [1.5], "the number that was typed is set, and no other"
        )
        expect(page.get_by_text("Validation accuracy: 100.0 %")).to_be_visible(timeout=TRAINING_MS)
        expect(card).to_be_visible()
        page.locator(".st-key-start_training").get_by_role("button", name="Pause").click()
        expect_status(page, "paused")
        expect(network).to_have_attribute("data-step", str(run.status().step))

        maps = [read_map(neuron) for neuron in neurons]
        assert all(after != before for after, before in zip(maps, at_start, strict=True)), (
            "every neuron changed its picture"
        )
        assert len({tuple(pixels) for pixels in maps}) == len(maps), "and each watches for something else"
        assert read_span(card) > span
