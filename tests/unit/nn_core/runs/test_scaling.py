"""A thousand runs, a million points, thirty viewers: which work is repeated. It is counted, not timed."""

import json
import math
import os
import threading
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import pytest
from many_runs import copies, points, settled
from opened_files import files_opened

from nn_core.config import get_preset
from nn_core.errors import ConfigError
from nn_core.runs import FileCache, HistoryCache, RunFolder, append_metrics, create_run, cut_metrics, list_runs
from nn_core.runs.lock import RunLock
from ui.app.refresh_rate import RefreshLimiter
from ui.components.live_chart.batches import Curves, make_next_batch

MANY = 1_000


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    return create_run(runs_root, get_preset("quick"), "one")


# A thousand runs


def test_a_thousand_unchanged_runs_are_listed_without_opening_a_file(run: RunFolder) -> None:
    root = run.path.parent
    copies(run, MANY)
    settled(root)
    known = FileCache()

    def look() -> list[tuple[str, str]]:
        return [(found.status().status, found.config().model.name) for found in list_runs(root, known)]

    with files_opened(root) as first:
        seen = look()
    with files_opened(root) as second:
        assert look() == seen
    assert len(seen) == MANY + 1
    assert len(first) >= 2 * MANY
    assert [Path(file).name for file in second] == ["run.lock"], (
        "whether the one that is queued lives is never remembered"
    )
    (root / "copy-0003" / "status.json").write_text(
        run.status().model_copy(update={"status": "failed"}).model_dump_json()
    )
    with files_opened(root) as third:
        assert sorted(word for word, _model in look()).count("failed") == 1
    assert len([file for file in third if file.endswith("status.json")]) == 1


def test_a_replaced_file_is_read_again(run: RunFolder) -> None:
    known = FileCache()
    seen = RunFolder(run.path, known)
    settled(run.path.parent)
    assert seen.config() is seen.config(), "remembered"
    text = run.config_file.read_text()

    run.write_config(get_preset("simple_net"))  # replaced
    assert seen.config().model.name == "simple_net"
    run.config_file.write_text(text)  # written over
    assert seen.config().model.name == "quick"
    settled(run.path.parent)
    first = seen.config()
    moved = RunFolder(run.path.rename(run.path.with_name("other")), known)
    assert moved.config() == first
    moved.config_file.write_text("{")
    for _look in range(2):
        with pytest.raises(ConfigError, match="not valid JSON"):
            moved.config()
    moved.config_file.write_text(text)
    assert moved.config() == first


