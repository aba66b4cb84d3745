"""Drawing by keyboard: what keys put on the canvas, and in a browser the way from the first key to the corrected answer."""

from collections.abc import Iterator

import pytest
from browsing import open_page
from playwright.sync_api import Locator, Page, expect
from serving import AppServer, serve_app
from waiting import wait_until

from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.drawings import Drawing, Stroke
from nn_core.drawings.corrections import get_corrections_file, read_corrections
from nn_core.drawings.pins import read_pins
from nn_core.inference import load_network, predict_drawing
from nn_core.runs import get_shipped_run
from ui.components.keyboard_canvas import CELLS, smooth_steps
from ui.draw.canvas import PEN, SIZE

CELL = SIZE / CELLS
SEVEN_KEYS = ["ArrowRight"] * 7 + ["ArrowDown", "ArrowDown", "ArrowLeft"] * 4


def cells(*places: tuple[float, float]) -> Stroke:
    return tuple(((column + 0.5) * CELL, (row + 0.5) * CELL) for column, row in places)


SEVEN_CELLS = cells(
    *((column, 3) for column in range(3, 11)),
    *((10 - left, 3 + 2 * left + down) for left in range(4) for down in (0, 1, 2) if left or down),
)


# In a browser


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One server for all, with data of its own, in which a correction and a pin are stored."""
    folder = tmp_path_factory.mktemp("keys")
    with serve_app(folder, environment={"NN_LAB_DATA": str(folder / "data")}) as served:
        yield served


def open_pad(page: Page, app: AppServer) -> Locator:
    """The keyboard's drawing area, reached with Tab alone."""
    open_page(page, f"{app.url}/draw")
    expect(answer(page)).to_have_text("Draw a digit", timeout=60_000)
    page.locator(".st-key-draw_canvas canvas").last.wait_for()
    pad = page.get_by_role("application", name="Drawing area for the keyboard")
    pad.wait_for()
    for _press in range(60):
        page.keyboard.press("Tab")
        if has_focus(pad):
            return pad
    pytest.fail("Tab does not reach the drawing area")


def answer(page: Page) -> Locator:
    return page.locator(".st-key-prediction :is(h1, p)").first


def has_focus(element: Locator) -> bool:
    focused: bool = element.evaluate("element => element.getRootNode().activeElement === element")
    return focused


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def draw_seven(page: Page) -> None:
    press(page, *["ArrowUp"] * 4, *["ArrowLeft"] * 4, "Space", *SEVEN_KEYS[:-1], "Space")


def tab_to(page: Page, target: Locator, most: int = 25) -> None:
    for _press in range(most):
        if has_focus(target):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {target}")


def test_a_seven_drawn_by_keys_is_read_corrected_and_pinned(page: Page, app: AppServer) -> None:
    pad = open_pad(page, app)
    said = page.locator(".st-key-keyboard_canvas [role=status]")
    expect(said).to_have_text("column 8, row 8 of 14, 0 strokes")
    outline = pad.evaluate("pad => getComputedStyle(pad).outlineWidth")
    assert float(outline.removesuffix("px")) >= 2, "the focus is seen"
    draw_seven(page)
    expect(said).to_have_text("pen up, 1 stroke")
    expect(answer(page)).to_have_text("7")
    assert has_focus(pad), "the answer does not take the focus away"

    page.keyboard.press("Escape")
    expect(page.locator(".st-key-undo_stroke button")).to_be_focused()
    tab_to(page, page.locator("[class*=st-key-correct_] button").first)
    page.keyboard.press("Enter")
    one = page.locator(".st-key-this_is_1 button")
    one.wait_for()
    tab_to(page, one)
    page.keyboard.press("Enter")
    file = get_corrections_file(app.data_root)
    wait_until(lambda: file.exists() and len(read_corrections(file)) == 1, "the correction is stored")
    (correction,) = read_corrections(file)
    assert correction.label == "1"
    expected = Drawing(SIZE, PEN, (smooth_steps(SEVEN_CELLS),))
    (stroke,) = correction.drawing.strokes
    assert [value for point in stroke for value in point] == pytest.approx(
        [value for point in expected.strokes[0] for value in point], abs=0.01
    )
    shipped = get_shipped_run()
    assert shipped
    network = load_network(shipped, app.data_root)
    drawn, meant = predict_drawing(network, correction.drawing), predict_drawing(network, expected)
    assert drawn
    assert meant
    assert drawn.probabilities == pytest.approx(meant.probabilities, abs=1e-3)

    pin = page.locator("[class*=st-key-pin_drawing_] button").first
    pin.focus()
    page.keyboard.press("Enter")
    confirm = page.locator(".st-key-confirm_pin button")
    confirm.wait_for()
    tab_to(page, confirm)
    page.keyboard.press("Enter")
    wait_until(lambda: len(read_pins(app.data_root)) == 1, "the drawing is pinned")


