"""The answer follows the pen: in the browser while it is down, without the server, and the server's answer when it is lifted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import pen_down, wait_for_app
from journey import ONE, SEVEN, Journey
from many_classes import HOSTILE
from playwright.sync_api import Locator, Page, expect
from untrained_runs import untrained_run

from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.data.custom.drawings import OWN_DRAWINGS
from nn_core.drawings.corrections import get_corrections_file, store_correction
from nn_core.runs import RunFolder

LOADED = """() => performance.getEntriesByType("resource").filter((it) => it.name.includes("/nn-lab/network/"))
  .map((it) => it.transferSize)"""


class Answer:
    """What the page shows of the answer; the browser's while the pen is down."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sent: list[object] = []  # messages to the server
        page.on("websocket", lambda socket: socket.on("framesent", lambda message: self.sent.append(message)))
        self.server = page.locator(".st-key-prediction p").first
        self.live = page.locator(".st-key-prediction_live_label b")
        self.best = page.locator(".st-key-prediction_bars .best .label")
        self.note = page.locator(".st-key-prediction_pen_reader .note")

    def wait_until_loaded(self) -> None:
        expect(self.note).to_have_attribute("data-state", "ready", timeout=60_000)
        expect(self.note).to_contain_text("While you draw: one view, read in your browser.")
        wait_for_app(self.page)

    def read_pixels(self) -> list[int]:
        pixels: list[int] = self.page.locator(".st-key-prediction_live_input canvas").evaluate(
            "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0)"
        )
        assert len(pixels) == 28 * 28
        return pixels

    def find_places(self) -> list[object]:
        """Where the parts of the page are that could jump."""
        keys = ("draw_canvas", "prediction_live_input", "prediction_bars", "prediction_pen_reader")
        return [self.page.locator(f".st-key-{key}").first.bounding_box() for key in keys]


def make_hostile_run(folder: Path) -> RunFolder:
    """A run whose classes have names that are no plain words, on drawings with these labels."""
    digits = read_pen_test_drawings(2)
    (folder / "data").mkdir()
    for name, drawings in zip(HOSTILE, digits.values(), strict=False):
        for drawing in drawings:
            store_correction(name, drawing, get_corrections_file(folder / "data"))
    return untrained_run(folder / "runs", "simple_net", f"data.name={OWN_DRAWINGS}", name="hostile")


def test_the_answer_follows_the_pen(
    start_journey: Callable[..., Journey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    hostile = make_hostile_run(tmp_path)
    journey = start_journey(at=None)
    page = journey.page
    answer = Answer(page)
    journey.open("/draw?run=pretrained-digits")
    answer.wait_until_loaded()
    empty = answer.find_places()
    assert max(answer.read_pixels()) == 0

    # One stroke, in two halves.
    sent = len(answer.sent)
    (stroke,) = SEVEN
    with pen_down(page, stroke[:3]) as move:
        expect(answer.live).to_be_visible()
        half = answer.read_pixels()
        assert max(half) > 200
        move(stroke[3:])
        expect(answer.live).to_have_text("7")
        expect(answer.best).to_have_text("7")
        expect(page.locator(".st-key-prediction")).to_contain_text("sure, in one view")
        live = answer.read_pixels()
        assert live != half
        assert answer.find_places() == empty, "nothing moves"
        assert len(answer.sent) == sent, "the server hears nothing while the pen is down"
        journey.picture("while the pen is down")
    expect(answer.server).to_have_text("7")
    expect(answer.live).to_be_hidden()
    expect(answer.best).to_have_text("7")
    wait_for_app(page)
    assert len(answer.sent) > sent
    assert max(abs(first - second) for first, second in zip(live, answer.read_pixels(), strict=True)) <= 1
    assert answer.find_places() == empty, "nothing moves"
    journey.picture("lifted")

    # A second digit beside it is read alone, then both.
    with pen_down(page, [(x + 110, y) for x, y in ONE[0]]):
        expect(answer.live).to_have_text("1")
    expect(answer.server).to_have_text("71")
    expect(answer.live).to_be_hidden()
    journey.press("clear_canvas")
    expect(answer.server).to_have_text("Draw a digit")
    assert max(answer.read_pixels()) == 0

    # By keyboard.
    pad = page.get_by_role("application", name="Drawing area for the keyboard")
    pad.focus()
    sent = len(answer.sent)
    for key in [*["ArrowUp"] * 5, "Space", *["ArrowDown"] * 10]:
        page.keyboard.press(key)
    expect(answer.live).to_have_text("1")
    assert len(answer.sent) == sent
    page.keyboard.press("Space")
    expect(answer.server).to_have_text("1")
    expect(answer.live).to_be_hidden()
    journey.press("clear_canvas")

    # Another network, whose classes are no markup, and back.
    journey.choose_labelled("Network", hostile.name)
    answer.wait_until_loaded()
    with pen_down(page, stroke):
        expect(answer.live).to_be_visible()
        assert answer.live.text_content() in HOSTILE
        box = answer.live.bounding_box()
        assert box
        assert box["height"] < 120, "a long name covers nothing else"
        check_rows(page.locator(".st-key-prediction_bars .row"))
        journey.picture("hostile names")
    expect(answer.live).to_be_hidden()
    journey.press("clear_canvas")
    loaded = len(page.evaluate(LOADED))
    journey.choose_labelled("Network", "pretrained-digits")
    answer.wait_until_loaded()
    assert len(page.evaluate(LOADED)) == loaded, "the browser has it already"
    with pen_down(page, stroke):
        expect(answer.live).to_have_text("7")

    journey.reload()
    answer.wait_until_loaded()
    assert page.evaluate(LOADED) == [0, 0], "network and script come from the browser's cache"
    with pen_down(page, stroke):
        expect(answer.live).to_have_text("7")
    expect(answer.server).to_have_text("7")
    journey.see_no_error()


def check_rows(rows: Locator) -> None:
    expect(rows).to_have_count(len(HOSTILE))
    assert sorted(rows.locator(".label").all_text_contents()) == sorted(HOSTILE)
    expect(rows.locator("b")).to_have_count(0)
