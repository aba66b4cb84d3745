"""From a run's page one setting is changed and trained again, and address and content always agree."""

import re
from collections.abc import Callable

from browsing import new_page, open_page
from journey import SEVEN, Journey
from playwright.sync_api import Browser, expect

from nn_core.runs import make_titles

Start = Callable[..., Journey]


def test_first_network_then_another_learning_rate_then_both_compared(start_journey: Start) -> None:
    journey = start_journey()
    journey.press("first_network")
    first = journey.see_finished()
    journey.expect_address("/train", run=first.name)
    tested = first.evaluation()
    assert tested
    assert tested.accuracy > 0.9
    journey.see(f"{100 * tested.accuracy:.1f} %", within="what_next")
    assert first.status().status == "finished"

    journey.follow("See its mistakes")
    journey.expect_address("/evaluate", run=first.name)
    journey.see(f"{100 * tested.accuracy:.2f} %", within="figures")
    expect(journey.page.locator(".st-key-confusion_matrix").get_by_role("grid")).to_be_visible()

    journey.follow("Test it with a drawing")
    journey.expect_address("/draw", run=first.name)
    journey.draw(SEVEN)
    expect(journey.page.locator(".st-key-prediction")).to_contain_text("7")
    journey.picture("drawn")

    journey.back()
    journey.back()
    journey.expect_address("/train", run=first.name)
    journey.follow("Change one setting and train again")
    journey.expect_address("/train", like=first.name)
    before = first.config().optimizer.lr
    journey.fill("Learning rate", str(before / 2))
    journey.expect_address("/train", like=first.name)
    journey.press("start_training")
    second = journey.see_finished()
    assert second.name != first.name
    assert {run.name for run in journey.runs()} == {first.name, second.name}
    assert second.config().optimizer.lr == before / 2
    assert second.config().model_copy(update={"optimizer": first.config().optimizer}) == first.config()

    journey.follow("Compare it with another run")
    titles = make_titles(journey.runs())
    assert titles[second.name] == f"Quick convolutional network, rate {before / 2:g}"
    for _visit in range(2):
        journey.expect_address("/compare", run=[first.name, second.name])
        for title in (titles[first.name], titles[second.name], "of 1,000 right"):
            journey.see(title)
        journey.reload()
    journey.see_no_error()


def test_same_settings_with_another_seed_again_and_again(start_journey: Start) -> None:
    journey = start_journey()
    journey.press("first_network")
    first = journey.see_finished()
    seen = [first]
    for seed in (1, 2):
        journey.press_link("same_settings")
        journey.expect_address("/train", like=seen[-1].name)
        journey.open_fold("More settings")
        journey.fill("Epochs", "1")
        journey.fill("Seed", str(seed))
        journey.press("start_training")
        run = journey.see_finished()
        assert run.config().training.seed == seed
        assert run.config().training.epochs == 1
        assert run.config().model == first.config().model
        assert run.name not in {each.name for each in seen}
        seen.append(run)
    journey.press_link("new_run")
    journey.expect_address("/train")
    journey.reload()
    journey.expect_address("/train")
    expect(journey.page.locator(".st-key-start_training button")).to_be_enabled()


def test_watching_a_run_survives_reload_back_forward_and_a_second_window(
    start_journey: Start, browser: Browser
) -> None:
    journey = start_journey()
    journey.sidebar("Train")
    journey.fill("Epochs", "500")
    journey.press("start_training")
    journey.see("running", within="run_status")
    run = journey.run()
    journey.sidebar("Train")
    journey.expect_address("/train")
    expect(journey.page.locator(".st-key-run_status")).to_have_count(0)

    journey.follow("Watch Quick convolutional network, 500 epochs, which is training")
    journey.expect_address("/train", run=run.name)
    journey.see("running", within="run_status")
    focused = journey.page.evaluate("document.activeElement.tagName")
    assert focused == "H1", "a screen reader goes on at the heading of what was opened"
    journey.reload()
    journey.expect_address("/train", run=run.name)
    journey.see("running", within="run_status")
    journey.back()
    journey.expect_address("/train")
    expect(journey.page.locator(".st-key-start_training button")).to_be_visible()
    journey.forward()
    journey.expect_address("/train", run=run.name)
    for _turn in range(5):  # more quickly than the pages can follow
        journey.page.go_back(wait_until="commit")
        journey.page.go_forward(wait_until="commit")
    journey.expect_address("/train", run=run.name)
    journey.see("running", within="run_status")
    with new_page(browser) as second:
        open_page(second, journey.page.url)
        expect(second.locator(".st-key-run_status")).to_contain_text("running")
        pause = second.locator(".st-key-pause_training button")
        pause.focus()
        second.keyboard.press("Enter")
        expect(second.locator(".st-key-run_status")).to_contain_text("paused")
        expect(pause).to_have_text(re.compile("Resume"))
        expect(pause).to_be_focused()
        journey.see("paused", within="run_status")
        second.keyboard.press("Enter")
        expect(second.locator(".st-key-run_status")).to_contain_text("running")
        expect(pause).to_be_focused()
    journey.press("stop_training")
    journey.see("stopped", within="run_status")
    assert run.status().status == "stopped"
    journey.sidebar("Evaluate")
    journey.expect_address("/evaluate", run=run.name)
    journey.back()
    journey.expect_address("/train", run=run.name)
