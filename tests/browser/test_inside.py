"""The page Inside in a browser: the latent map by keyboard and by mouse."""

import re

import pytest
from browsing import open_page, wait_for_app
from playwright.sync_api import Page, expect
from serving import AppServer
from untrained_runs import untrained_run
from waiting import wait_until


def places(page: Page) -> list[float]:
    """Where the ring of the map is."""
    numbers = page.locator(".latent .numbers").inner_text().strip("()").replace("−", "-")
    return [float(number) for number in numbers.split(" | ")]


def test_the_map_is_moved_by_keyboard_and_described_in_words(page: Page, app_server: AppServer) -> None:
    untrained_run(app_server.runs_root, "autoencoder", "model.latent=2", name="map")
    open_page(page, f"{app_server.url}/inside?run=map")
    expect(page.locator(".latent")).to_have_attribute("data-points", "1000")
    plane = page.get_by_role("application", name="Map of the test pictures")
    near = page.locator(".latent").get_by_role("status")
    expect(near).to_have_text(re.compile(r"^Nearest test pictures to \(.+\): \d \(\d+ of 10\)"))
    first = near.inner_text()
    wait_for_app(page)
    middle = places(page)
    plane.press("ArrowRight")
    expect(near).not_to_have_text(first)
    wait_for_app(page)
    step = places(page)[0] - middle[0]
    assert step > 0
    # Keys that follow each other faster than the server answers all count.
    for _press in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    wait_until(lambda: places(page)[0] - middle[0] > 4.5 * step, "five steps to the right")
    wait_for_app(page)
    assert places(page)[0] - middle[0] == pytest.approx(5 * step, abs=0.03)
    assert places(page)[1] > middle[1]
    expect(page.get_by_role("img", name="Decoded from this point (")).to_be_visible()
    plane.press("Home")
    expect(near).to_have_text(first)
    where = page.locator(".latent .where")
    where.locator("summary").press("Enter")
    expect(where.get_by_role("columnheader")).to_have_text(
        ["Class", "Part of the map", "Median", "Closest class", "Pictures"]
    )
    expect(where.get_by_role("rowheader")).to_have_text([str(digit) for digit in range(10)])
    counts = where.locator("tbody td:last-child").all_inner_texts()
    assert sum(map(int, counts)) == 1000
    looks = page.locator(".latent .legend path").evaluate_all(
        "paths => paths.map(path => path.getAttribute('d') + (path.getAttribute('fill') === path.getAttribute('stroke')))"
    )
    assert len(set(looks)) == 10, "ten classes are told apart by their markers alone"
    page.set_viewport_size({"width": 320, "height": 700})
    beyond = page.locator(".latent *:not(.scroller *)").evaluate_all(
        "nodes => nodes.filter(node => node.getBoundingClientRect().right > innerWidth).map(node => node.className)"
    )
    assert beyond == []


def test_a_click_on_the_map_decodes_that_place(page: Page, app_server: AppServer) -> None:
    untrained_run(app_server.runs_root, "autoencoder", "model.latent=2", name="map")
    open_page(page, f"{app_server.url}/inside?run=map")
    plane = page.locator(".latent .plane")
    expect(page.locator(".latent")).to_have_attribute("data-points", "1000")
    numbers, picture = page.locator(".latent .numbers"), page.locator(".latent canvas.decoded")
    before, start = picture.evaluate("canvas => canvas.toDataURL()"), numbers.inner_text()
    box = plane.bounding_box()
    assert box
    plane.click(position={"x": 0.9 * box["width"], "y": 0.1 * box["height"]})
    expect(numbers).not_to_have_text(start)
    first = numbers.inner_text()
    plane.press("ArrowLeft")
    expect(numbers).not_to_have_text(first)
    wait_for_app(page)
    second = numbers.inner_text()
    assert picture.evaluate("canvas => canvas.toDataURL()") != before
    page.get_by_role("radio", name="Decoded").click()
    wait_for_app(page)
    expect(numbers).to_have_text(second)
