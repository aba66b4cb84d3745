"""The names and notes of runs on the pages: started with, shown everywhere as plain text, changed and searched."""

from pathlib import Path

import pytest
from apptest_pages import PATIENCE_SECONDS, app, list_rows, texts
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run
from visitors import come_as

from nn_core.config import apply_settings, get_preset
from nn_core.paths import SHIPPED_NAMES, SHIPPED_RUN
from nn_core.runs import RunFolder, RunLabel, create_run, list_runs, rename_run

NAME = "<b>5</b> *too* [high](x)?"
ESCAPED = r"\<b\>5\</b\> \*too\* \[high\](x)?"


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    """A run with random weights, a name and a note."""
    run = untrained_run(runs_root, "simple_net", name="2026-11-28-quiet-otter")
    rename_run(run, name=NAME, note="first\n# **second**")
    return run


@pytest.fixture
def other(runs_root: Path) -> RunFolder:
    return untrained_run(runs_root, "simple_net", "optimizer.lr=5", name="2026-11-28-bold-seal")


@pytest.mark.parametrize("page", ["train", "evaluate", "draw", "inside"])
def test_the_picker_offers_titles_and_the_address_keeps_the_folder(run: RunFolder, other: RunFolder, page: str) -> None:
    test = app(page, run=run.name)
    assert not test.exception
    picker = test.selectbox(key="run_picker")
    assert picker.value == run.name
    if page != "inside":
        assert set(picker.options) >= {NAME, "Simple network, rate 5"}
        picker.select(other.name).run()
        assert test.query_params["run"] in (other.name, [other.name])


def test_the_page_of_a_run_shows_its_name_folder_and_note_as_text(run: RunFolder) -> None:
    test = app("train", run=run.name)
    assert [title.value for title in test.title] == [ESCAPED]
    assert f"Folder: {run.name}" in [caption.value.replace("\\", "") for caption in test.caption]
    assert [text.value for text in test.text] == ["first\n# **second**"]
    links = [link.proto.label for link in app("train", like=run.name).get("page_link")]
    assert NAME not in links
    assert f"Starting from the settings of {ESCAPED}." in texts(app("train", like=run.name))
    assert ESCAPED in texts(app("evaluate", run=run.name))


def test_a_run_gets_its_name_and_note_from_the_form(runs_root: Path) -> None:
    test = app("train")
    assert test.text_input(key="run_name").placeholder == "Quick convolutional network"
    test.number_input(key="quick.training.epochs").set_value(1)
    test.text_input(key="run_name").set_value(f"  {NAME}\x1b ")
    test.text_area(key="run_note").set_value("why")
    test.button(key="start_training").click().run()
    (started,) = list_runs(runs_root)
    assert started.label() == RunLabel(name=NAME, note="why")
    assert started.name.startswith("20"), "the folder is named as ever"


def test_a_run_without_a_name_has_no_label(runs_root: Path) -> None:
    test = app("train")
    test.number_input(key="quick.training.epochs").set_value(1)
    test.button(key="start_training").click().run()
    (started,) = list_runs(runs_root)
    assert not started.label_file.exists()


@pytest.mark.parametrize(("page", "parameter"), [("train", "run"), ("runs", "compare")])
def test_the_name_and_the_note_are_changed_in_place(
    run: RunFolder, other: RunFolder, page: str, parameter: str
) -> None:
    test = app(page, **{parameter: run.name})
    assert (test.text_input(key="new_name").value, test.text_area(key="new_note").value) == (
        NAME,
        "first\n# **second**",
    )
    test.text_input(key="new_name").set_value("again")
    test.text_area(key="new_note").set_value("")
    test.button(key="confirm_rename").click().run()
    assert not test.exception
    assert run.label() == RunLabel(name="again")
    shown = texts(test)
    assert "again" in shown
    assert ESCAPED not in shown
    test.query_params[parameter] = other.name
    test.run()
    assert test.text_input(key="new_name").value == "", "the fields are those of the run that is shown"