def test_a_replaced_file_of_equal_size_and_time_is_detected_by_its_inode(tmp_path: Path) -> None:
    file, known = tmp_path / "file", FileCache()
    file.write_text("one")
    settled(tmp_path.parent)
    assert known.read(file, Path.read_text) == "one"
    before = file.stat()
    other = tmp_path / "other"
    other.write_text("two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)
    assert known.read(file, Path.read_text) == "two"


def test_the_number_of_cached_files_is_limited(tmp_path: Path) -> None:
    known = FileCache(max_files=3)
    files = [tmp_path / str(number) for number in range(5)]
    for file in files:
        file.write_text(file.name)
    settled(tmp_path.parent)
    reads: list[Path] = []

    def read(file: Path) -> str:
        reads.append(file)
        return file.read_text()

    for file in files:
        assert known.read(file, read) == file.name
    assert known.read(files[4], read) == "4"
    assert reads == files
    assert known.read(files[0], read) == "0"
    assert reads == [*files, files[0]]


def test_whether_a_run_is_alive_is_never_cached(run: RunFolder) -> None:
    seen = RunFolder(run.path, FileCache())
    run.write_status(run.status().model_copy(update={"status": "running"}))
    settled(run.path.parent)
    assert seen.status().status == "interrupted"
    with RunLock(run.lock_file):
        assert seen.status().status == "running"
    assert seen.status().status == "interrupted"


# A million points


def test_an_unchanged_file_is_not_opened_and_readers_share_the_history(run: RunFolder) -> None:
    append_metrics(run.metrics_file, points(50))
    histories = HistoryCache()
    with files_opened(run.path) as opened:
        first = histories.read(run)
        second = histories.read(run)
        assert second.train.loss is first.train.loss
        assert len(first.train.epoch) == 50
    assert opened == [str(run.metrics_file)]
    append_metrics(run.metrics_file, points(2, first=51))
    assert len(histories.read(run).train.epoch) == 52
    cut_metrics(run.metrics_file, 0)
    append_metrics(run.metrics_file, points(3))
    again = histories.read(run)
    assert list(again.train.epoch) == [0.1, 0.2, 0.3]
    assert again.generation == first.generation + 1
    assert len(first.train.epoch) == 52, "who has looked keeps what he saw"


def test_a_long_file_is_read_in_blocks_by_many_readers_without_loss(run: RunFolder) -> None:
    append_metrics(run.metrics_file, points(30_000))
    histories, shares, read = HistoryCache(), [], []

    def look() -> None:
        reported: list[float] = []
        read.append(histories.read(run, reported.append))
        shares.append(reported)

    threads = [threading.Thread(target=look) for _viewer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for history in read:
        assert len(history.train.epoch) == len(history.train.loss) == 30_000
    for reported in shares:
        assert reported == sorted(reported)
        assert all(0 < share < 1 for share in reported)
    assert max(map(len, shares)) >= 1, "a reader that waits sees the progress"


def test_a_run_that_replaces_a_deleted_one_has_none_of_its_points(run: RunFolder) -> None:
    append_metrics(run.metrics_file, points(5))
    histories = HistoryCache()
    before = histories.read(run)
    run.metrics_file.unlink()
    after = histories.read(run)
    assert len(after.train.epoch) == 0
    assert after.generation != before.generation


def test_unused_histories_are_dropped_and_generations_never_reused(run: RunFolder) -> None:
    others = [create_run(run.path.parent, get_preset("quick"), name) for name in ("two", "three")]
    for each in (run, *others):
        append_metrics(each.metrics_file, points(60))
    now = [0.0]
    histories = HistoryCache(max_points=100, clock=lambda: now[0])
    first = histories.read(run)
    histories.read(others[0])
    assert histories.read(run).train.loss is first.train.loss, "both are looked at"
    now[0] = 1_000.0
    histories.read(others[0])
    histories.read(others[1])
    again = histories.read(run)
    assert again.train.loss is not first.train.loss
    assert list(again.train.loss) == list(first.train.loss)
    assert again.generation != first.generation, "a browser that holds points of the first one gets all of them"


class Counted(Sequence[float]):
    """Numbers that count how many of them were looked at."""

    def __init__(self, values: "array[float]") -> None:
        self.values = values
        self.looked_at = 0

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> "array[float]": ...
    def __getitem__(self, index: int | slice) -> "float | array[float]":
        found = self.values[index]
        self.looked_at += 1 if isinstance(found, float) else len(found)
        return found

    def __iter__(self) -> Iterator[float]:
        self.looked_at += len(self.values)
        return iter(self.values)


def a_tick(count: int, new: int) -> tuple[dict[str, Any], int]:
    """(what is sent, numbers looked at) when `new` points come after `count`."""

    def curves(total: int) -> Curves:
        values = array("d", range(total))
        return Curves(*(Counted(values) for _column in range(6)))

    before, after = curves(count), curves(count + new)
    _first, sent = make_next_batch(before, None, run="a", generation=0)
    batch, _sent = make_next_batch(after, sent, run="a", generation=0)
    return batch, sum(column.looked_at for column in vars(after).values() if isinstance(column, Counted))


def test_a_tick_costs_the_same_after_a_million_points() -> None:
    few, looked_at_few = a_tick(1_000, 30)
    many, looked_at_many = a_tick(1_000_000, 30)
    assert looked_at_many == looked_at_few > 0
    assert [len(many["train"][name]) for name in ("x", "loss")] == [30, 30]
    assert abs(len(json.dumps(many)) - len(json.dumps(few))) < 30 * 6 * 6, "but for longer numbers"


# Thirty viewers


def test_few_viewers_get_the_interval_they_want_and_thirty_stay_within_the_limit() -> None:
    limiter = RefreshLimiter(cpu_fraction=0.15)
    for _tick in range(40):
        limiter.record_cost(0.02)
    for number in range(5):
        assert limiter.choose_interval(str(number), 1.0) == 1.0
    intervals = [limiter.choose_interval(str(number), 1.0) for number in range(30)]
    assert intervals == sorted(intervals)
    final = [limiter.choose_interval(str(number), 1.0, interval) for number, interval in enumerate(intervals)]
    assert sum(0.02 / interval for interval in final) <= 1.5 * 0.15
    assert limiter.choose_interval("30", 0.25) == pytest.approx(final[-1] / 4, rel=0.4), (
        "a viewer who wants more gets more"
    )


def test_a_suitable_interval_is_kept_and_absent_viewers_are_not_counted() -> None:
    now = [0.0]
    limiter = RefreshLimiter(cpu_fraction=0.15, clock=lambda: now[0])
    for _tick in range(40):
        limiter.record_cost(0.02)
    for number in range(20):
        limiter.choose_interval(str(number), 1.0)
    slow = limiter.choose_interval("0", 1.0)
    assert slow == pytest.approx(20 * 0.02 / 0.15, rel=0.05)
    limiter.choose_interval("20", 1.0)
    assert limiter.choose_interval("0", 1.0, slow) == slow
    now[0] = 1_000.0
    assert limiter.choose_interval("0", 1.0, slow) == 1.0


def test_one_slow_refresh_does_not_change_the_intervals() -> None:
    limiter = RefreshLimiter(cpu_fraction=0.15)
    for _tick in range(40):
        limiter.record_cost(0.02)
    limiter.record_cost(30.0)
    assert limiter.choose_interval("first", 1.0) == 1.0
    assert math.isfinite(limiter.choose_interval("second", 0.25))
