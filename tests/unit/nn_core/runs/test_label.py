"""The name and the note that a user gives a run."""

import json
from pathlib import Path

import pytest

from nn_core.config import get_preset
from nn_core.errors import BadInput, ReadOnlyRun, RunNotFound
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, RunLabel, create_run, delete_run, rename_run
from nn_core.runs.label import MAX_NAME_LENGTH, MAX_NOTE_LENGTH, isolate_direction

FAMILY = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, get_preset("simple_net"))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  first \t try\n", "first try"),
        ("<b>*x*</b> [a](b)", "<b>*x*</b> [a](b)"),
        ("a\x1b[31m\x00\x9db", "a[31mb"),
        ("gnp.\N{RIGHT-TO-LEFT OVERRIDE}exe", "gnp.exe"),
        ("\N{FIRST STRONG ISOLATE}open", "open"),
        ("\ud800x", "x"),
        (f"{FAMILY} \N{ROCKET}", f"{FAMILY} \N{ROCKET}"),
        ("שלום עולם", "שלום עולם"),
        ("مرحبا", "مرحبا"),
        ("Zoe\N{COMBINING DIAERESIS}", "Zoë"),
        ("\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}", ""),
        ("", ""),
    ],
)
def test_a_name_is_one_line_of_visible_text(typed: str, name: str) -> None:
    assert RunLabel.from_text(typed).name == name


def test_a_note_keeps_its_lines() -> None:
    typed = "Is 5 too high?\r\n\r\n  - try 0.5\x00\x1b \n\n"
    assert RunLabel.from_text(note=typed).note == "Is 5 too high?\n\n  - try 0.5"


def test_a_text_that_is_too_long_is_refused_in_one_sentence() -> None:
    longest = RunLabel.from_text("n" * MAX_NAME_LENGTH, "t" * MAX_NOTE_LENGTH)
    assert (len(longest.name), len(longest.note)) == (80, 2000)
    with pytest.raises(
        BadInput, match=r"^The name 'n{20} …' has 81 characters, and at most 80 are possible: shorten it\.$"
    ):
        RunLabel.from_text("n" * 81)
    with pytest.raises(BadInput, match=r"has 2,001 characters, and at most 2,000 are possible: shorten it\.$"):
        RunLabel.from_text(note="t" * 2001)


def test_a_run_is_renamed_in_its_folder(run: RunFolder) -> None:
    assert run.label() == RunLabel()
    assert not run.label_file.exists()
    before = sorted(run.path.parent.iterdir())
    rename_run(run, name="first try", note="why")
    assert rename_run(run, name="second try") == run.label() == RunLabel(name="second try", note="why")
    assert rename_run(run, note="") == RunLabel(name="second try")
    assert sorted(run.path.parent.iterdir()) == before


def test_a_run_that_is_read_only_or_gone_is_not_renamed(run: RunFolder) -> None:
    with pytest.raises(ReadOnlyRun):
        rename_run(RunFolder(SHIPPED_RUN), name="mine")
    delete_run(run)
    with pytest.raises(RunNotFound, match="it was deleted"):
        rename_run(run, name="gone")
    assert not run.path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"name": 3}', b'{"name": null}', b"\xff\xfe", b'"' * 5000, b'{"note": ["x"]}']
)
def test_a_damaged_label_is_none(run: RunFolder, content: bytes) -> None:
    run.label_file.write_bytes(content)
    assert run.label() == RunLabel()
    assert rename_run(run, name="again").name == "again"


def test_a_label_from_elsewhere_is_cleaned_and_cut(run: RunFolder) -> None:
    label = {"version": 2, "name": "a\N{RIGHT-TO-LEFT OVERRIDE}" + "n" * 99, "note": "t" * 9999, "colour": 1}
    run.label_file.write_text(json.dumps(label))
    assert run.label().name == "a" + "n" * 79
    assert len(run.label().note) == MAX_NOTE_LENGTH


def test_a_text_from_right_to_left_is_isolated() -> None:
    assert isolate_direction("first try") == "first try"
    assert isolate_direction("ניסוי 5") == "\N{FIRST STRONG ISOLATE}ניסוי 5\N{POP DIRECTIONAL ISOLATE}"


def test_tags_are_added_and_removed(run: RunFolder) -> None:
    assert rename_run(run, add_tags=[" good ", "#Seed", "", "GOOD", "needs\nwork"]).tags == (
        "good",
        "Seed",
        "needs work",
    )
    assert rename_run(run, add_tags=["b"], remove_tags=["seed", "unknown"]).tags == ("good", "needs work", "b")
    assert rename_run(run, name="named").tags == ("good", "needs work", "b"), "kept"
    run.label_file.write_text('{"version": 1, "name": "old", "note": ""}')
    assert run.label() == RunLabel(name="old"), "a file of an older version"


def test_too_many_or_too_long_tags_are_refused(run: RunFolder) -> None:
    with pytest.raises(
        BadInput, match=r"^The tag 't{20} …' has 31 characters, and at most 30 are possible: shorten it\.$"
    ):
        rename_run(run, add_tags=["t" * 31])
    with pytest.raises(BadInput, match=r"^21 tags are too many for one run, which may have 20: remove some\.$"):
        rename_run(run, add_tags=[f"t{number}" for number in range(21)])
    run.label_file.write_text(json.dumps({"tags": ["x" * 99, *(f"t{number}" for number in range(99))]}))
    assert (len(run.label().tags), max(map(len, run.label().tags))) == (20, 30)
