"""A viewer logs in, draws and logs out in a browser."""

from collections.abc import Iterator

import pytest
from browsing import draw_stroke, new_page, wait_for_app
from playwright.sync_api import Browser, expect
from serving import AppServer, serve_app
from visitors import PASSWORDS, WORDS

from nn_core.runs import list_runs


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The real app with both passwords."""
    with serve_app(tmp_path_factory.mktemp("entrance"), environment=PASSWORDS) as served:
        yield served


def test_a_viewer_logs_in_looks_draws_and_logs_out(browser: Browser, app: AppServer) -> None:
    before = len(list_runs(app.runs_root))
    with new_page(browser) as page:
        page.goto(f"{app.url}/train?run=pretrained-digits")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("Wrong password")
        page.get_by_label("Password").fill(WORDS["viewer"])
        page.keyboard.press("Enter")
        wait_for_app(page)
        expect(page.locator(".st-key-run_status")).to_contain_text("finished")
        assert page.url == f"{app.url}/train?run=pretrained-digits"
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Train").click()
        summary = page.locator(".st-key-summary")
        expect(summary).to_contain_text("Only your teacher can do this", timeout=60_000)  # torch comes first
        expect(summary.locator(".st-key-start_training button").first).to_be_disabled()
        other = page.context.new_page()
        other.goto(f"{app.url}/draw")
        wait_for_app(other)
        draw_stroke(other, [(160, 180), (230, 180), (190, 262)])
        expect(other.locator(".st-key-prediction p").first).to_have_text("7")
        page.get_by_role("link", name="Log out").click()
        expect(page.get_by_label("Password")).to_be_visible()
        other.locator(".st-key-clear_canvas button").click()  # in a part of the page that runs by itself
        expect(other.get_by_role("heading", name="You are logged out")).to_be_visible()
        assert len(list_runs(app.runs_root)) == before
