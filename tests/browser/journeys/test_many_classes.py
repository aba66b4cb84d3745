"""A hundred classes: which two are mixed up, found in the matrix with the keyboard, in the scores and in the curves."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas
from journey import Journey
from many_classes import HOSTILE, make_many_texts, train_on_texts
from PIL import Image
from playwright.sync_api import expect

from nn_core.runs.reports import ClassificationReport

Start = Callable[..., Journey]


def test_a_hundred_classes_are_searched_for_what_is_mixed_up(start_journey: Start, tmp_path: Path) -> None:
    data_folder, runs_root = tmp_path / "data", tmp_path / "runs"
    name = make_many_texts(data_folder, 100)
    run = train_on_texts(runs_root, data_folder, name, "hundred", epochs=2)
    tested = run.evaluation()
    assert isinstance(tested, ClassificationReport)
    journey = start_journey(at=f"/evaluate?run={run.name}")
    page, card = journey.page, journey.page.locator(".st-key-confusion_matrix")
    grid = card.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "101")

    # By similarity, walked through with the keys, enlarged until the figures can be read.
    page.locator(".st-key-matrix_order").get_by_text("By similarity").click()
    expect(page).to_have_url(re.compile("order=similar"))
    journey.picture("by similarity")
    first = tested.confusions[0]
    grid.locator("[tabindex='0']").focus()
    detail = card.locator(".detail")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowUp")
    for _step in tested.classes:
        if detail.inner_text().startswith(f"read as {first.predicted}:"):
            break
        page.keyboard.press("ArrowRight")
    for _step in tested.classes:
        page.keyboard.press("ArrowDown")
        if detail.inner_text().startswith(f"{first.true} read as {first.predicted}: {first.count} of"):
            break
    for _press in range(6):
        page.keyboard.press("+")
    expect(grid.get_by_role("gridcell", name=f"{first.true} read as {first.predicted}:")).to_be_in_viewport()
    journey.picture("enlarged")
    page.keyboard.press("Enter")
    chosen = {"run": run.name, "order": "similar", "true": first.true, "predicted": first.predicted}
    journey.expect_address("/evaluate", **chosen)
    expect(card.locator(".chosen")).to_contain_text(f"{first.true} read as {first.predicted}")
    journey.reload()
    expect(card.locator(".chosen")).to_contain_text(f"{first.true} read as {first.predicted}")
    card.get_by_role("button", name="Show all again").click()
    journey.expect_address("/evaluate", run=run.name, order="similar")
    journey.back()
    expect(card.locator(".chosen")).to_be_visible()

    # Files
    for kind in ("PNG", "SVG"):
        with page.expect_download() as downloading:
            card.get_by_role("button", name=kind).click()
        downloading.value.save_as(tmp_path / f"matrix.{kind.lower()}")
    assert Image.open(tmp_path / "matrix.png").width > 2_000
    picture = (tmp_path / "matrix.svg").read_text()
    assert "&#60;b&#62;bold&#60;/b&#62;" in picture
    assert "<b>" not in picture
    counts = pandas.read_csv(journey.download("matrix_csv", tmp_path), index_col=0)
    assert counts.shape == (100, 100)
    assert counts.loc[first.true, first.predicted] == first.count
    assert "'=1+1" in counts.index, "a spreadsheet runs no name"

    # Scores
    table = page.locator(".st-key-class_table")
    assert {*HOSTILE} <= set(table.get_by_role("rowheader").evaluate_all("cells => cells.map(cell => cell.title)"))
    journey.fill("Find a class", "species 4")
    expect(table.get_by_role("row")).to_have_count(10 + 3)
    expect(table.get_by_role("row").last).to_contain_text("Weighted average")
    expect(table.get_by_role("row").last).to_be_in_viewport()
    scores = pandas.read_csv(journey.download("scores_csv", tmp_path))
    assert len(scores) == 102

    # Curves
    journey.open_fold("Show the curves")
    expect(page.locator(".st-key-precision_recall_chart .js-plotly-plot")).to_be_visible()
    journey.see("Mean average precision of 100 classes on 200 test texts", within="precision_recall")
    journey.see_no_error()
