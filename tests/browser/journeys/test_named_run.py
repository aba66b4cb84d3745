"""A run gets a name when it is started and another one later, and is found by both its name and its note."""

from collections.abc import Callable

from browsing import new_page, open_page
from journey import Journey
from playwright.sync_api import Browser, expect
from waiting import wait_until

from nn_core.runs import make_titles

Start = Callable[..., Journey]

NAME = "Rate 5: <b>too</b> *high*? 🚀"
NEW_NAME = "ניסוי (5)"
NOTE = "For the talk on Monday.\n- not **tuned**"


def rename(journey: Journey, name: str, note: str | None = None) -> None:
    """Renames the run that is shown, in the fields behind Rename."""
    journey.press("rename_run")
    fields = {"new_name input": name} | ({} if note is None else {"new_note textarea": note})
    for key, text in fields.items():
        journey.page.locator(f".st-key-{key}").fill(text)
    journey.press("confirm_rename")
    expect(journey.page.locator(".st-key-confirm_rename")).to_have_count(0)


def test_run_is_named_renamed_and_found_again(start_journey: Start) -> None:
    journey = start_journey()
    heading = journey.page.get_by_role("heading", level=1)
    journey.sidebar("Train")
    journey.fill("Epochs", "1")
    expect(journey.page.locator(".st-key-run_name input")).to_have_attribute(
        "placeholder", "Quick convolutional network, 1 epoch"
    )
    journey.fill("Name", NAME)
    journey.press("start_training")
    named = journey.see_finished()
    expect(heading).to_have_text(NAME)
    expect(journey.page).to_have_title(f"{NAME} · Train · NN Lab")
    journey.see(f"Folder: {named.name}")

    journey.press_link("new_run")
    journey.fill("Epochs", "1")
    expect(journey.page.locator(".st-key-run_name input")).to_have_value("")
    journey.press("start_training")
    unnamed = journey.see_finished()
    expect(heading).to_have_text("Quick convolutional network, 1 epoch")
    rename(journey, "the second", NOTE)
    expect(heading).to_have_text("the second")
    journey.see("- not **tuned**", within="run_note_shown")
    rename(journey, "")
    expect(heading).to_have_text("Quick convolutional network, 1 epoch")
    assert unnamed.label().note == NOTE
    assert set(make_titles(journey.runs()).values()) == {NAME, "Quick convolutional network, 1 epoch"}

    journey.sidebar("Evaluate")
    journey.expect_address("/evaluate", run=unnamed.name)
    journey.choose("run_picker", NAME)
    journey.expect_address("/evaluate", run=named.name)
    journey.reload()
    expect(journey.page.locator(".st-key-run_picker").get_by_role("combobox")).to_have_value(NAME)
    expect(journey.page).to_have_title(f"{NAME} · Evaluate · NN Lab")

    journey.sidebar("Runs")
    journey.fill("Search", "monday TUNED")
    rows = journey.page.locator(".st-key-runs_table [role=row]")
    expect(rows).to_have_count(2)  # the first one has the titles of the columns
    journey.tick_newest_run()
    journey.expect_address("/runs", search="monday TUNED", compare=unnamed.name)
    journey.fill("Search", "5: too</b>")
    expect(rows).to_have_count(3)  # the ticked run stays
    rename(journey, NEW_NAME)
    journey.see(NEW_NAME)
    journey.reload()
    journey.expect_address("/runs", search="5: too</b>", compare=unnamed.name)
    journey.follow("Open")
    expect(heading).to_have_text(f"\N{FIRST STRONG ISOLATE}{NEW_NAME}\N{POP DIRECTIONAL ISOLATE}")
    journey.see_no_error()


def test_run_is_renamed_while_it_trains_and_other_tabs_show_it(start_journey: Start, browser: Browser) -> None:
    journey = start_journey(phone=True, at="/train")
    journey.fill("Epochs", "500")
    journey.press("start_training")
    journey.see("running", within="run_status")
    run = journey.run()
    worker, config = run.status().pid, run.config_file.read_bytes()
    with new_page(browser) as other:
        open_page(other, journey.page.url)
        expect(other.get_by_role("heading", level=1)).to_have_text("Quick convolutional network, 500 epochs")
        rename(journey, "W" * 80)
        expect(other.get_by_role("heading", level=1)).to_have_text("W" * 80)
        expect(other).to_have_title(f"{'W' * 80} · Train · NN Lab")
    wide = journey.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert wide <= 0
    step = run.status().step
    wait_until(lambda: run.status().step > step, "it trains on")
    assert (run.status().pid, run.config_file.read_bytes()) == (worker, config)
    journey.press("stop_training")
    journey.see("stopped", within="run_status")
    journey.see_no_error()
