"""The card "Other seeds" on a run's page, and groups in the list of runs."""

import json
from pathlib import Path

import pytest
from apptest_pages import app, list_rows, texts
from seed_groups import make_group
from visitors import come_as

from nn_core.runs import list_runs

NAME = "<b>$x$</b> **a**"
ESCAPED = r"\<b\>\$x\$\</b\> \*\*a\*\*"

pytestmark = pytest.mark.usefixtures("fresh_allowance")


def get_group(run_folder: Path) -> str:
    return str(json.loads((run_folder / "group.json").read_text())["group"])


def test_a_run_is_repeated_up_to_a_limit_that_is_said(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_group(runs_root, (0.9, 0.95))
    second.group_file.unlink()
    first.group_file.unlink()
    monkeypatch.setenv("NN_LAB_RUNS_PER_MINUTE", "2")
    test = app("train", run=first.name)
    assert "This run has the seed 0. New seeds: 1, 2." in texts(test)
    assert "Estimate: about 24 s one after another" in texts(test)
    [total] = [field for field in test.number_input if (field.key or "").startswith("seeds_total")]
    for refused in (1, 17):
        total.set_value(refused).run()
        assert f"{refused} is not a possible number of runs: choose one from 2 to 16." in test.error[0].value
        assert test.button(key="start_seeds").disabled
    total.set_value(5).run()
    test.button(key="start_seeds").click().run()
    assert not test.exception
    said = test.toast[0].value.replace("\\", "")
    assert "Runs started or queued: 2. The others were not: You may start 2 runs a minute." in said
    assert len(list_runs(runs_root)) == 4
    assert "**1 of 3 runs have finished.**" in texts(test)
    assert "3 runs exist. New seed: 3." in texts(test)
    test.button(key="start_seeds").click().run()
    assert "You may start 2 runs a minute" in test.toast[0].value
    assert len(list_runs(runs_root)) == 4


def test_a_group_is_shown_on_the_page_of_each_member_and_compared(runs_root: Path) -> None:
    _one, member, *_others = make_group(runs_root, (0.9, 0.92, 0.94), name=NAME)
    other = make_group(runs_root, (0.95, 0.91, 0.93), "optimizer.lr=0.5", name="$y$ <i>")
    test = app("train", run=member.name, against=get_group(other[0].path))
    assert not test.exception
    shown = texts(test)
    assert "**3 of 3 runs have finished.**" in shown
    assert "Test accuracy: mean 92.00 %, standard deviation 2.00 percentage points (3 runs)." in shown
    assert (
        rf"The mean test accuracy of \$y\$ \<i\> is **1.00 percentage points** higher than that of {ESCAPED}." in shown
    )
    assert "more seeds each" in shown
    test.number_input(key="smallest_difference").set_value(6.0).run()
    assert "**About one more seed each** (4 in each group)" in texts(test)
    assert not test.exception
    unknown = app("train", run=member.name, against="nothing")
    assert not unknown.exception
    assert "against=nothing" in str([warning.value for warning in unknown.warning]).replace("\\", "")


def test_viewers_see_a_group_and_no_button(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    member, other = make_group(runs_root, (0.9, 0.92))
    come_as(monkeypatch, "viewer")
    test = app("train", run=member.name)
    assert "**2 of 2 runs have finished.**" in texts(test)
    assert "start_seeds" not in {button.key for button in test.button}
    other.group_file.unlink()
    assert "Repeat with other seeds" not in str([heading.value for heading in app("train", run=member.name).header])


def test_groups_are_rows_of_the_list_of_runs(runs_root: Path) -> None:
    member, other, *_rest = make_group(runs_root, (0.9, 0.92, 0.94), name=NAME)
    test = app("runs")
    assert not test.exception
    [row] = [row for row in list_rows(test) if NAME in row["Run"]]
    assert row["Status"] == "3 of 3 runs"
    assert row["Test accuracy"] == "92.00 % ± 2.00"
    assert member.name not in {row["Folder"] for row in list_rows(test)}
    assert member.name in {row["Folder"] for row in list_rows(app("runs", seeds="single"))}
    ticked = app("runs", compare=other.name)
    assert "delete_run" in {button.key for button in ticked.button}, "a ticked member can be worked on"
    ticked.text_input(key="search_runs").set_value("nothing like it").run()
    assert [row for row in list_rows(ticked) if NAME in row["Run"]], "a ticked run stays in the table"
    assert not [row for row in list_rows(app("runs", search="nothing like it")) if NAME in row["Run"]]
