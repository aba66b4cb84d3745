"""The page Text in a browser."""

import re

import pytest
from browsing import open_page
from playwright.sync_api import Page, expect
from serving import AppServer
from untrained_runs import untrained_run


def test_the_answer_follows_the_keys_without_enter(page: Page, app_server: AppServer) -> None:
    untrained_run(app_server.runs_root, "text_attention", name="names")
    open_page(page, f"{app_server.url}/text?run=names")
    expect(page.locator(".st-key-text_prediction").get_by_text("Type a name", exact=True)).to_be_visible()
    entries = page.evaluate("history.length")
    page.get_by_label("A name").press_sequentially("Kowal", delay=20)
    boxes = page.locator(".letters .letter")
    expect(boxes).to_have_count(5)
    expect(page.locator(".st-key-text_prediction").get_by_text("Type a name", exact=True)).to_have_count(0)
    page.get_by_label("A name").press_sequentially("<b>", delay=20)
    expect(boxes).to_have_count(0)
    expect(page.locator(".st-key-text_prediction")).to_contain_text("'Kowal<b>' is not a name")
    expect(page).to_have_url(re.compile(r"text=Kowal%3Cb%3E"))
    assert page.evaluate("history.length") == entries, "Back does not go through the letters"
    page.get_by_label("A name").fill("Kowals")
    expect(boxes).to_have_count(6)
    assert "".join(page.locator(".letters .letter b").all_inner_texts()) == "Kowals"
    shares = [float(share.rstrip("%")) for share in page.locator(".letters .letter small").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=5)
    heard = page.get_by_role("list", name="Attention to each letter").get_by_role("listitem")
    expect(heard.nth(5)).to_have_text(re.compile(r"^ss: \d+(\.\d)?\s%$"))  # shown, then heard with its figure
