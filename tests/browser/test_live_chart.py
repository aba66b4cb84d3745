"""The live chart and the probability bars: what is sent (plainly), and what a real browser makes of it."""

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import PHONE, new_page
from chart_app import App, chart, expect_points, open_app, served_charts
from playwright.sync_api import Browser, Page, expect
from waiting import wait_until

from ui.components.live_chart.batches import FULL_POINTS, TICK_POINTS

TICK_BYTES = 15 * 1024


# What a browser makes of it


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with served_charts(tmp_path_factory.mktemp("live_chart")) as served:
        yield served


def drag(page: Page) -> None:
    """Selects the middle of the loss chart with the mouse."""
    box = page.locator(".u-over").first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.1, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, y, steps=4)
    page.mouse.up()


def test_points_arrive_and_grow(page: Page, app: App) -> None:
    app.tell(0)
    open_app(page, app, 0)
    expect(page.get_by_text("Waiting for the first point …").first).to_be_visible()
    app.tell(250)
    expect_points(page, 250)
    expect(page.get_by_text("Waiting for the first point …").first).to_be_hidden()
    expect(chart(page)).to_have_attribute("data-points", "250")
    expect(chart(page)).to_have_attribute("data-validation-points", "2")
    app.tell(420)
    expect_points(page, 420)
    expect(chart(page)).to_have_attribute("data-points", "420")
    label = re.compile(r"^Loss: Epoch 4\.20, Training 1\.\d+, Validation 1\.\d+$")
    expect(page.locator(".plot").first).to_have_attribute("aria-label", label)


def test_zoom_is_kept_while_points_arrive_and_can_be_reset(page: Page, app: App) -> None:
    app.tell(3_000)
    open_app(page, app, 3_000)
    expect(chart(page)).to_have_attribute("data-zoomed", "false")
    drag(page)
    expect(chart(page)).to_have_attribute("data-zoomed", "true")
    canvas = page.locator("canvas").first
    canvas.evaluate("canvas => (canvas.mark = 'first')")
    for points in (3_100, 3_200, 3_300):
        app.tell(points)
        expect_points(page, points)
        expect(chart(page)).to_have_attribute("data-zoomed", "true")
    assert canvas.evaluate("canvas => canvas.mark") == "first", "the chart was built anew"
    page.get_by_role("button", name="Reset zoom").click()
    expect(chart(page)).to_have_attribute("data-zoomed", "false")
    drag(page)
    expect(chart(page)).to_have_attribute("data-zoomed", "true")
    page.locator(".u-over").first.dblclick()
    expect(chart(page)).to_have_attribute("data-zoomed", "false")


def test_a_finger_zooms(browser: Browser, app: App) -> None:
    app.tell(3_000)
    with new_page(browser, PHONE, touch=True) as page:
        open_app(page, app, 3_000)
        plot = page.locator(".u-over").first
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        fingers = page.context.new_cdp_session(page)

        def touch(kind: str, *shares: float, box: Any = box, fingers: Any = fingers) -> None:
            y = box["y"] + box["height"] / 2
            points = [{"x": box["x"] + box["width"] * share, "y": y, "id": i} for i, share in enumerate(shares)]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 0.1)
        for share in (0.15, 0.2, 0.3, 0.4):
            touch("touchMove", share)
        touch("touchEnd")
        expect(chart(page)).to_have_attribute("data-zoomed", "true")
        page.get_by_role("button", name="Reset zoom").click()
        expect(chart(page)).to_have_attribute("data-zoomed", "false")
        touch("touchStart", 0.4)
        touch("touchStart", 0.4, 0.6)
        for spread in (0.15, 0.2, 0.25):
            touch("touchMove", 0.5 - spread, 0.5 + spread)
        touch("touchEnd")
        expect(chart(page)).to_have_attribute("data-zoomed", "true")


def test_a_reload_brings_everything(page: Page, app: App) -> None:
    app.tell(5_000)
    open_app(page, app, 5_000)
    app.tell(5_100)
    expect_points(page, 5_100)
    page.reload()
    expect_points(page, 5_100)
    held = int(chart(page).get_attribute("data-points") or 0)
    assert FULL_POINTS / 2 < held <= FULL_POINTS + TICK_POINTS


