"""One training step is followed forwards and back, a weight's gradient is taken apart, and the step is taken."""

import re
from collections.abc import Callable

from journey import Journey
from playwright.sync_api import Locator, expect
from untrained_runs import untrained_run

Start = Callable[..., Journey]


def figure(card: Locator, title: str) -> str:
    metric = card.get_by_test_id("stMetric").filter(has_text=title)
    return metric.get_by_test_id("stMetricValue").inner_text()


def test_follow_one_example_and_one_weight(start_journey: Start) -> None:
    journey = start_journey()
    untrained_run(journey.app.runs_root, "layers", "data.name=digits_8x8", name="steps")
    journey.open("/backprop?run=steps")
    film = journey.page.locator(".backprop")
    status = film.get_by_role("status")
    expect(status).to_have_text(re.compile(r"^Step 1 of \d+, forwards: Input$"))
    film.get_by_role("button", name="One step forward").click()
    film.get_by_role("button", name="One step forward").press("ArrowRight")
    expect(status).to_have_text(re.compile(r"^Step 3 of \d+, forwards: Conv2d"))
    expect(film.locator(".panel .map")).to_have_count(1)
    film.get_by_role("button", name="To the last step").click()
    expect(status).to_have_text(re.compile(r"^Step (\d+) of \1, backwards: Conv2d"))
    expect(film.locator(".panel")).to_contain_text("Gradient of the loss")
    film.get_by_role("button", name="One step back").press("ArrowLeft")
    expect(status).to_have_text(re.compile(r"backwards: ReLU$|backwards: Conv2d"))
    journey.picture("backwards")
    slider = film.get_by_role("slider", name="Step")
    slider.fill("3")
    expect(status).to_have_text(re.compile(r"^Step 4 of \d+, forwards"))
    slider.press("ArrowRight")
    expect(status).to_have_text(re.compile(r"^Step 5 of \d+, forwards"))

    film.get_by_role("button", name="To the last step").click()
    film.locator(".card .main").filter(has_text="Cross-entropy").click()
    expect(status).to_have_text(re.compile("backwards: Loss: Cross-entropy$"))
    expect(film.locator(".panel .formula")).to_contain_text("∂x = softmax(x) − t")

    cards = film.locator(".card")
    folded = cards.count()
    film.get_by_role("button", name=re.compile("^Unfold Linear")).last.click()
    expect(cards).not_to_have_count(folded)
    film.get_by_role("button", name=re.compile("^− Linear")).click()
    expect(cards).to_have_count(folded)

    film.locator(".card .main").filter(has_text="Conv2d").first.click()
    film.get_by_role("button", name=re.compile(r"^\d+\.weight")).click()
    weights = film.get_by_role("application", name=re.compile("^Weights"))
    weights.press("ArrowRight")
    weights.press("Enter")
    card = journey.page.locator(".st-key-backprop_weight_card")
    expect(card).to_contain_text(re.compile(r"0\.weight: unit \d+, input 1, row 1, column 2"))
    assert figure(card, "Sum of the terms") == figure(card, "Finite difference")
    expect(card.get_by_role("table")).to_contain_text("channel")
    journey.picture("the sum of one weight")

    journey.press("take_step")
    step = journey.page.locator(".st-key-backprop_optimizer")
    expect(step).to_contain_text("Loss after")
    assert figure(step, "Loss before") != figure(step, "Loss after")
    journey.picture("the optimizer's step")
    journey.see_no_error()
