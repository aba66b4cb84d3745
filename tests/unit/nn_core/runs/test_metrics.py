"""Reading metrics.jsonl while it grows: nothing twice, no incomplete lines, and cuts are detected."""

import json
import tracemalloc
from pathlib import Path

import pytest

from nn_core.runs import History, append_metrics, cut_metrics
from nn_core.runs.metrics import LONGEST_LINE, PinnedCurve


def point(step: int, kind: str = "train") -> dict[str, object]:
    return {"kind": kind, "step": step, "epoch": step / 10, "loss": 1 / step, "accuracy": 0.5, "elapsed_seconds": step}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_points_are_read_once_as_they_are_written(file: Path) -> None:
    history = History(file)
    history.update()
    assert list(history.train.loss) == []
    append_metrics(file, [point(1), point(2)])
    history.update()
    append_metrics(file, [point(3), point(3, "validation")])
    history.update()
    history.update()
    assert list(history.train.epoch) == [0.1, 0.2, 0.3]
    assert list(history.train.loss) == [1, 1 / 2, 1 / 3]
    assert list(history.validation.epoch) == [0.3]
    assert history.last_train["step"] == 3
    assert history.generation == 0


def test_an_incomplete_line_waits_for_its_newline(file: Path) -> None:
    history = History(file)
    line = json.dumps(point(1)).encode() + b"\n"
    for end in (1, len(line) // 2, len(line) - 1):
        file.write_bytes(line[:end])
        history.update()
        assert list(history.train.epoch) == []
    file.write_bytes(line + line[:9])
    history.update()
    assert list(history.train.epoch) == [0.1]


def test_points_rewritten_by_a_resumed_run_are_read_again(file: Path) -> None:
    history = History(file)
    append_metrics(file, [point(1)])
    size = file.stat().st_size
    append_metrics(file, [point(2), point(3)])
    history.update()
    cut_metrics(file, size)
    history.update()
    assert history.generation == 1
    assert list(history.train.epoch) == [0.1]
    append_metrics(file, [point(5)])
    history.update()
    assert list(history.train.epoch) == [0.1, 0.5]
    assert history.generation == 1


def test_a_cut_is_detected_even_if_the_file_has_grown_again(file: Path) -> None:
    history = History(file)
    append_metrics(file, [point(1), point(2)])
    history.update()
    cut_metrics(file, 0)
    append_metrics(file, [point(4), point(5), point(6)])
    history.update()
    assert history.generation == 1
    assert list(history.train.epoch) == [0.4, 0.5, 0.6]


def test_a_cut_of_unread_lines_changes_nothing(file: Path) -> None:
    history = History(file)
    append_metrics(file, [point(1)])
    history.update()
    size = file.stat().st_size
    append_metrics(file, [point(2)])
    cut_metrics(file, size)
    append_metrics(file, [point(3)])
    history.update()
    assert list(history.train.epoch) == [0.1, 0.3]
    assert history.generation == 0


def test_a_file_with_an_incomplete_last_line_is_cut_to_complete_lines(file: Path) -> None:
    append_metrics(file, [point(1), point(2)])
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    cut_metrics(file, len(whole))
    append_metrics(file, [point(3)])
    history = History(file)
    history.update()
    assert list(history.train.epoch) == [0.1, 0.3]


def test_cutting_nothing_leaves_the_file_unchanged(file: Path) -> None:
    cut_metrics(file, 0)
    assert not file.exists()
    append_metrics(file, [point(1)])
    inode = file.stat().st_ino
    cut_metrics(file, file.stat().st_size)
    assert file.stat().st_ino == inode


def test_learning_rate_changes_are_read_with_the_curves(file: Path) -> None:
    history = History(file)
    append_metrics(file, [point(1), {"kind": "turn", "step": 1, "epoch": 0.1, "lr": 0.003}, point(2)])
    history.update()
    size = file.stat().st_size
    append_metrics(file, [{"kind": "turn", "step": 2, "epoch": 0.2, "lr": 1e-05}])
    history.update()
    assert history.lr_changes == [(0.1, 0.003), (0.2, 1e-05)]
    assert list(history.train.epoch) == [0.1, 0.2]
    assert history.last_train["step"] == 2
    cut_metrics(file, size)
    history.update()
    assert history.lr_changes == [(0.1, 0.003)]


def pinned(step: int, **shares: float) -> dict[str, object]:
    return {"kind": "pinned", "step": step, "epoch": step / 10, "shares": shares}


def test_each_pinned_drawing_has_a_curve_that_a_cut_shortens(file: Path) -> None:
    history = History(file)
    append_metrics(file, [pinned(0, a=0.1, b=0.2), point(1), pinned(1, a=0.6, b=0.3)])
    history.update()
    size = file.stat().st_size
    append_metrics(file, [pinned(2, a=0.4, b=0.7), pinned(3, a=0.9, b=0.8)])
    history.update()
    assert set(history.pinned) == {"a", "b"}
    assert list(history.pinned["a"].epoch) == [0.0, 0.1, 0.2, 0.3]
    assert list(history.pinned["a"].share) == [0.1, 0.6, 0.4, 0.9]
    assert list(history.train.epoch) == [0.1]
    assert history.last_train["step"] == 1
    cut_metrics(file, size)
    history.update()
    assert history.generation == 1
    assert list(history.pinned["b"].share) == [0.2, 0.3]


@pytest.mark.parametrize(
    ("shares", "since"),
    [
        ([], None),
        ([0.1, 0.2], None),
        ([0.9, 0.5], None),
        ([0.1, 0.6, 0.7], 1.0),
        ([0.9, 0.2, 0.6, 0.9], 2.0),
        ([0.6, 0.7], 0.0),
        ([0.6, float("nan"), 0.7], 2.0),
    ],
)
def test_a_drawing_counts_as_learned_once_it_stays_above_one_half(shares: list[float], since: float | None) -> None:
    assert PinnedCurve([float(number) for number in range(len(shares))], shares).recognized_at == since


@pytest.mark.parametrize(
    "damage",
    [
        b'{"kind": "pinned", "epoch": 1}\n',
        b'{"kind": "pinned", "epoch": 1, "shares": [0.5]}\n',
        b'{"kind": "pinned", "epoch": 1, "shares": {"a": null}}\n',
        b'{"kind": "turn", "epoch": 1}\n',
        b"nonsense\n",
        b"[]\n",
        b"null\n",
        b'{"kind": "other"}\n',
        b'{"kind": "train", "epoch": "x"}\n',
        b"\xff\xfe\n",
        b"\n",
    ],
)
def test_a_damaged_line_is_counted_and_loses_no_other(file: Path, damage: bytes) -> None:
    append_metrics(file, [point(1), point(2)])
    with file.open("ab") as stream:
        stream.write(damage)
    append_metrics(file, [point(3)])
    history = History(file)
    for _ in range(2):
        history.update()
        assert (list(history.train.epoch), history.unreadable) == ([0.1, 0.2, 0.3], 1)


@pytest.mark.parametrize("length", [LONGEST_LINE + 1, 1_100_000, 30_000_000])
def test_a_long_line_is_skipped_while_it_is_read(file: Path, length: int) -> None:
    append_metrics(file, [point(1)])
    line = b'{"kind": "train", "x": [' + b"[]," * (length // 3)
    history = History(file)
    tracemalloc.start()
    try:
        for part in (line[: length // 2], line[length // 2 : -10], line[-10:], b"\n"):
            with file.open("ab") as stream:
                stream.write(part)
            history.update()
        append_metrics(file, [point(2)])
        history.update()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (list(history.train.epoch), history.unreadable, history.generation) == ([0.1, 0.2], 1, 0)
    assert peak < 20_000_000 + length / 2  # half of it is what this test writes at once


def test_a_line_with_the_maximum_number_of_pins_is_short(file: Path) -> None:
    shares = {f"{number:032d}": 1 / 3 for number in range(100)}
    append_metrics(file, [point(1), {"kind": "pinned", "step": 10**9, "epoch": 1 / 3, "shares": shares}])
    assert file.stat().st_size < LONGEST_LINE / 8
    history = History(file)
    history.update()
    assert (len(history.pinned), history.unreadable) == (100, 0)


def test_unknown_fields_of_a_line_are_ignored(file: Path) -> None:
    append_metrics(file, [{**point(1), "lr": 0.1, "anything": [[]] * 1000}])
    history = History(file)
    history.update()
    assert history.last_train == {"step": 1, "epoch": 0.1, "lr": 0.1}
