"""Each limit is reported with value, rule and remedy, and is not reached by one person who works alone."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nn_core.cli.train import train as train_here
from nn_core.config import get_preset
from nn_core.errors import BadInput, LimitReached
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, Limits, get_limits
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, create_run, list_runs
from nn_core.runs.disk_quota import measure_run_bytes
from nn_core.transfer import write_archive
from ui.app.actions import delete_run, import_run, import_weights, rename_run
from ui.auth.quotas import QuotaExceeded, Quotas, SlidingWindow, get_quotas

MB = 1_000_000

pytestmark = pytest.mark.usefixtures("fresh_allowance")


def test_the_environment_sets_each_limit() -> None:
    assert get_limits({}) == Limits()
    for name, variable in LIMITS_IN_THE_ENVIRONMENT.items():
        assert getattr(get_limits({variable: "7.5"}), name) == 7.5


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf", "1e99", "1,5"])
def test_an_invalid_value_is_reported(text: str) -> None:
    with pytest.raises(BadInput, match=f"NN_LAB_QUEUED_RUNS = '{text}' is not a valid limit"):
        get_limits({"NN_LAB_QUEUED_RUNS": text})


def test_a_rate_limit_applies_per_visitor_and_in_total_and_says_when_to_retry() -> None:
    rate = SlidingWindow(60)
    for second in (0, 10, 20):
        rate.use("a", 1, limit=3, shared_limit=5, now=second)
    with pytest.raises(QuotaExceeded) as full:
        rate.use("a", 1, limit=3, shared_limit=5, now=30)
    assert (full.value.wait_seconds, full.value.is_shared) == (30, False)
    rate.use("b", 2, limit=3, shared_limit=5, now=30)
    with pytest.raises(QuotaExceeded) as full:
        rate.use("c", 2, limit=3, shared_limit=5, now=40)
    assert (full.value.wait_seconds, full.value.is_shared) == (30, True)
    with pytest.raises(QuotaExceeded) as full:
        rate.use("c", 4, limit=3, shared_limit=5, now=40)
    assert full.value.wait_seconds is None
    rate.use("a", 1, limit=3, shared_limit=5, now=60)


def test_a_rate_limit_forgets_old_visitors() -> None:
    rate = SlidingWindow(60)
    for number in range(1000):
        rate.use(f"visitor {number}", 1, 1, 10, now=number * 61)
    assert len(rate._by_visitor) == len(rate._used) == 1


def test_the_defaults_allow_fast_clicking() -> None:
    """A start every two seconds, for half an hour, with what then waits."""
    rate, usual = SlidingWindow(60), Limits()
    for second in range(0, 1800, 2):
        rate.use("here", 1, usual.runs_per_minute, usual.server_runs_per_minute, now=second)


def test_waiting_runs_are_counted_per_visitor_and_in_total(runs_root: Path) -> None:
    from nn_core.runs.queue import QueueEntry, get_queue_folder, queue_lock

    with queue_lock(get_queue_folder(runs_root)):
        tickets = [QueueEntry.create(get_queue_folder(runs_root), "cpu", name) for name in ("one", "two", "three")]
    shared = Quotas()
    shared.record_starter("a", "one")
    shared.record_starter("a", "two")
    may_start(shared, "a", runs_root, Limits(queued_runs=3))
    with pytest.raises(LimitReached, match=r"2 of your runs are queued, and the limit is 2"):
        may_start(shared, "a", runs_root, Limits(queued_runs=2))
    may_start(shared, "b", runs_root, Limits(queued_runs=2))
    with pytest.raises(LimitReached, match="3 runs are queued, which is the limit"):
        may_start(shared, "b", runs_root, Limits(server_queued_runs=3))
    for ticket in tickets:
        ticket.remove()
    may_start(shared, "a", runs_root, Limits(queued_runs=1, server_queued_runs=1))


def may_start(shared: Quotas, who: str, root: Path, limits: Limits) -> None:
    with shared.reserve_start(who, root, limits):
        pass


def test_simultaneous_tabs_cannot_exceed_the_limit(runs_root: Path) -> None:
    from nn_core.runs.queue import QueueEntry, get_queue_folder, queue_lock

    shared, begun = Quotas(), threading.Barrier(8)

    def press(number: int) -> bool:
        begun.wait()
        try:
            with shared.reserve_start("a", runs_root, Limits(queued_runs=1, free_gb=0)):
                with queue_lock(get_queue_folder(runs_root)):
                    QueueEntry.create(get_queue_folder(runs_root), "cpu", f"run {number}")
                shared.record_starter("a", f"run {number}")
        except LimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as tabs:
        assert sum(tabs.map(press, range(8))) == 1


def test_a_run_keeps_its_owner_after_renaming_and_resuming(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_GB", "0.002")
    monkeypatch.setenv("NN_LAB_FREE_GB", "0")
    run = create_run(runs_root, get_preset("quick"), "large")
    (run.path / "best.safetensors").write_bytes(bytes(3 * MB))
    get_quotas().record_creator("here", "large")
    rename_run(run, name="renamed")
    get_quotas().record_starter("another", "large")
    may_start(get_quotas(), "another", runs_root, get_limits())
    with pytest.raises(LimitReached, match="Your runs take"):
        may_start(get_quotas(), "here", runs_root, get_limits())
    delete_run(run)
    may_start(get_quotas(), "here", runs_root, get_limits())  # at once, as the sentence promised


def test_imported_runs_count_towards_the_limits(
    runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.zip"
    run = RunFolder(shutil.copytree(SHIPPED_RUN, tmp_path / "copy"))
    run.metrics_file.write_bytes(30 * run.metrics_file.read_bytes())  # which packs well
    with file.open("wb") as stream:
        write_archive(run, stream)
    packed = file.stat().st_size
    monkeypatch.setenv("NN_LAB_FREE_GB", "0")
    imported = import_run(file, name="first", file_name="run.zip")
    unpacked = measure_run_bytes(runs_root)["first"]
    assert unpacked > 2 * packed
    monkeypatch.setenv("NN_LAB_SERVER_RUNS_GB", str((unpacked + 2 * packed) / 1e9))
    with pytest.raises(LimitReached, match="The runs take"):
        import_run(file, name="second", file_name="run.zip")
    assert [run.name for run in list_runs(runs_root)] == ["first"]
    monkeypatch.delenv("NN_LAB_SERVER_RUNS_GB")
    monkeypatch.setenv("NN_LAB_RUNS_GB", str((unpacked - 1) / 1e9))
    with pytest.raises(LimitReached, match="Your runs take"):
        import_weights(imported.run.best_weights, imported.run.config(), name="third", file_name="best.safetensors")
    monkeypatch.setenv("NN_LAB_FREE_GB", str(shutil.disk_usage(runs_root).free / 1e9 - unpacked / 2e9))
    with pytest.raises(LimitReached, match="must stay free"):
        import_run(file, name="fourth", file_name="run.zip")


def test_the_command_line_respects_the_free_space_limit(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_FREE_GB", "1e8")
    with pytest.raises(LimitReached, match="must stay free"):
        train_here("simple_net", runs=runs_root)
    assert list_runs(runs_root) == []
