"""With the viewer's password a person can look at everything and draw, and changes nothing."""

from collections.abc import Callable

from browsing import new_page, wait_for_app
from journey import SEVEN, TRAINING_MS, Journey
from playwright.sync_api import Browser, Page, expect
from visitors import PASSWORDS, WORDS

Start = Callable[..., Journey]

_CHANGING = (
    "first_network",
    "start_training",
    "pause_training",
    "stop_training",
    "delete_run",
    "rename_run",
    "confirm_rename",
    "run_name",
    "import_run",
)
_TITLES = ("Playground", "Train", "Runs", "Evaluate", "Draw", "Text", "Look inside", "Data")


def log_in(page: Page, word: str) -> None:
    page.locator("input[name=password]").fill(word)
    page.keyboard.press("Enter")
    wait_for_app(page)


def test_viewer_looks_at_everything_and_changes_nothing(start_journey: Start, browser: Browser) -> None:
    journey = start_journey(environment=PASSWORDS, at=None)
    with new_page(browser) as teacher:
        teacher.goto(journey.app.url)
        log_in(teacher, WORDS["teacher"])
        teacher.locator(".st-key-first_network button").click()
        expect(teacher.locator(".st-key-run_status")).to_contain_text("finished", timeout=TRAINING_MS)
    [run] = journey.runs()
    files = {file: file.stat().st_mtime_ns for file in run.path.rglob("*") if file.is_file()}

    journey.page.goto(f"{journey.app.url}/evaluate?run={run.name}")
    journey.picture("asked for the password")
    log_in(journey.page, WORDS["viewer"])
    journey.expect_address("/evaluate", run=run.name)
    expect(journey.page.locator(".st-key-confusion_matrix")).to_be_visible()
    for title in _TITLES:
        journey.sidebar(title)
        expect(journey.page.locator("h1").first).to_be_visible()
        for key in _CHANGING:
            button = journey.page.locator(f".st-key-{key} button")
            if button.count():
                expect(button.first).to_be_disabled()
        journey.see_no_error()
    journey.open(f"/train?run={run.name}")
    journey.see("finished", within="run_status")
    expect(journey.page.locator(".st-key-new_run")).to_have_count(0)
    journey.follow("Test it with a drawing")
    journey.draw(SEVEN)
    expect(journey.page.locator(".st-key-prediction")).to_contain_text("7")
    expect(journey.page.locator("[class*=st-key-correct_]")).to_have_count(0)
    assert [each.name for each in journey.runs()] == [run.name]
    assert {file: file.stat().st_mtime_ns for file in run.path.rglob("*") if file.is_file()} == files
