"""Look inside one's own drawing: its feature maps with the arithmetic of a pixel, where it falls on the map, and the mistakes near it."""

import re
from collections.abc import Callable

import pytest
from browsing import wait_for_app
from journey import SEVEN, Journey
from playwright.sync_api import Locator, expect
from waiting import wait_until


def lasso(journey: Journey, chart: Locator) -> None:
    """Draw around the left two thirds of the chart."""
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box
    mouse = journey.page.mouse
    corners = [(0.02, 0.02), (0.66, 0.02), (0.66, 0.98), (0.02, 0.98), (0.02, 0.04)]
    for number, (x, y) in enumerate(corners):
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
        if number == 0:
            mouse.down()
    mouse.up()


def read_sums(maps: Locator) -> tuple[float, float]:
    """What the network computed for the chosen pixel, and what the browser adds up."""
    return float(maps.get_attribute("data-total") or "nan"), float(maps.get_attribute("data-computed") or "nan")


def test_look_inside_ones_own_drawing(start_journey: Callable[..., Journey]) -> None:
    journey = start_journey(at="/inside?card=feature-maps")
    journey.main.get_by_role("radio", name="Drawing").click()
    wait_for_app(journey.page)
    journey.draw(SEVEN)
    expect(journey.main.get_by_text("What the network sees")).to_be_visible()
    maps = journey.page.locator(".maps")
    sheet = maps.get_by_role("application", name="Feature maps")
    sheet.press("ArrowRight")
    expect(maps.locator(".chosen")).to_have_text(re.compile(r"^Map 2 of 32: "))
    output = maps.get_by_role("application", name="The chosen map, 12 × 12 pixels")
    before = maps.locator(".pixel").inner_text()
    output.press("ArrowLeft")
    expect(maps.locator(".pixel")).not_to_have_text(before)
    output.hover(position={"x": 40, "y": 40})
    expect(maps.locator(".sum")).to_have_text(re.compile(r"36 products add up to .*after BatchNorm2d: .*after ReLU: "))
    total, computed = read_sums(maps)
    assert computed == pytest.approx(total, abs=1e-5)
    maps.get_by_text("The largest products").click()
    expect(maps.get_by_role("row").nth(10)).to_be_visible()
    journey.picture("the arithmetic of a pixel")

    journey.press("open_map")
    expect(journey.main.get_by_text("The training pictures nearest to the example")).to_be_visible()
    wait_for_app(journey.page)
    nearest = journey.page.locator(".st-key-nearest").inner_text()
    assert nearest.count("7 · ") >= 6, "the drawing is kept, and its neighbours are sevens"
    journey.main.get_by_role("radio", name="Right or wrong").click()
    wait_for_app(journey.page)
    chart = journey.page.locator(".js-plotly-plot")
    wait_until(lambda: chart.locator(".nsewdrag").count() == 1, "the map is drawn")
    lasso(journey, chart)
    selected = journey.page.locator(".st-key-map_selected")
    expect(selected.get_by_role("img")).to_have_count(24)
    expect(journey.main.get_by_text(re.compile(r"^\d+ pictures, \d+ of them read wrongly\."))).to_be_visible()
    journey.picture("lasso")
    journey.see_no_error()
