"""Two runs are trained, compared, and the examples that only one of them gets right are looked at."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

from in_process_runs import three_epochs, trained
from journey import Journey
from playwright.sync_api import expect

from nn_core.runs import create_run, rename_run

Start = Callable[..., Journey]


def test_find_out_which_run_is_better(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey()
    for name, rate in (("slow", 0.005), ("fast", 0.05)):
        run = create_run(journey.app.runs_root, three_epochs("data.name=digits_8x8", f"optimizer.lr={rate}"), name)
        trained(run)
    rename_run(run, name="<b>fast</b> $x$")
    journey.sidebar("Compare")
    journey.expect_address("/compare", run=["slow", "fast"])
    main, page = journey.main, journey.page
    verdict = page.locator(".st-key-verdicts")
    expect(verdict).to_contain_text(re.compile(r"B gets \d+ more of \d+ right than A: \d+ only B, \d+ only A\."))
    expect(verdict).to_contain_text("Chance alone would produce such a difference or a larger one in")
    expect(verdict).to_contain_text("another seed could change it")
    expect(main).to_contain_text("B: <b>fast</b> $x$")
    expect(main).to_contain_text("which none of them used for training or to choose its best epoch")
    settings = page.locator(".st-key-different_settings").get_by_role("table")
    expect(settings.get_by_role("row")).to_have_count(2)
    expect(settings).to_contain_text("optimizer.lr")

    journey.choose_labelled("Show", "Only B is right")
    journey.expect_address("/compare", run=["slow", "fast"], show="only-B")
    cards = page.locator(".st-key-disagreements")
    expect(cards).to_contain_text("✓ B: ")
    expect(cards).not_to_contain_text("✓ A: ")
    journey.picture("only B right")
    number = page.locator(".st-key-disagreements_page input")
    number.focus()
    number.press("ArrowUp")
    number.press("Enter")
    journey.expect_address("/compare", run=["slow", "fast"], show="only-B", page="2")
    journey.reload()
    expect(number).to_have_value("2")
    expect(cards).not_to_contain_text("✓ A: ")

    with journey.download("disagreements_csv", tmp_path).open(newline="", encoding="utf-8") as file:
        different = list(csv.DictReader(file))
    report = json.loads(journey.download("comparison_json", tmp_path).read_text(encoding="utf-8"))
    assert [int(row["example"]) for row in different] == [each["index"] for each in report["disagreements"]]
    assert report["settings"] == {"optimizer.lr": [0.005, 0.05]}

    journey.choose_labelled("Compare the others with", "<b>fast</b> $x$")
    expect(verdict).to_contain_text(re.compile(r"A gets \d+ more of \d+ right than B"))
    journey.expect_address("/compare", run=["fast", "slow"])
    journey.see_no_error()
