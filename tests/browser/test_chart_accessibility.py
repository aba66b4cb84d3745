"""The live chart and the probability bars without a mouse, without seeing them, without colours and in little room."""

import math
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from browsing import new_page
from chart_app import App, chart, expect_points, open_app, served_charts
from color_contrast import contrast, mixed, rgb_of
from playwright.sync_api import Browser, Locator, Page, expect
from processes import ROOT

SHARES = {"0": 0.02, "7": 0.91, "9": 0.07}
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
SCHEMES: Any = ["light", "dark"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with served_charts(tmp_path_factory.mktemp("chart_access")) as served:
        yield served


def loss(step: int) -> float:
    """What the page of `chart_app` shows at that step."""
    return 2.3 * math.exp(-step / 700) * (1 + 0.2 * math.sin(step * 1.7)) + 0.05


def validation_loss(epoch: int) -> str:
    return f"{loss(100 * epoch) * 1.1:.4f}"


def validation_accuracy(epoch: int) -> str:
    return f"{100 * (1 - loss(100 * epoch) / 2.9):.1f}\u00a0%"


def plot(page: Page, name: str = "Loss") -> Locator:
    return page.get_by_role("application", name=re.compile(f"^{name}: "))


def reading(page: Page) -> Locator:
    return plot(page).get_by_role("status")


def test_arrow_keys_read_the_points_of_each_curve(page: Page, app: App) -> None:
    app.tell(1_200, epochs=12)
    open_app(page, app, 1_200)
    page.get_by_role("checkbox", name="show").focus()
    page.keyboard.press("Tab")
    expect(plot(page)).to_be_focused()
    expect(plot(page)).to_contain_text("move along the points")
    page.keyboard.press("End")
    expect(reading(page)).to_have_text(re.compile(r"^Training, epoch 12: 0\.\d{4}$"))
    page.keyboard.press("ArrowDown")
    expect(reading(page)).to_have_text(f"Validation, epoch 12: {validation_loss(12)}")
    page.keyboard.press("ArrowLeft")
    expect(reading(page)).to_have_text(f"Validation, epoch 11: {validation_loss(11)}")
    page.keyboard.press("Home")
    expect(reading(page)).to_have_text(f"Validation, epoch 1: {validation_loss(1)}")
    page.keyboard.press("ArrowLeft")
    expect(reading(page)).to_have_text(f"Validation, epoch 1: {validation_loss(1)}")
    page.keyboard.press("PageUp")
    expect(reading(page)).to_have_text(f"Validation, epoch 3: {validation_loss(3)}")
    legend = page.locator(".card.loss .legend .entry").nth(1)
    expect(legend).to_have_text(f"Validation{validation_loss(3)}")
    expect(legend).to_have_class(re.compile("read"))
    page.keyboard.press("ArrowUp")
    expect(reading(page)).to_have_text(re.compile(r"^Training, epoch 3: "))
    page.keyboard.press("Escape")
    expect(reading(page)).to_be_empty()
    expect(legend).to_have_text(f"Validation{validation_loss(12)}")


def test_what_is_read_stays_while_points_arrive_and_is_not_said_again(page: Page, app: App) -> None:
    app.tell(1_200, epochs=30)
    open_app(page, app, 1_200)
    plot(page).focus()
    for key in ("Home", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    told = f"Validation, epoch 2: {validation_loss(2)}"
    expect(reading(page)).to_have_text(told)
    reading(page).evaluate(
        "said => { said.changes = 0; new MutationObserver(() => (said.changes += 1)).observe(said, {childList: true}); }"
    )
    app.tell(1_800, epochs=40)
    expect_points(page, 1_800)
    expect(reading(page)).to_have_text(told)
    assert reading(page).evaluate("said => said.changes") == 0
    expect(page.locator(".card.loss .legend .entry").nth(1)).to_have_text(f"Validation{validation_loss(2)}")


def test_buttons_and_keys_zoom_and_pan_all_charts(page: Page, app: App) -> None:
    app.tell(1_200, epochs=12)
    open_app(page, app, 1_200)
    bar = page.get_by_role("group", name="Zoom of the curves")
    shown = bar.get_by_role("status")

    def press(name: str) -> None:
        bar.get_by_role("button", name=name, exact=True).press("Enter")

    for button in bar.get_by_role("button").all():
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
    expect(bar.get_by_role("button", name="Zoom out")).to_have_attribute("aria-disabled", "true")
    press("Zoom in")
    expect(shown).to_have_text("Epochs 3 to 9")
    press("Later epochs")
    press("Later epochs")
    expect(shown).to_have_text("Epochs 6 to 12")
    later = bar.get_by_role("button", name="Later epochs")
    expect(later).to_have_attribute("aria-disabled", "true")
    expect(later).to_be_focused()
    press("Earlier epochs")
    press("Zoom in")
    expect(shown).to_have_text("Epochs 4.50 to 7.50")
    press("Zoom out")
    expect(shown).to_have_text("Epochs 3 to 9")
    press("Reset zoom")
    expect(shown).to_have_text("All epochs")
    expect(chart(page)).to_have_attribute("data-zoomed", "false")
    plot(page, "Accuracy").focus()
    page.keyboard.press("End")
    page.keyboard.press("+")
    expect(shown).to_have_text("Epochs 6 to 12")
    page.keyboard.press("Home")
    said = plot(page, "Accuracy").get_by_role("status")
    expect(said).to_have_text(re.compile(r"^Training, epoch 0\.01: \d+\.\d\s%$"))
    expect(shown).to_have_text("Epochs 0 to 6")
    page.keyboard.press("-")
    expect(chart(page)).to_have_attribute("data-zoomed", "false")


def test_the_course_of_training_is_described_in_sentences_and_a_short_table(page: Page, app: App) -> None:
    app.tell(3_000, epochs=60, pinned=["<b>my 7</b>"])
    open_app(page, app, 3_000)
    about = plot(page, "Accuracy").evaluate(
        "plot => plot.getAttribute('aria-describedby').split(' ').map(id => plot.getRootNode().getElementById(id).textContent).join(' ')"
    )
    rose = (
        f"Validation accuracy rose from {validation_accuracy(1)} (epoch 1) to {validation_accuracy(30)} (epoch 30). "
        f"Best: {validation_accuracy(30)} at epoch 30."
    )
    assert rose in about
    assert "Arrow keys" in about
    course = page.locator(".live-chart .course")
    assert course.locator("tbody tr").count() == 0, "filled while it is closed"
    course.locator("summary").press("Enter")
    expect(course.get_by_role("listitem").filter(has_text="Validation accuracy")).to_have_text(rose)
    table = course.get_by_role("table", name="Loss and accuracy by epoch")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Epoch", "Training loss", "Validation loss", "Training accuracy", "Validation accuracy"]
    )
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(20)
    epochs = [int(text) for text in table.get_by_role("rowheader").all_inner_texts()]
    assert (epochs[0], epochs[-1]) == (1, 30)
    assert {after - before for before, after in pairwise(epochs)} == {1, 2}
    for row, epoch in zip(rows.all(), epochs, strict=True):
        cells = row.get_by_role("cell").all_inner_texts()
        assert (cells[1], cells[3]) == (validation_loss(epoch), validation_accuracy(epoch))
    pinned = course.get_by_role("table", name="My pinned drawings")
    expect(pinned.get_by_role("columnheader")).to_have_text(["Epoch", "<b>my 7</b>"])
    app.tell(3_200, epochs=60, pinned=["<b>my 7</b>"])
    expect(table.get_by_role("rowheader").last).to_have_text("32")
    expect(rows).to_have_count(20)
    app.tell(3_200, epochs=60, run="without", accuracy=False)
    expect(table.get_by_role("columnheader")).to_have_text(["Epoch", "Training loss", "Validation loss"])
    expect(pinned).to_be_hidden()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_lines_bars_text_and_focus_stand_out_in_both_themes(page: Page, app: App, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    app.tell(1_200, epochs=12, pinned=[f"pin {number}" for number in range(8)], probabilities=SHARES)
    open_app(page, app, 1_200)
    ground = rgb_of(THEMES[scheme]["backgroundColor"])

    def style(locator: Locator, name: str) -> str:
        found: str = locator.evaluate("(node, name) => getComputedStyle(node)[name]", name)
        return found

    assert rgb_of(style(page.locator(".card.loss"), "backgroundColor")) == ground
    strokes = page.locator(".legend .swatch path:first-child").evaluate_all(
        "paths => paths.map(path => getComputedStyle(path).stroke)"
    )
    assert len(strokes) == 12
    for stroke in strokes:
        assert contrast(rgb_of(stroke), ground) >= 3, f"a line, {stroke}"
    # The line of every measured step is the one colour of the canvas that is in no legend and covers much.
    pixels: dict[str, int] = page.locator(".card.loss canvas").evaluate(
        """canvas => {
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const counts = {};
            for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] < 255) continue;
                const colour = `rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`;
                counts[colour] = (counts[colour] ?? 0) + 1;
            }
            return counts;
        }"""
    )
    training = strokes[0]
    hue = rgb_of(training)
    raw = max(
        (color for color in pixels if color not in strokes and _between(rgb_of(color), hue, ground)),
        key=pixels.__getitem__,
    )
    assert pixels[raw] > 200, "the raw curve is drawn"
    assert contrast(rgb_of(raw), ground) >= 3, f"the raw curve, {raw}"

    likeliest, other = page.locator(".row.best .bar span"), page.locator(".row:not(.best) .bar span").first
    track = style(page.locator(".bar").first, "backgroundColor")
    covered = float(re.findall(r"[\d.]+", track)[-1])
    behind = mixed(ground, rgb_of(track), covered)
    for bar in (likeliest, other):
        assert contrast(rgb_of(style(bar, "backgroundColor")), behind) >= 3
    for words in (".percent", ".card.loss .label", ".card.loss .hint"):
        color = style(page.locator(words).first, "color")
        opacity = float(re.findall(r"[\d.]+", color)[3]) if "/" in color or "rgba" in color else 1.0
        assert contrast(mixed(ground, rgb_of(color), opacity), ground) >= 4.5, words
    for focused in (plot(page), page.locator(".zoom .zoomIn"), page.locator(".course summary")):
        focused.focus()
        page.keyboard.press("Shift")  # from here on the keyboard is in use, and the focus is shown
        assert style(focused, "outlineStyle") == "solid"
        assert style(focused, "outlineWidth") == "2px"
        assert contrast(rgb_of(style(focused, "outlineColor")), ground) >= 3


def _between(color: tuple[float, ...], one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether the colour is a mixture of the two, and neither of them."""
    spans = [
        (part - low, high - low) for part, low, high in zip(color, one, other, strict=True) if abs(high - low) > 40
    ]
    shares = [done / whole for done, whole in spans]
    return bool(shares) and min(shares) > 0.05 and max(shares) < 0.95 and max(shares) - min(shares) < 0.03


def test_with_forced_colours_lines_and_bars_stay(page: Page, app: App) -> None:
    page.emulate_media(forced_colors="active", color_scheme="dark")
    app.tell(1_200, epochs=12, pinned=["one", "two"], probabilities=SHARES)
    open_app(page, app, 1_200)
    ground = rgb_of(page.locator(".card.loss").evaluate("node => getComputedStyle(node).backgroundColor"))
    strokes = page.locator(".legend .swatch path:first-child").evaluate_all(
        "paths => paths.map(path => getComputedStyle(path).stroke)"
    )
    bars = page.locator(".row .bar span").evaluate_all("bars => bars.map(bar => getComputedStyle(bar).backgroundColor)")
    assert len(strokes) == 6
    assert len(bars) == 3
    for color in (*strokes, *bars):
        assert contrast(rgb_of(color), ground) >= 3
    page.emulate_media(forced_colors="none", color_scheme="dark")
    expect(page.locator(".legend .swatch path").first).not_to_have_attribute("stroke", strokes[0])


def test_in_320_pixels_nothing_is_cut_off(browser: Browser, app: App) -> None:
    app.tell(1_200, epochs=12, pinned=["a rather long name of a drawing"], probabilities=SHARES)
    with new_page(browser, {"width": 320, "height": 640}) as page:
        open_app(page, app, 1_200)
        page.locator(".zoom .zoomIn").click()
        page.locator(".course summary").click()
        beyond = page.locator(".live-chart *:not(.scroller *):not(.quiet), .bars *:not(.quiet)").evaluate_all(
            "nodes => nodes.filter(node => node.getBoundingClientRect().right > innerWidth).map(node => node.className)"
        )
        assert beyond == []
        # The table is wider, and its own frame scrolls, by keyboard too.
        expect(page.get_by_role("region", name="Curves as text and table")).to_have_attribute("tabindex", "0")


def test_reduced_motion_stops_all_animation(page: Page, app: App) -> None:
    page.emulate_media(reduced_motion="reduce")
    app.tell(200, probabilities=SHARES)
    open_app(page, app, 200)
    for moving in (".bar span", ".hint"):
        assert page.locator(moving).first.evaluate("node => getComputedStyle(node).transitionDuration") == "0s"