def test_a_name_that_is_too_long_is_refused_in_the_fields(run: RunFolder) -> None:
    test = app("train", run=run.name)
    test.text_input(key="new_name").set_value("x" * 81)
    test.button(key="confirm_rename").click().run()
    assert [error.value for error in test.error] == [
        "The name 'xxxxxxxxxxxxxxxxxxxx …' has 81 characters, and at most 80 are possible\\: shorten it."
    ]
    assert test.text_input(key="new_name").value == "x" * 81, "to be shortened"
    assert run.label().name == NAME


def test_a_name_that_is_too_long_starts_no_run(runs_root: Path) -> None:
    test = app("train")
    test.text_area(key="run_note").set_value("x" * 2001)
    test.button(key="start_training").click().run()
    assert "has 2,001 characters" in test.error[0].value
    assert not list_runs(runs_root)


def test_a_rename_elsewhere_fills_the_fields_again(run: RunFolder) -> None:
    test = app("train", run=run.name)
    rename_run(run, name="from another tab")
    test.run()
    assert test.text_input(key="new_name").value == "from another tab"
    assert [title.value for title in test.title] == ["from another tab"]


def test_viewers_and_the_shipped_run_have_no_fields(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [field for field in app("train", run=SHIPPED_RUN.name).text_input if field.key == "new_name"]
    opened = app("train", run=run.name)
    come_as(monkeypatch, "viewer")
    opened.button(key="confirm_rename").click().run()
    assert run.label().name == NAME
    for page, query in (("train", {"run": run.name}), ("runs", {"compare": run.name}), ("train", {})):
        assert not {field.key for field in app(page, **query).text_input} & {"new_name", "run_name"}


def search(words: str, **query: str) -> tuple[AppTest, list[str]]:
    test = app("runs", **query)
    test.text_input(key="search_runs").set_value(words).run()
    assert not test.exception
    return test, [row["Run"] for row in list_rows(test)]


def test_the_list_is_searched_by_name_note_and_everything_else(run: RunFolder, other: RunFolder) -> None:
    assert sorted(search("")[1]) == sorted([NAME, "Simple network, rate 5", *SHIPPED_NAMES])
    for words in ("TOO", "second first", "quiet-otter", "  "):
        assert NAME in search(words)[1], words
    assert search("rate")[1] == ["Simple network, rate 5"]
    test, found = search("nothing like it")
    assert found == []
    assert [info.value for info in test.info] == ["No run matches this search. Search for something else."]
    assert "Curves" not in str([heading.value for heading in (*test.header, *test.subheader)])
    assert "Next steps" in str([heading.value for heading in (*search("")[0].header, *search("")[0].subheader)])
    assert "Next steps" not in str([heading.value for heading in (*test.header, *test.subheader)])
    assert set(search("rate", compare=run.name)[1]) == {NAME, "Simple network, rate 5"}, "a ticked run stays"


def test_the_list_shows_the_note_and_the_folder(run: RunFolder, other: RunFolder) -> None:
    row = next(row for row in list_rows(app("runs")) if row["Folder"] == run.name)
    assert (row["Run"], row["Note"]) == (NAME, "first # **second**")
    assert "Message" not in row


def test_next_steps_use_titles(run: RunFolder) -> None:
    assert f"For the run {ESCAPED}:" in texts(app("runs"))


def test_two_runs_of_one_name_can_both_be_chosen(run: RunFolder, runs_root: Path) -> None:
    config = apply_settings(get_preset("simple_net"), ["training.seed=1"])
    twin = create_run(runs_root, config, label=RunLabel(name=NAME))
    test = app("train", run=run.name)
    options = test.selectbox(key="run_picker").options
    assert {f"{NAME}, seed 0", f"{NAME}, seed 1"} <= set(options)
    test.selectbox(key="run_picker").select(twin.name).run(timeout=PATIENCE_SECONDS)
    assert test.selectbox(key="run_picker").value == twin.name
