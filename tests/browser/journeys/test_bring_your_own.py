"""From a person's own files to a network that answers: pictures in a ZIP, and texts in a CSV."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from journey import Journey
from playwright.sync_api import expect

Start = Callable[..., Journey]

_GREETINGS = {
    "English": ["good morning", "good evening", "good night", "hello there", "see you soon", "thank you so much"],
    "German": ["guten Morgen", "guten Abend", "gute Nacht", "hallo du da", "bis bald dann", "vielen Dank dafür"],
    "Spanish": ["buenos días", "buenas tardes", "buenas noches", "hola qué tal", "hasta luego", "muchas gracias"],
}


def test_own_zip_of_pictures_trained_evaluated_and_tested(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey()
    journey.sidebar("Data")
    journey.open_fold("Use your own data")
    archive = journey.download("example_zip", tmp_path)
    journey.upload(archive)
    journey.press("make_data")
    journey.see("90 examples of 3 classes")
    name = journey.parameter("set")
    journey.expect_address("/data", set=name)
    assert (journey.app.data_root / "own").exists()
    journey.reload()
    journey.see("3 classes")

    run = journey.train_on_it(name)
    tested = run.evaluation()
    assert tested
    journey.see(f"{100 * tested.accuracy:.1f} %", within="what_next")
    journey.follow("See its mistakes")
    journey.expect_address("/evaluate", run=run.name)
    journey.see(f"{100 * tested.accuracy:.2f} %", within="figures")
    matrix = journey.page.locator(".st-key-confusion_matrix")
    for label in tested.classes:
        expect(matrix).to_contain_text(label)

    journey.follow("Test it with a picture")
    journey.expect_address("/draw", run=run.name)
    with zipfile.ZipFile(archive) as packed:
        picture = next(name for name in packed.namelist() if name.endswith(".png"))
        packed.extract(picture, tmp_path)
    journey.upload(tmp_path / picture)
    prediction = journey.page.locator(".st-key-picture_prediction").first
    expect(prediction).to_contain_text("sure", timeout=30_000)
    assert any(label in prediction.inner_text() for label in tested.classes)
    journey.see_no_error()


def test_own_csv_of_texts_trained_and_typed(start_journey: Start, tmp_path: Path) -> None:
    table = tmp_path / "greetings.csv"
    rows = [f"{text} {number},{label}" for label, texts in _GREETINGS.items() for text in texts for number in range(4)]
    table.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    journey = start_journey()
    journey.sidebar("Data")
    journey.open_fold("Use your own data")
    journey.upload(table)
    journey.press("make_data")
    journey.see("72 examples of 3 classes")
    name = journey.parameter("set")
    run = journey.train_on_it(name)
    journey.follow("Test it with a text")
    journey.expect_address("/text", run=run.name)
    field = journey.page.locator(".st-key-typed_text input")
    field.fill("buenas noches")
    answer = journey.page.locator(".st-key-text_prediction")
    expect(answer).to_contain_text("Spanish")
    field.fill("guten Abend")
    expect(answer).to_contain_text("German")
    journey.picture("typed")
    journey.reload()
    journey.expect_address("/text", run=run.name, text="guten Abend")
    expect(answer).to_contain_text("German")
    journey.follow("See its mistakes")
    journey.see("on the test texts of")
    assert "picture" not in journey.main.inner_text().lower(), "texts are never called pictures"
    journey.see_no_error()
