"""A process that dies between two system calls, or a power cut: files stay valid and no other line is lost."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from in_process_runs import three_epochs
from train_states import CPU

from nn_core.data import Dataset
from nn_core.drawings import Drawing
from nn_core.drawings.corrections import get_corrections_file, read_corrections, store_correction
from nn_core.drawings.pins import add_pin, read_pins
from nn_core.runs import History, append_metrics, create_run, cut_metrics
from nn_core.runs.weights import read_weights
from nn_core.training.checkpoint import has_valid_checksum, load_checkpoint, save_checkpoint
from nn_core.training.loop import train
from nn_core.training.state import TrainState

CONFIG = three_epochs()


# Killed while it saves


def test_a_save_killed_before_any_system_call_leaves_a_valid_checkpoint(tmp_path: Path, little: Dataset) -> None:
    run = create_run(tmp_path, CONFIG, "run")
    session = TrainState(CONFIG, little, CPU)
    events = train(session)
    saved = 0

    def save() -> None:
        save_checkpoint(run, session, metrics_size=0, elapsed_seconds=float(session.step))

    next(events)
    save()
    for call in range(100):
        next(events, None)
        saved, child = session.step, os.fork()
        if child == 0:
            _die_at(call, run.path)
            save()
            os._exit(0)
        _pid, code = os.waitpid(child, 0)
        state = load_checkpoint(run)
        assert state
        assert state.position[2] in (saved, session.step - 1), call
        assert not state.is_previous, "last.state is there at any moment"
        assert has_valid_checksum(run.state_file)
        for file in (run.previous_state, run.last_weights, run.best_weights):
            if file.exists() and file.suffix == ".state":
                assert has_valid_checksum(file)
            elif file.exists():
                read_weights(file)
        if code == 0:
            assert call > 10, "there were calls to die at"
            return
        save()
    raise AssertionError("it never got to its end")


def _die_at(call: int, folder: Path) -> None:
    """End this process, without a word, right before its so-many-th change below `folder`."""
    seen = 0

    def die(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in ("open", "os.rename", "os.link", "os.remove") and str(arguments[0]).startswith(str(folder)):
            seen += 1
            if seen > call:
                os._exit(9)

    sys.addaudithook(die)


def test_without_hard_links_there_is_always_a_valid_checkpoint(
    tmp_path: Path, little: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    run = create_run(tmp_path, CONFIG, "run")
    session = TrainState(CONFIG, little, CPU)
    for number, _event in enumerate(train(session), start=1):
        save_checkpoint(run, session, metrics_size=0, elapsed_seconds=0.0)
        state, previous = load_checkpoint(run), run.previous_state
        assert state
        assert state.position[2] == session.step
        assert previous.exists() == (number > 1)
        if number == 3:
            break


# Metrics after a power cut


LINE = {"kind": "train", "step": 1, "epoch": 0.5, "loss": 1.0, "accuracy": 0.5, "lr": 0.1}


@pytest.mark.parametrize(
    "tail", [b"", b'{"kind": "tra', bytes(4096), b'{"kind": "tra' + bytes(99), bytes(99) + b"\n", b"}\n\xff"]
)
@pytest.mark.parametrize("counted", [True, False], ids=["counted by the state", "after the state"])
def test_metrics_after_a_power_cut_end_with_their_last_complete_line(
    tmp_path: Path, tail: bytes, counted: bool
) -> None:
    file = tmp_path / "metrics.jsonl"
    append_metrics(file, [LINE, LINE])
    lines = file.read_bytes()
    file.write_bytes(lines + tail)
    history = History(file)
    history.update()
    assert len(history.train.epoch) == 2
    assert history.unreadable <= 2
    cut_metrics(file, len(lines) + len(tail) + 1 if counted else len(lines))
    if b"\0" in tail or b"\n" not in tail:
        assert file.read_bytes() == lines
    append_metrics(file, [LINE])
    history.update()
    assert len(history.train.epoch) == 3


@pytest.mark.parametrize(
    "tail", [b'{"label": "7", "si', bytes(4096), b'{"label"' + bytes(9)], ids=["half", "zeros", "both"]
)
def test_an_incomplete_last_line_of_drawings_loses_no_other(tmp_path: Path, tail: bytes) -> None:
    drawing = Drawing(size=280, pen_width=18, strokes=(((10, 10), (20, 200)),))
    corrections = get_corrections_file(tmp_path)
    store_correction("1", drawing, corrections)
    add_pin(tmp_path, drawing, label="1", name="mine")
    for file in (corrections, tmp_path / "pinned.jsonl"):
        with file.open("ab") as stream:
            stream.write(tail)
    store_correction("7", drawing, corrections)
    add_pin(tmp_path, drawing, label="7", name="yours")
    assert [each.label for each in read_corrections(corrections)] == ["1", "7"]
    assert [pin.label for pin in read_pins(tmp_path)] == ["1", "7"]
