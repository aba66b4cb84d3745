"""The speed that a user chose for a run."""

from pathlib import Path

import pytest

from nn_core.errors import ConfigError
from nn_core.jobs.requests import SpeedLimit
from nn_core.runs import RunFolder


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_batches_start_as_often_as_chosen_whatever_they_take(tmp_path: Path) -> None:
    run, clock = RunFolder(tmp_path), Clock()
    run.request_speed(4)
    limit = SpeedLimit(run, clock)
    started = []
    for seconds in (0.01, 0.2, 0.3, 0.01, 0.01):
        started.append(clock.now)
        clock.now += seconds
        limit.note_batch()
        clock.now += max(0.0, limit.get_wait())
    assert [round(start - 100, 2) for start in started] == [0, 0.25, 0.5, 0.8, 1.05]


def test_a_new_speed_counts_at_once(tmp_path: Path) -> None:
    run, clock = RunFolder(tmp_path), Clock()
    limit = SpeedLimit(run, clock)
    assert (limit.is_limited, limit.get_wait()) == (False, 0)
    run.request_speed(0.1)
    limit.read()
    limit.note_batch()
    assert limit.get_wait() == 10
    run.request_speed(10)
    limit.read()
    assert limit.get_wait() == pytest.approx(0.1)
    run.request_speed(None)
    limit.read()
    assert (limit.is_limited, limit.get_wait(), run.speed()) == (False, 0, None)


def test_a_speed_out_of_bounds_is_refused_and_a_damaged_file_ignored(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for speed in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match=r"choose 0\.1 to 10000"):
            run.request_speed(speed)
    assert not run.speed_file.exists()
    for content in ("", "[]", '{"steps_per_second": "fast"}', '{"steps_per_second": 1e9}'):
        run.speed_file.write_text(content)
        assert run.speed() is None