def test_a_chart_that_returns_to_the_page_requests_missing_points(page: Page, app: App) -> None:
    app.tell(600)
    open_app(page, app, 600)
    app.tell(700)
    expect_points(page, 700)
    # The session remembers what it sent; the chart that comes back holds nothing.
    show = page.get_by_text("show", exact=True)
    show.click()
    expect(chart(page)).to_have_count(0)
    show.click()
    expect_points(page, 700)
    expect(chart(page)).to_have_attribute("data-points", "700")


def test_a_new_generation_and_another_run_start_again(page: Page, app: App) -> None:
    app.tell(900)
    open_app(page, app, 900)
    app.tell(400, generation=1)
    expect_points(page, 400)
    expect(chart(page)).to_have_attribute("data-points", "400")
    app.tell(450, generation=1, run="b")
    expect_points(page, 450)
    expect(chart(page)).to_have_attribute("data-validation-points", "4")


def test_a_changed_learning_rate_is_marked_and_a_reload_keeps_the_mark(page: Page, app: App) -> None:
    app.tell(300, epochs=6)
    open_app(page, app, 300)
    expect(chart(page)).to_have_attribute("data-rate-changes", "0")
    unmarked = middle_column(page)
    app.tell(300, epochs=6, turns=[[3.0, 0.0005]])
    expect(chart(page)).to_have_attribute("data-rate-changes", "1")
    wait_until(lambda: middle_column(page) > unmarked + 50, "a line stands in the middle of the chart")
    page.reload()
    expect(chart(page)).to_have_attribute("data-rate-changes", "1")
    wait_until(lambda: middle_column(page) > unmarked + 50, "the line is there after F5")
    app.tell(300, epochs=6, generation=1)
    expect(chart(page)).to_have_attribute("data-rate-changes", "0")
    wait_until(lambda: middle_column(page) == unmarked, "a history that was cut has no turn")


def middle_column(page: Page) -> int:
    """How many pixels are drawn on within a few of the middle of the loss chart's plot, from top to bottom."""
    counted: int = page.locator(".u-wrap canvas").first.evaluate(
        """canvas => {
            const over = canvas.parentElement.querySelector(".u-over");
            const scale = canvas.width / canvas.clientWidth;
            const middle = Math.round((over.offsetLeft + over.clientWidth / 2) * scale);
            const data = canvas.getContext("2d").getImageData(middle - 2, 0, 5, canvas.height).data;
            return data.filter((value, i) => i % 4 === 3 && value > 0).length;
        }"""
    )
    return counted


def test_without_accuracy_the_loss_has_the_whole_width_and_compact_it_is_low(page: Page, app: App) -> None:
    app.tell(300)
    open_app(page, app, 300)
    cards = page.locator(".live-chart .card")
    expect(cards.nth(1)).to_be_visible()
    both = cards.first.bounding_box()
    app.tell(300, accuracy=False, run="b")
    expect(cards.nth(1)).to_be_hidden()
    expect_points(page, 300)
    alone = cards.first.bounding_box()
    app.tell(300, accuracy=False, compact=True, run="b")
    expect(chart(page)).to_have_attribute("data-compact", "true")
    low = cards.first.bounding_box()
    assert both
    assert alone
    assert low
    assert alone["width"] > 0.95 * (page.locator(".live-chart").bounding_box() or both)["width"]
    assert low["height"] < alone["height"] - 80


def test_pinned_drawings_have_a_chart_of_their_own_that_grows_and_zooms_with_the_others(page: Page, app: App) -> None:
    app.tell(100)
    open_app(page, app, 100)
    card = page.locator(".live-chart .card.pinned")
    expect(card).to_be_hidden()
    name = "<b>my 7</b>"
    app.tell(150, pinned=["my 1", name])
    expect(card).to_be_visible()
    expect(card.locator(".legend .entry")).to_have_text(["my 10.0\u00a0%", f"{name}10.0\u00a0%"])
    expect(chart(page)).to_have_attribute("data-pinned-points", "150 150")
    app.tell(3_000, pinned=["my 1", name])
    expect_points(page, 3_000)
    expect(card.locator(".plot")).to_have_attribute(
        "aria-label", f"My pinned drawings: Epoch 30.00, my 1 0.0\u00a0%, {name} 10.0\u00a0%"
    )
    drag(page)
    expect(chart(page)).to_have_attribute("data-zoomed", "true")
    card.locator(".u-over").dblclick()
    expect(chart(page)).to_have_attribute("data-zoomed", "false")
    page.reload()
    expect_points(page, 3_000)
    held = [int(count) for count in (chart(page).get_attribute("data-pinned-points") or "").split()]
    assert len(held) == 2
    assert all(FULL_POINTS / 2 < count <= FULL_POINTS + TICK_POINTS for count in held)
    app.tell(40, pinned=["my 1"], generation=1)
    expect(chart(page)).to_have_attribute("data-pinned-points", "40")
    expect(card.locator(".legend .entry")).to_have_text(["my 10.0\u00a0%"])
    app.tell(40, run="b")
    expect(card).to_be_hidden()


