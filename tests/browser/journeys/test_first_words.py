"""A first start without any training: a name is guessed, a term is explained in place, and the glossary is searched."""

import re
from collections.abc import Callable

from browsing import wait_for_app
from journey import Journey
from playwright.sync_api import expect

Start = Callable[..., Journey]


def test_a_name_is_guessed_and_the_terms_are_explained(start_journey: Start) -> None:
    journey = start_journey()
    assert journey.runs() == []
    journey.sidebar("Text")
    journey.expect_address("/text", run="pretrained-names")
    answer = journey.page.locator(".st-key-text_prediction")
    name = journey.page.get_by_label("A name")
    name.fill("Kowalczewski2")
    expect(answer).to_contain_text("Not a name yet")
    expect(answer).to_contain_text("'Kowalczewski2' is not a name, because it contains '2'")
    name.press("Backspace")
    expect(answer).to_contain_text(re.compile(r"Best guess\s*Polish"))
    journey.picture("best guess")

    journey.page.get_by_role("button", name="What is this? Attribution").click()
    explanation = journey.page.get_by_test_id("stPopoverBody")
    expect(explanation).to_contain_text("Divides an answer among the parts of the input")
    link = explanation.get_by_role("link", name="Confidence")
    expect(link).to_have_attribute("href", "glossary?term=confidence")
    journey.picture("explained in place")
    journey.page.keyboard.press("Escape")
    expect(explanation).to_have_count(0)

    journey.sidebar("Glossary")
    journey.main.get_by_label("Search").press_sequentially("chain", delay=20)
    links = journey.main.get_by_test_id("stPageLink")
    expect(links.first).to_have_text(re.compile("Chain rule$"))
    links.first.get_by_role("link").click()
    wait_for_app(journey.page)
    journey.expect_address("/glossary", term="chain_rule")
    journey.see("The slope of a chain of functions is the product of the slopes of its links.", within="term")
    journey.picture("a term")
    journey.see_no_error()
