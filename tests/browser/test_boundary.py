"""The decision boundary in a browser: every page shows the same plane on the same axes."""

import re
from pathlib import Path

from browsing import open_page
from playwright.sync_api import Page, expect
from processes import nn_core
from serving import serve_app

from nn_core.config import get_preset

SPIRAL = ("--set", "data.name=spiral", "--set", "training.epochs=2", "--set", "training.device=cpu")


def test_every_page_shows_the_same_plane_on_the_same_axes(page: Page, tmp_path: Path) -> None:
    plane_settings = get_preset("plane").data.plane
    query = f"set=spiral&points={plane_settings.points}&noise={plane_settings.noise:g}"
    trained = nn_core("train", "--preset", "plane", "--name", "plane", "--runs", tmp_path / "runs", *SPIRAL)
    assert trained.returncode == 0, trained.stderr
    extents = {}
    with serve_app(tmp_path) as app:
        for path in ("evaluate?run=plane", "train?run=plane", "data?set=spiral", f"playground?{query}"):
            open_page(page, f"{app.url}/{path}")
            plane = page.locator(".boundary")
            expect(plane).to_have_attribute("data-points", re.compile(r"^[1-9]\d+$"), timeout=60_000)
            extents[path] = [float(side) for side in (plane.get_attribute("data-extent") or "").split()]
            if path.startswith("evaluate"):
                wrong = re.search(r"(\d+) of them wrong", plane.locator("canvas").get_attribute("aria-label") or "")
                assert wrong
                page.get_by_text("The wrong points as a table").click()
                expect(page.locator(".st-key-wrong_points table")).to_be_visible()
                expect(plane.locator("#description")).to_contain_text(
                    re.compile(r"C: \d+ % of the plane, .+ of its test points")
                )
    assert len(set(map(tuple, extents.values()))) == 1, extents