def test_a_dozen_pins_are_distinguishable_and_all_visible_on_a_phone(browser: Browser, app: App) -> None:
    names = [f"a rather long name, number {number}" for number in range(12)]
    app.tell(300, pinned=names)
    with new_page(browser, PHONE, touch=True) as page:
        open_app(page, app, 300)
        card = page.locator(".live-chart .card.pinned")
        swatches = card.locator(".legend .swatch")
        expect(swatches).to_have_count(12)
        looks = swatches.evaluate_all(
            """swatches => swatches.map(swatch =>
                [...swatch.children].map(part => part.getAttribute("d") + part.getAttribute("stroke-dasharray")).join())"""
        )
        assert len(set(looks)) == 12, "told apart by dash and marker, without the colours"
        too_wide = card.evaluate("card => card.scrollWidth - card.clientWidth")
        assert too_wide <= 0


def test_an_update_stays_small_with_a_long_history(page: Page, app: App) -> None:
    received: list[int] = []

    def count(payload: str | bytes) -> None:
        received.append(len(payload))

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    app.tell(1_000)
    open_app(page, app, 1_000)

    def bytes_per_tick(start: int) -> float:
        """The mean over ten ticks of which each brings 50 new points (and repeats the 50 before)."""
        ticks = len((app.folder / "cost.txt").read_text().split())
        received.clear()
        app.tell(start + 500, grow=50)
        expect_points(page, start + 500)
        return sum(received) / (len((app.folder / "cost.txt").read_text().split()) - ticks)

    early = bytes_per_tick(1_000)
    app.tell(10_000)
    expect_points(page, 10_000)
    late = bytes_per_tick(10_000)
    draw_ms = float(chart(page).get_attribute("data-draw-ms") or "nan")
    costs = [float(line) for line in (app.folder / "cost.txt").read_text().split()][-6:]
    print(f"bytes a tick: {early:.0f} at 1,000 points, {late:.0f} at 10,000; server {costs} ms; drawing {draw_ms} ms")
    assert late < TICK_BYTES
    assert late < 1.3 * early
    assert sorted(costs)[2] < 25


def test_probability_bars_show_the_most_likely_classes_and_never_html(page: Page, app: App) -> None:
    label = "<b>T-shirt/top</b>"
    app.tell(100, probabilities={label: 0.075, "Sneaker": 0.925, "Bag": math.inf})
    open_app(page, app, 100)
    rows = page.get_by_role("list", name="Probability of each class").get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows).to_have_text([f"{label}: 7.5\u00a0%", "Sneaker: 92.5\u00a0%, most likely", "Bag: < 0.1\u00a0%"])
    expect(page.locator(".row.best")).to_have_count(1)
    expect(page.locator(".row.best")).to_contain_text("Sneaker")
    app.tell(100, probabilities={label: 0.0004, "Sneaker": 0.9996, "Bag": 0.0})
    expect(rows).to_have_text([f"{label}: < 0.1\u00a0%", "Sneaker: > 99.9\u00a0%, most likely", "Bag: < 0.1\u00a0%"])
    app.tell(100, probabilities={label: 0.0, "Sneaker": 0.0, "Bag": 0.0})
    expect(rows.last).to_have_text("Bag: 0.0\u00a0%")
    expect(page.locator(".row.best")).to_have_count(0)
    app.tell(100, probabilities={})
    expect(rows).to_have_count(0)
