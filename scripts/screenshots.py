"""Takes the README's screenshots of the real pages: `.venv/bin/python -m scripts.screenshots` (needs Chromium).

Serves the app on a fresh server, trains a first network as a beginner would, draws a digit, and opens pages of networks
that it trained before.
"""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browsing import draw_stroke, launched_browser, open_page, wait_for_app  # noqa: E402
from processes import nn_core  # noqa: E402
from serving import serve_app  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SEVEN = [(80, 70), (200, 70), (130, 220)]


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    data = {"NN_LAB_DATA": str(ROOT / "data")}
    with (
        tempfile.TemporaryDirectory() as folder,
        launched_browser() as browser,
        serve_app(Path(folder), environment=data) as app,
    ):
        train("text_attention", "surnames-attention", app.runs_root)
        train("autoencoder", "digits-in-two-numbers", app.runs_root, "model.latent=2", "training.epochs=30")
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        open_page(page, app.url)
        page.get_by_text("Networks train on: CPU").or_(page.get_by_text("GPU")).first.wait_for()
        shoot(page, "home")
        page.locator(".st-key-first_network button").click()
        status = page.locator(".st-key-run_status")
        expect(status).to_contain_text(re.compile("Epoch [5-9] of"), timeout=120_000)
        shoot(page, "train", height=1250)
        expect(status).to_contain_text("finished", timeout=120_000)
        page.locator(".st-key-what_next a").first.click()
        wait_for_app(page)
        page.locator(".st-key-confusion_matrix").get_by_role("grid").wait_for()
        shoot(page, "evaluate", height=1000)
        open_page(page, f"{app.url}/draw")
        draw_stroke(page, SEVEN)
        expect(page.locator(".st-key-prediction p").first).to_have_text("7")
        shoot(page, "draw")
        open_page(page, f"{app.url}/playground?set=spiral&rate=0.01")
        page.locator(".st-key-start_training button").click()
        expect(page.locator(".st-key-run_status")).to_contain_text("Epoch 1", timeout=60_000)
        page.wait_for_timeout(1500)
        shoot(page, "playground", height=860)
        open_page(page, f"{app.url}/text?run=surnames-attention")
        page.locator(".st-key-typed_text input").fill("Kowalczyk")
        page.locator(".st-key-typed_text input").press("Enter")
        expect(page.locator(".st-key-text_prediction")).to_contain_text("Polish")
        shoot(page, "text", height=900)
        open_page(page, f"{app.url}/inside?run=digits-in-two-numbers")
        wait_for_app(page)
        shoot(page, "inside", height=1300)
        open_page(page, f"{app.url}/backprop?run=pretrained-digits")
        film = page.locator(".backprop")
        film.get_by_role("button", name="To the last step").click()
        film.locator(".card .main").filter(has_text="Conv2d").first.click()
        shoot(page, "backprop", height=1000)
        dark = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        open_page(dark, f"{app.url}/draw")
        draw_stroke(dark, SEVEN)
        expect(dark.locator(".st-key-prediction p").first).to_have_text("7")
        shoot(dark, "phone", width=390, height=844)


def train(preset: str, name: str, runs: Path, *settings: str) -> None:
    changes = [part for setting in settings for part in ("--set", setting)]
    result = nn_core("train", "--preset", preset, "--name", name, "--runs", runs, *changes)
    assert result.returncode == 0, result.stderr


def shoot(page: Page, name: str, *, width: int = 1280, height: int = 800) -> None:
    page.set_viewport_size({"width": width, "height": height})
    wait_for_app(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)  # animations finish
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
