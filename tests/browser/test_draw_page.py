"""The Draw page under real hands: strokes of the tuning people with the mouse and by touch, Undo, Clear, and other networks."""

import gzip
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, draw_strokes, new_page, open_page, wait_for_app
from pen_digits import PEN_DIGITS
from playwright.sync_api import Browser, Locator, Page, expect
from serving import AppServer, serve_app
from waiting import wait_until

from nn_core.drawings import Drawing
from nn_core.inference import load_network, predict_drawing
from nn_core.runs import RunFolder, get_shipped_run
from ui.draw.canvas import PEN, SIZE

BOX = 500  # of the tablet, in the unit of the strokes
CERTAIN = 0.9  # the rounding of a pixel does not change an answer above this confidence
SCRIBBLE = [(x, y) for x in range(40, 250, 14) for y in ((40, 240) if x % 28 else (240, 40))]


def line(*corners: tuple[int, int]) -> list[tuple[float, float]]:
    """Points close together, of which a busy browser may skip some."""
    points = []
    for (x, y), (next_x, next_y) in itertools.pairwise(corners):
        points += [(x + (next_x - x) * step / 16, y + (next_y - y) * step / 16) for step in range(17)]
    return points


SEVEN = line((70, 60), (210, 60), (120, 240))
ONE = line((140, 40), (140, 240))
BAR = line((110, 150), (200, 150))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One server for all: nothing here changes what is on it."""
    with serve_app(tmp_path_factory.mktemp("draw")) as served:
        yield served


def real_drawings(count: int) -> list[tuple[str, Drawing]]:
    """Of each digit equally many, as they lie on the canvas when the tablet's box fills it."""
    by_label: dict[str, list[Drawing]] = {}
    with gzip.open(PEN_DIGITS, "rt") as file:
        for line in itertools.islice(file, 400):
            content = json.loads(line)
            strokes = tuple(
                tuple((float(round(x * SIZE / BOX)), float(round(y * SIZE / BOX))) for x, y in stroke)
                for stroke in content["strokes"]
            )
            by_label.setdefault(str(content["label"]), []).append(Drawing(SIZE, PEN, strokes))
    return [(label, drawing) for label in sorted(by_label) for drawing in by_label[label][: count // 10]]


def open_canvas(page: Page, app: AppServer, address: str = "draw") -> Locator:
    """The answer on the page, once it waits for a drawing."""
    open_page(page, f"{app.url}/{address}")
    answer = page.locator(".st-key-prediction p").first
    expect(answer).to_have_text("Draw a digit", timeout=60_000)
    page.locator(".st-key-draw_canvas canvas").last.wait_for()
    return answer


def press(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} button").click()


def ink(page: Page) -> int:
    """White pixels on the canvas."""
    count: int = (
        page.locator(".st-key-draw_canvas canvas")
        .nth(1)
        .evaluate(
            "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
            ".filter((value, place) => place % 4 === 0 && value > 128).length"
        )
    )
    return count


def scrolled(page: Page) -> float:
    place: float = page.evaluate("scrollY + document.querySelector('[data-testid=stMain]').scrollTop")
    return place


@pytest.mark.skipif(not PEN_DIGITS.exists(), reason=f"real pen drawings are not at {PEN_DIGITS}")
@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_real_strokes_are_read_as_the_engine_reads_them(browser: Browser, app: AppServer, touch: bool) -> None:
    run = get_shipped_run()
    assert run
    network = load_network(run, app.data_root)
    right = 0
    drawings = real_drawings(10)
    with new_page(browser, PHONE if touch else DESKTOP, touch=touch) as page:
        answer = open_canvas(page, app)
        for label, drawing in drawings:
            expected = predict_drawing(network, drawing)
            assert expected
            if expected.is_out_of_distribution or expected.probabilities[expected.label] < CERTAIN:
                continue
            draw_strokes(page, drawing.strokes, touch=touch)
            expect(answer).to_have_text(expected.label)
            right += expected.label == label
            assert scrolled(page) == 0
            press(page, "clear_canvas")
            expect(answer).to_have_text("Draw a digit")
    assert right >= 0.8 * len(drawings)


def test_undo_takes_back_stroke_after_stroke_and_clear_everything(page: Page, app: AppServer) -> None:
    answer = open_canvas(page, app)
    press(page, "undo_stroke")  # of nothing
    draw_strokes(page, [ONE])
    expect(answer).to_have_text("1")
    one = ink(page)
    assert one > 0
    press(page, "undo_stroke")
    expect(answer).to_have_text("Draw a digit")
    wait_until(lambda: ink(page) == 0, "the picture is empty too")

    draw_strokes(page, [SEVEN])
    expect(answer).to_have_text("7")
    seven = ink(page)
    draw_strokes(page, [BAR])
    wait_until(lambda: ink(page) > seven, "the bar is drawn")
    press(page, "undo_stroke")
    wait_until(lambda: ink(page) == seven, "only the bar is gone")
    expect(answer).to_have_text("7")
    press(page, "undo_stroke")
    expect(answer).to_have_text("Draw a digit")
    draw_strokes(page, [ONE])  # the very first stroke again, which the canvas showed before
    expect(answer).to_have_text("1")
    assert ink(page) == pytest.approx(one, rel=0.02)

    draw_strokes(page, [BAR])
    wait_until(lambda: ink(page) > one, "the bar is drawn")
    press(page, "clear_canvas")
    expect(answer).to_have_text("Draw a digit")
    wait_until(lambda: ink(page) == 0, "the picture is empty too")
    draw_strokes(page, [SEVEN])
    expect(answer).to_have_text("7")
    assert ink(page) == pytest.approx(seven, rel=0.02), "nothing returned of what was there before"


def test_a_drawing_outlives_a_visit_to_another_page(page: Page, app: AppServer) -> None:
    answer = open_canvas(page, app)
    draw_strokes(page, [SEVEN])
    expect(answer).to_have_text("7")
    seven = ink(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Runs").click()
    expect(page.locator("h1").first).to_have_text("Runs")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Draw").click()
    expect(answer).to_have_text("7")
    wait_until(lambda: ink(page) == seven, "the picture is there again")


def test_a_phone_shows_canvas_answer_and_buttons_at_once_and_they_stay_in_place(
    browser: Browser, app: AppServer
) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        answer = open_canvas(page, app)
        canvas = page.locator(".st-key-draw_canvas canvas").last
        before = canvas.bounding_box()
        assert before
        draw_strokes(page, [SEVEN], touch=True)
        expect(answer).to_have_text("7")
        assert canvas.bounding_box() == before
        for place in (answer, *(page.locator(f".st-key-{key} button") for key in ("undo_stroke", "clear_canvas"))):
            box = place.bounding_box()
            assert box
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= PHONE["height"]
            assert box["height"] >= 44
        press(page, "clear_canvas")
        expect(answer).to_have_text("Draw a digit")
        draw_strokes(page, [SCRIBBLE], touch=True)
        expect(answer).to_have_text("This does not look like a digit")
        assert canvas.bounding_box() == before


def test_a_shape_is_read_the_same_at_each_width_of_a_phone(browser: Browser, app: AppServer) -> None:
    answers = []
    for width, height in ((390, 844), (320, 568)):
        with new_page(browser, {"width": width, "height": height}, touch=True) as page:
            answer = open_canvas(page, app)
            canvas = page.locator(".st-key-draw_canvas canvas").last
            box = canvas.bounding_box()
            assert box
            assert (box["x"], box["width"], box["height"]) == (16, width - 32, width - 32)
            draw_strokes(page, [SEVEN], touch=True)
            expect(answer).to_have_text("7")
            answers.append(page.locator(".st-key-prediction").inner_text())
            page.set_viewport_size({"width": height, "height": width})  # turned, before the second stroke
            draw_strokes(page, [BAR], touch=True)
            wait_for_app(page)
            expected = predict_drawing(
                load_network(get_shipped_run(), app.data_root), Drawing(SIZE, PEN, (tuple(SEVEN), tuple(BAR)))
            )
            assert expected
            expect(answer).to_have_text(expected.label)
            page.set_viewport_size({"width": width, "height": height})
            expect(canvas).to_have_css("width", f"{width - 32}px")
    assert answers[0] == answers[1]


def test_a_finger_scrolls_above_the_canvas_but_not_on_it(browser: Browser, app: AppServer) -> None:
    with new_page(browser, {"width": 390, "height": 500}, touch=True) as page:
        answer = open_canvas(page, app)
        upwards = [(260, y) for y in range(250, 20, -10)]
        draw_strokes(page, [upwards], touch=True)
        expect(answer).to_have_text("1")
        at = scrolled(page)
        draw_strokes(page, [upwards], touch=True)
        assert scrolled(page) == at
        draw_strokes(page, [[(140, y) for y in range(-5, -55, -5)]], touch=True)
        wait_until(lambda: scrolled(page) > at, "the page scrolls under a finger above the canvas")


def test_the_answer_follows_a_finger(browser: Browser, app: AppServer) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        answer = open_canvas(page, app)
        expect(page.locator(".st-key-prediction_pen_reader [data-state=ready]")).to_be_visible(timeout=60_000)
        page.evaluate("""() => document.addEventListener("nn-lab-live-answer", ({ detail }) => {
          if (detail.answer) window.lastLabel = detail.answer.label;
        })""")
        draw_strokes(page, [SEVEN], touch=True)
        assert page.evaluate("window.lastLabel") == "7"
        expect(answer).to_have_text("7")
        expect(page.locator(".st-key-prediction_live_label b")).to_be_hidden()


def test_a_stroke_may_begin_in_any_corner(browser: Browser, app: AppServer) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        answer = open_canvas(page, app)
        for x, y in ((5, 5), (275, 5), (5, 275), (275, 275)):
            draw_strokes(page, [line((x, y), (140, 140))], touch=True)
            expect(answer).not_to_have_text("Draw a digit")
            press(page, "clear_canvas")
            expect(answer).to_have_text("Draw a digit")


def test_other_networks_read_the_same_drawing(browser: Browser, tmp_path: Path, finished_run: RunFolder) -> None:
    with serve_app(tmp_path) as app, new_page(browser) as page:
        shutil.copytree(finished_run.path, app.runs_root / "small")
        damaged = shutil.copytree(finished_run.path, app.runs_root / "damaged")
        for weights in damaged.glob("*.safetensors"):
            weights.write_bytes(b"nothing")
        shipped = get_shipped_run()
        assert shipped
        answer = open_canvas(page, app, f"draw?run={shipped.name}&beside=small&beside=damaged")
        draw_strokes(page, [SEVEN])
        expect(answer).to_have_text("7")
        page.get_by_text("Other networks", exact=True).click()
        cards = page.locator(".st-key-look_cards")
        expect(cards.locator("[class*=st-key-answer_beside_] p")).to_have_count(1)
        expect(cards).to_contain_text("Run 'damaged' has a damaged file")
        expected = predict_drawing(load_network(finished_run, app.data_root), Drawing(SIZE, PEN, (tuple(SEVEN),)))
        assert expected
        expect(cards.locator("[class*=st-key-answer_beside_] p")).to_have_text(expected.label)

        press(page, "clear_canvas")
        expect(cards).to_have_count(0)
        draw_strokes(page, [ONE])
        expect(cards).to_contain_text("Run 'damaged' has a damaged file")  # still open, with the same networks
