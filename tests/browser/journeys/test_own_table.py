"""A table with unclear columns: looked at, a column changed, imported, trained on; then another one from where the person is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from journey import Journey
from playwright.sync_api import expect
from table_rows import mood_rows

Start = Callable[..., Journey]


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_own_table_with_unclear_columns(start_journey: Start, tmp_path: Path, phone: bool) -> None:
    rows = [f"{i},{text} a,{text} b,{label}" for i, (text, label) in enumerate(mood_rows(60))]
    (tmp_path / "pairs.csv").write_text("\n".join(["id,first comment,second comment,label", *rows]), encoding="utf-8")
    (tmp_path / "tweets.tsv").write_text(
        "\n".join(["tweet\tclass", *(f'"{text}\t{label}' for text, label in mood_rows())]), encoding="utf-8"
    )
    journey = start_journey(phone=phone, at="/data")
    journey.open_fold("Use your own data")
    journey.upload(tmp_path / "pairs.csv")
    journey.see("Several columns may be the texts: '2: first comment', '3: second comment'")
    journey.choose_labelled("Column of the texts", "3: second comment")
    preview = journey.page.locator(".st-key-table_preview")
    expect(preview.locator("th").first).to_have_text("3: second comment → text")
    journey.choose_labelled("Column of the texts", "2: first comment")
    expect(preview.locator("th").first).to_have_text("2: first comment → text")
    expect(preview).to_contain_text("so sad number 1000 a")
    journey.see("neg (30), pos (30)")
    width = journey.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "nothing is wider than the page"
    journey.press("make_data")
    journey.see("60 examples of 2 classes")
    journey.see("from the column 'first comment'")
    name = journey.parameter("set")
    if phone:
        return
    journey.train_on_it(name)

    journey.sidebar("Data")
    journey.open_fold("Use your own data")
    journey.upload(tmp_path / "tweets.tsv")
    expect(preview.locator("th").first).to_have_text("1: tweet → text")
    journey.press("make_data")
    journey.see("40 examples of 2 classes")
    assert journey.parameter("set") != name
    journey.open_fold("Use your own data")
    expect(journey.page.locator("[data-testid=stFileUploader]")).to_be_visible()
    journey.see_no_error()
