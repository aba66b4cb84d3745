"""From an empty folder to a network that paints: an autoencoder of two numbers, and the map of them."""

import re
from collections.abc import Callable

from browsing import wait_for_app
from journey import Journey
from playwright.sync_api import Locator, expect
from waiting import wait_until

from nn_core.runs import RunFolder
from nn_core.runs.reports import ReconstructionReport

Start = Callable[..., Journey]
LATENT, EPOCHS = 2, 3


def train_autoencoder(journey: Journey) -> RunFolder:
    """Through the form of the Train page."""
    journey.sidebar("Train")
    journey.main.get_by_text("autoencoder", exact=True).first.click()
    wait_for_app(journey.page)
    journey.fill("Latent numbers", str(LATENT))
    journey.fill("Epochs", str(EPOCHS))
    diagram = journey.main.get_by_role("img", name=re.compile("^Diagram of the network, from Picture 1 × 28 × 28 to "))
    expect(diagram).to_be_visible()
    layers = journey.main.get_by_role("list", name="Layers of the network").get_by_role("listitem")
    expect(layers.filter(has_text="Latent numbers")).to_contain_text(f"Latent numbers {LATENT}, ")
    journey.press("start_training")
    return journey.see_finished()


def decoded(journey: Journey) -> str:
    """The picture beside the map, as data."""
    picture: str = journey.page.locator(".latent canvas.decoded").evaluate("canvas => canvas.toDataURL()")
    return picture


def place(journey: Journey) -> tuple[float, float]:
    """Where the ring is, as the page says it."""
    text = journey.page.locator(".latent .numbers").inner_text().replace("−", "-")
    across, up = (float(number) for number in text.strip("()").split(" | "))
    return across, up


def open_map(journey: Journey) -> Locator:
    """The map, once all its points are there."""
    expect(journey.page.locator(".latent")).to_have_attribute("data-points", "1000", timeout=60_000)
    wait_for_app(journey.page)
    return journey.page.get_by_role("application", name=re.compile("^Map of the test pictures"))


def test_autoencoder_is_trained_and_its_map_explored(start_journey: Start) -> None:
    journey = start_journey()
    assert journey.runs() == []
    run = train_autoencoder(journey)
    journey.expect_address("/train", run=run.name)
    config, status = run.config(), run.status()
    assert (config.model.name, config.model.latent, config.training.epochs) == ("autoencoder", LATENT, EPOCHS)
    assert (status.status, status.epochs_done) == ("finished", EPOCHS)
    course = journey.page.locator(".live-chart .course")
    course.locator("summary").click()
    expect(course.get_by_role("table", name="Loss and accuracy by epoch").get_by_role("rowheader")).to_have_text(
        [str(epoch) for epoch in range(1, EPOCHS + 1)]
    )
    expect(course).to_contain_text(re.compile(r"Validation loss fell from 0\.\d+ \(epoch 1\) to 0\.\d+ \(epoch 3\)\."))
    journey.picture("course as a table")

    journey.sidebar("Look inside")
    journey.expect_address("/inside", run=run.name)
    plane = open_map(journey)
    evaluated = wait_until_evaluated(run)
    assert evaluated.mean_squared_error < 0.07, "it has learned something: a grey mean of all digits has 0.067"
    files = {file.name: file.stat().st_mtime_ns for file in run.path.iterdir()}

    # With the mouse.
    before, start = place(journey), decoded(journey)
    box = plane.bounding_box()
    assert box
    plane.click(position={"x": 0.8 * box["width"], "y": 0.2 * box["height"]})
    expect(journey.page.locator(".latent .near")).to_have_text(
        re.compile(r"^Nearest test pictures to .*: \d \(\d+ of 10\)")
    )
    wait_until(lambda: decoded(journey) != start, "the picture of that place is there")
    clicked = place(journey)
    assert clicked[0] > before[0]
    assert clicked[1] > before[1]
    journey.picture("clicked on the map")

    # With the keyboard: three presses are three steps, however quickly they follow.
    picture = decoded(journey)
    plane.focus()
    for _ in range(3):
        journey.page.keyboard.press("Shift+ArrowLeft")
    wait_until(lambda: place(journey)[0] < clicked[0], "the ring has moved")
    wait_for_app(journey.page)
    wait_until(lambda: decoded(journey) != picture, "the picture follows the keyboard")
    moved = place(journey)
    assert moved[1] == clicked[1]
    expect(plane).to_be_focused()
    journey.page.keyboard.press("Home")
    wait_until(lambda: place(journey) == before, "Home is the middle")
    wait_until(lambda: decoded(journey) == start, "and paints the same as in the beginning")
    journey.picture("moved by keyboard")

    where = journey.page.locator(".latent .where")
    where.locator("summary").press("Enter")
    expect(where.get_by_role("rowheader")).to_have_text([str(digit) for digit in range(10)])
    journey.main.get_by_role("radio", name="Both").click()
    wait_for_app(journey.page)
    journey.picture("points and decoded pictures")

    journey.reload()
    journey.expect_address("/inside", run=run.name)
    open_map(journey)
    wait_until(lambda: decoded(journey) == start, "after a reload the same place paints the same")
    journey.back()
    journey.expect_address("/train", run=run.name)
    journey.see("finished", within="run_status")
    journey.forward()
    journey.expect_address("/inside", run=run.name)
    open_map(journey)
    journey.see_no_error()
    assert {file.name: file.stat().st_mtime_ns for file in run.path.iterdir()} == files, "looking changes nothing"
    assert [found.name for found in journey.runs()] == [run.name]


def wait_until_evaluated(run: RunFolder) -> ReconstructionReport:
    wait_until(lambda: run.evaluation() is not None, "the test split has been measured")
    evaluation = run.evaluation()
    assert isinstance(evaluation, ReconstructionReport)
    return evaluation
