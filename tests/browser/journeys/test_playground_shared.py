"""Journey: a network without hidden layers is set up on the playground, trained, and its link opened in another browser."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import new_page, open_page, wait_for_app
from playwright.sync_api import Browser, Page, expect
from serving import AppServer, serve_app

from nn_core.runs import RunFolder, list_runs

_MS = 120_000


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    with serve_app(tmp_path, environment={"NN_LAB_DATA": str(tmp_path / "data")}, spare_worker=True) as served:
        yield served


def picture(page: Page, step: str) -> None:
    """Saves a picture of this step where NN_LAB_JOURNEY_PICTURES asks for it."""
    if folder := os.environ.get("NN_LAB_JOURNEY_PICTURES"):
        page.screenshot(path=Path(folder) / f"04-playground-{step}.png")


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def expect_settings(page: Page, data: str, points: str) -> None:
    """The plane has its points, and the widgets stand as they were left: without a hidden layer."""
    expect(page.locator(".boundary")).to_have_attribute("data-points", re.compile(r"^[1-9]"), timeout=60_000)
    expect(page.get_by_role("radio", name=data)).to_have_attribute("aria-checked", "true")
    expect(page.locator(".network")).to_have_attribute("data-layers", "")
    expect(page.get_by_text("No hidden layer", exact=True)).to_be_visible()
    expect(page.get_by_role("slider", name="Points")).to_have_value(points)
    expect(page.locator(".st-key-rejected_url_values")).to_have_count(0)


def run_of(app: AppServer, page: Page) -> RunFolder:
    """The run that the URL names, from the disk."""
    expect(page).to_have_url(re.compile(r"run=playground-[\w-]+"), timeout=_MS)
    [run] = [run for run in list_runs(app.runs_root) if f"run={run.name}" in page.url]
    return run


def test_a_playground_without_hidden_layers_is_shared(browser: Browser, app: AppServer) -> None:
    with new_page(browser) as page, new_page(browser) as other:
        open_page(page, app.url)
        page.get_by_role("link", name="Playground").first.click()
        expect(page.get_by_role("heading", name="Playground")).to_be_visible()
        expect(page.locator(".network")).to_have_attribute("data-layers", "8-8", timeout=_MS)
        page.get_by_role("radio", name="Blobs").click()
        button(page, "Remove the last layer")
        button(page, "Remove the last layer")
        page.get_by_role("slider", name="Points").press("Home")
        expect(page).to_have_url(re.compile(r"(?=.*set=blobs)(?=.*hidden=0)(?=.*points=100)"))
        picture(page, "1-set-up")

        button(page, "Start")
        first = run_of(app, page)
        expect(page.locator(".st-key-start_training")).to_contain_text("Pause", timeout=_MS)
        expect(page.locator(".boundary")).to_have_attribute("data-step", re.compile(r"^[1-9]"), timeout=_MS)
        button(page, "Pause")
        expect(page.locator(".st-key-run_status")).to_contain_text("paused", timeout=_MS)
        config = first.config()
        assert (config.model.layers, config.data.name, config.data.plane.points) == ((), "blobs", 100)
        assert first.status().status == "paused"
        expect(page.locator(".boundary")).to_have_attribute("data-step", str(first.status().step))
        picture(page, "2-paused")

        open_page(other, page.url)  # typed into the address bar of another person's browser
        expect_settings(other, "Blobs", "100")
        expect(other.locator(".st-key-run_status")).to_contain_text("paused")
        expect(other.locator(".boundary")).to_have_attribute("data-step", str(first.status().step))
        assert other.url == page.url
        picture(other, "3-shared")

        other.get_by_role("radio", name="Circles").click()
        expect(other).to_have_url(re.compile(r"(?=.*set=circles)(?=.*hidden=0)(?!.*run=)"))
        expect(other.locator(".boundary")).to_have_attribute("data-step", "")
        assert first.status().status == "paused", "whoever looks at another's run does not stop it by leaving"
        set_up = other.url
        button(other, "Start")
        second = run_of(app, other)
        assert second.name != first.name
        assert (second.config().model.layers, second.config().data.name) == ((), "circles")
        expect(other.locator(".st-key-run_status")).to_contain_text("Epoch", timeout=_MS)
        picture(other, "4-own-run")

        trained = other.url
        other.reload()
        wait_for_app(other)
        expect_settings(other, "Circles", "100")
        expect(other.locator(".st-key-run_status")).to_contain_text("Epoch", timeout=_MS)
        assert other.url == trained
        picture(other, "5-reloaded")

        other.go_back()
        expect(other).to_have_url(set_up)
        expect_settings(other, "Circles", "100")
        expect(other.locator(".st-key-start_training")).to_contain_text("Start")
        other.go_back()
        expect(other).to_have_url(page.url)
        expect_settings(other, "Blobs", "100")
        expect(other.locator(".boundary")).to_have_attribute("data-step", str(first.status().step))
        expect(other.locator(".st-key-start_training")).to_contain_text("Resume")
        picture(other, "6-back")
        other.go_forward()
        other.go_forward()
        expect(other).to_have_url(trained)
        expect_settings(other, "Circles", "100")
        expect(other.locator(".st-key-run_status")).to_contain_text("Epoch")
        picture(other, "7-forward")
        assert {run.name for run in list_runs(app.runs_root)} == {first.name, second.name}