def test_strokes_are_undone_and_cleared_by_keys_and_the_focus_stays(page: Page, app: AppServer) -> None:
    pad = open_pad(page, app)
    said = page.locator(".st-key-keyboard_canvas [role=status]")
    draw_seven(page)
    expect(answer(page)).to_have_text("7")
    press(page, "Space", *["ArrowUp"] * 3, "Backspace")
    expect(said).to_have_text("stroke removed, 1 stroke")  # the one that was begun
    expect(answer(page)).to_have_text("7")
    page.keyboard.press("Backspace")
    expect(answer(page)).to_have_text("Draw a digit")
    press(page, "Space", *["ArrowUp"] * 5, "Space", "ArrowRight", "Space", "ArrowRight", "Space")
    expect(said).to_have_text("pen up, 2 strokes")
    expect(answer(page)).not_to_have_text("Draw a digit")
    page.keyboard.press("Delete")
    expect(answer(page)).to_have_text("Draw a digit")
    expect(said).to_have_text("cleared")
    assert has_focus(pad)
    press(page, *["ArrowUp"] * 20)
    expect(said).to_have_text("edge")

    undo, clear = (page.locator(f".st-key-{key} button") for key in ("undo_stroke", "clear_canvas"))
    draw_one = ["ArrowDown", "ArrowDown", "Space", *["ArrowDown"] * 9, "Space"]
    press(page, *draw_one)
    expect(answer(page)).to_have_text("1")
    press(page, "Escape", "Enter")
    expect(answer(page)).to_have_text("Draw a digit")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")  # nothing left to undo
    expect(answer(page)).to_have_text("Draw a digit")
    page.keyboard.press("Shift+Tab")
    assert has_focus(pad)
    press(page, "Space", *["ArrowUp"] * 9)
    press(page, "Tab", "Tab")  # leaving lifts the pen
    expect(answer(page)).to_have_text("1")
    expect(clear).to_be_focused()
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text("Draw a digit")
    expect(clear).to_be_focused()


def test_two_arrow_keys_held_draw_a_slope(page: Page, app: AppServer) -> None:
    open_pad(page, app)
    said = page.locator(".st-key-keyboard_canvas [role=status]")
    page.keyboard.down("ArrowRight")
    expect(said).to_have_text("9, 8")
    page.keyboard.down("ArrowDown")
    expect(said).to_have_text("10, 9")
    page.keyboard.up("ArrowRight")
    page.keyboard.down("ArrowDown")
    expect(said).to_have_text("10, 10")
    page.keyboard.up("ArrowDown")
    press(page, "Home", "PageUp", "Space", "End")
    expect(said).to_have_text("9, 9 drawn")


def test_a_drawn_example_can_be_loaded_instead_of_drawing(page: Page, app: AppServer) -> None:
    open_pad(page, app)
    page.keyboard.press("Escape")
    opener = page.locator(".st-key-test_digits summary")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    four = page.locator(".st-key-test_digit_4 button")
    four.wait_for()
    tab_to(page, four)
    shipped = get_shipped_run()
    assert shipped
    network = load_network(shipped, app.data_root)
    for drawing in read_pen_test_drawings()["4"][:2]:  # another one each time
        page.keyboard.press("Enter")
        expected = predict_drawing(network, drawing)
        assert expected
        assert expected.label == "4"
        expect(answer(page)).to_have_text("4", timeout=20_000)
        share = f"{100 * expected.probabilities['4']:.1f}"
        if not share.startswith("100"):
            expect(page.locator(".st-key-prediction_bars .best .percent")).to_contain_text(share)
    expect(four).to_be_focused()
