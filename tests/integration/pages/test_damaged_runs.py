"""A folder full of damaged runs beside a good one: every page says what ails which, and the good one is as ever."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from apptest_pages import app, list_rows
from streamlit.testing.v1 import AppTest

from nn_core.paths import SHIPPED_NAMES
from nn_core.runs import RunFolder, append_metrics

PINNED = {"kind": "pinned", "step": 72, "epoch": 2.0, "shares": {"5f0c21aa": 0.9}}


def cut(name: str) -> Callable[[RunFolder], object]:
    def damage(run: RunFolder) -> None:
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[: len(content) // 2])

    return damage


def flipped(name: str) -> Callable[[RunFolder], object]:
    def damage(run: RunFolder) -> None:
        content = bytearray((run.path / name).read_bytes())
        content[-300] ^= 4
        (run.path / name).write_bytes(content)

    return damage


def newer(run: RunFolder) -> None:
    values = json.loads(run.config_file.read_bytes())
    run.config_file.write_text(json.dumps({**values, "version": 2}))


def zeros_in_the_metrics(run: RunFolder) -> None:
    with run.metrics_file.open("ab") as stream:
        stream.write(b'{"kind": "tr' + bytes(500) + b"\n")


def lost_pins(run: RunFolder) -> None:
    append_metrics(run.metrics_file, [PINNED])
    (run.path / "pins.json").write_bytes(bytes(90))


# What was done to each run, and what is said of it on the pages Train, Evaluate and Draw; nothing where it does not matter there.
DAMAGE: dict[str, tuple[Callable[[RunFolder], object], str, str, str]] = {
    "half a config": (cut("config.json"), "config.json' is not valid JSON", "config.json' is not valid JSON", ""),
    "no config": (lambda run: run.config_file.unlink(), "", "", ""),
    "newer": (newer, "written by a newer NN Lab", "written by a newer NN Lab", ""),
    "half a status": (cut("status.json"), "status.json is damaged", "", ""),
    "no status": (lambda run: run.status_file.unlink(), "status.json is missing", "", ""),
    "flipped weights": (flipped("best.safetensors"), "", "", "damaged file, best.safetensors"),
    "flipped calibration": (
        flipped("calibration.safetensors"),
        "",
        "The calibration of the run was damaged",
        "damaged file, calibration.safetensors",
    ),
    "half an evaluation": (cut("evaluation.json"), "", "damaged file, evaluation.json", ""),
    "zeros in the metrics": (zeros_in_the_metrics, "Damaged lines in metrics.jsonl", "", ""),
    "lost pins": (lost_pins, "pins.json is damaged or missing", "", ""),
    "flipped state": (flipped("last.state"), "", "", ""),
    "good": (lambda run: None, "", "", ""),
}


@pytest.fixture
def full(runs_root: Path, finished_run: RunFolder) -> Path:
    for name, (damage, *_words) in DAMAGE.items():
        damage(RunFolder(shutil.copytree(finished_run.path, runs_root / name)))
    return runs_root


def told(test: AppTest) -> str:
    """What stands in boxes and captions, as plain text."""
    assert not test.exception
    sentences = [each.value for kind in (test.error, test.warning, test.info, test.caption) for each in kind]
    text = "\n".join(sentences).replace("\\", "")
    assert "unexpected went wrong" not in text
    return text


def test_the_list_shows_the_error_of_each_run(full: Path) -> None:
    test = app("runs")
    told(test)
    rows = {row["Run"]: row for row in list_rows(test)}
    assert rows.keys() - set(SHIPPED_NAMES) == DAMAGE.keys() - {"no config"}
    assert rows["newer"]["Status"] == "newer version"
    assert "Update NN Lab" in rows["newer"]["Message"]
    assert rows["half a config"]["Status"] == "damaged"
    assert rows["half a status"]["Status"] == rows["good"]["Status"] == "finished"
    assert "status.json" in rows["half a status"]["Message"]


@pytest.mark.parametrize(("number", "page"), list(enumerate(("train", "evaluate", "draw"))))
def test_every_page_shows_the_error_of_a_damaged_run_and_the_intact_one(full: Path, number: int, page: str) -> None:
    test = app(page, run="good")
    before = told(test)
    for name, (_damage, *words) in DAMAGE.items():
        if name == "no config":
            continue
        test.query_params["run"] = name
        text = told(test.run())
        assert words[number] in text, (name, text)
    test.query_params["run"] = "good"
    assert told(test.run()) == before
    assert not test.error
