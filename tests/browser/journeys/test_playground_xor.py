"""Journey: exclusive or is solved with the feature x₁x₂ and no hidden layer, then a weight is set by hand and the boundary moves."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import new_page, open_page
from playground_page import count_redraws, playground_runs, read_pixels
from playwright.sync_api import Browser, Page, expect
from processes import end_workers
from serving import AppServer, serve_app
from waiting import wait_until

_MS = 120_000


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    with serve_app(tmp_path, spare_worker=True) as served:
        yield served
        end_workers(served.runs_root)


def picture(page: Page, step: str) -> None:
    """Saves a picture of this step where NN_LAB_JOURNEY_PICTURES asks for it."""
    if folder := os.environ.get("NN_LAB_JOURNEY_PICTURES"):
        page.screenshot(path=Path(folder) / f"14-xor-{step}.png")


def test_one_feature_solves_exclusive_or_and_its_weight_turns_the_classes(browser: Browser, app: AppServer) -> None:
    with new_page(browser, {"width": 1280, "height": 720}) as page:
        open_page(page, f"{app.url}/playground?rate=0.1&noise=0&points=200")
        network, plane = page.locator(".network"), page.locator(".boundary")
        page.get_by_role("radio", name="Exclusive or").click(timeout=_MS)
        remove = page.get_by_role("button", name="Remove the last layer")
        remove.click()
        remove.click()
        for feature in ("x₁x₂", "x₁", "x₂"):
            page.get_by_role("button", name=f"Feature {feature}", exact=True).click()
        expect(page).to_have_url(re.compile(r"(?=.*set=xor)(?=.*hidden=0)(?=.*features=x1_x2(&|$))"))
        expect(network).to_have_attribute("data-layers", "")
        expect(network).to_have_attribute("data-step", "0")  # what training starts from
        for element in (network, plane):
            box = element.bounding_box()
            assert box
            assert box["y"] + box["height"] <= 720, "network and plane need no scrolling"
        picture(page, "1-set-up")

        page.get_by_role("button", name="Epoch", exact=True).click()
        expect(page.locator(".st-key-run_status")).to_contain_text("paused", timeout=_MS)
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_text("Validation accuracy: 100.0 %")).to_be_visible(timeout=_MS)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".st-key-run_status")).to_contain_text("paused", timeout=_MS)
        [run] = playground_runs(app)
        step = str(run.status().step)
        expect(plane).to_have_attribute("data-step", step)
        expect(network).to_have_attribute("data-step", step)
        picture(page, "2-solved")

        page.get_by_role("button", name="Output A", exact=True).press("Enter")
        field = page.get_by_role("textbox", name="weight of x₁x₂")
        weight = float(field.input_value())
        redraws, pixels = count_redraws(plane), read_pixels(page)
        field.fill(str(-10 * weight))
        field.press("Enter")
        wait_until(lambda: count_redraws(plane) > redraws, "the boundary has moved")
        wait_until(lambda: read_pixels(page) != pixels, "which is seen")
        edits = [line for line in map(json.loads, run.metrics_file.read_text().splitlines()) if line["kind"] == "edit"]
        assert [edit["value"] for edit in edits] == [pytest.approx(-10 * weight)]
        picture(page, "3-weight-set")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Output A", exact=True)).to_be_focused()
