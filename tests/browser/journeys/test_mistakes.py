"""See where a network fails: its first mistakes, a pair of classes, one example with its explanations, and the files."""

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from browsing import wait_for_app
from journey import Journey
from playwright.sync_api import expect


def count_examples(journey: Journey) -> int:
    """How many examples the list says that it has."""
    found = re.search(r"([\d,]+) examples?", journey.page.locator(".st-key-mistake_pages").inner_text())
    assert found
    return int(found.group(1).replace(",", ""))


def test_find_out_why_a_name_is_misread(start_journey: Callable[..., Journey], tmp_path: Path) -> None:
    journey = start_journey(at="/evaluate?run=pretrained-names")
    page, buttons = journey.page, journey.page.locator(".examples button")
    everything = count_examples(journey)
    assert everything > 100, "not only a few of them"
    expect(buttons).to_have_count(24)
    journey.press("next_page")
    journey.see("Page 2 of", within="mistake_pages")
    journey.expect_address("/evaluate", run="pretrained-names", page="2")

    pair = page.locator(".st-key-frequent_confusions button").first
    found = re.fullmatch(r"(.+) read as (.+) \((\d+) times\)", pair.inner_text())
    assert found
    true, predicted, times = found.groups()
    pair.click()
    wait_for_app(page)
    assert count_examples(journey) == int(times) < everything
    chosen = {"run": "pretrained-names", "true": true, "predicted": predicted}
    journey.expect_address("/evaluate", **chosen)
    journey.picture("a pair of classes")

    buttons.first.focus()
    page.keyboard.press("ArrowDown")
    name = buttons.nth(1).locator(".title").inner_text()
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    journey.see(f"It is {true}, but the network answers {predicted}", within="opened_example")
    journey.see(name, within="opened_example")
    expect(page.locator(".st-key-opened_example")).to_be_in_viewport()
    journey.page.get_by_role("radio", name="Which letters mattered").click()
    expect(page.locator(".letters .letter").first).to_be_visible()
    journey.page.get_by_role("radio", name="Nearest training examples").click()
    expect(page.locator(".st-key-nearest_table").get_by_role("row")).to_have_count(9)
    journey.picture("one example")
    opened = journey.parameter("example")
    journey.press("next_example")
    expect(page.locator(".st-key-opened_example")).to_contain_text("Number 3 of")
    journey.back()
    journey.expect_address("/evaluate", **chosen, example=opened)
    journey.see(name, within="opened_example")
    journey.reload()
    journey.see(name, within="opened_example")
    assert count_examples(journey) == int(times)

    listed = journey.download("download_mistakes_csv", tmp_path)
    with listed.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert listed.name == "pretrained-names-mistakes.csv"
    assert {(row["true"], row["predicted"]) for row in rows} == {(true, predicted)}
    assert len(rows) == int(times)
    assert rows[1]["text"] == name
    journey.follow("See one training step with this example")
    journey.expect_address("/backprop", run="pretrained-names", example=opened)

    journey.open("/evaluate?run=pretrained-digits")
    journey.see("The examples here are the 1,000 test pictures of MNIST sample", within="mistakes")
    count = count_examples(journey)
    expect(buttons).to_have_count(count)
    archive = zipfile.ZipFile(journey.download("download_mistakes_zip", tmp_path))
    assert len(archive.namelist()) == count + 1
    journey.see_no_error()
