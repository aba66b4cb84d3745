"""Deleted runs: kept, restored with the same names, and removed after a week."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nn_core.config import apply_settings, get_preset
from nn_core.errors import BadInput, LimitReached, ReadOnlyRun, RunBusy, RunNotFound
from nn_core.limits import Limits
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, create_run, list_runs, make_titles, rename_run
from nn_core.runs.bin import (
    KEPT_DAYS,
    empty_bin,
    find_deleted_run,
    list_deleted_runs,
    move_to_bin,
    remove_expired_runs,
    restore_run,
)
from nn_core.runs.disk_quota import check_disk_quota, measure_bin_bytes


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, get_preset("simple_net"), "2026-11-28-quiet-otter")


def test_a_deleted_run_is_restored_as_it_was(run: RunFolder) -> None:
    root = run.path.parent
    rename_run(run, name="first", add_tags=["good"])
    before = {file.name: file.read_bytes() for file in run.path.iterdir()}
    deleted = move_to_bin(run)
    assert list_runs(root) == []
    assert list_deleted_runs(root) == [deleted]
    assert find_deleted_run(root, "first") == find_deleted_run(root, run.name) == deleted
    assert restore_run(deleted) == run
    after = {file.name: file.read_bytes() for file in run.path.iterdir()}
    assert {name: after[name] for name in before} == before
    assert list_deleted_runs(root) == []
    assert list((root / ".bin").iterdir()) == []
    with pytest.raises(BadInput, match="another run is now in the folder"):
        restore_run(deleted)
    move_to_bin(run)
    with pytest.raises(RunNotFound, match="no longer among the deleted runs"):
        restore_run(deleted)


def test_no_title_changes_when_a_run_is_deleted_or_restored(tmp_path: Path) -> None:
    first, second = (
        create_run(tmp_path, apply_settings(get_preset("simple_net"), [f"training.seed={seed}"])) for seed in (0, 1)
    )
    rename_run(second, name="parent")
    (second.path / "best.safetensors").write_bytes((SHIPPED_RUN / "best.safetensors").read_bytes())
    child = create_run(tmp_path, apply_settings(get_preset("simple_net"), [f"training.start_from={second.name}"]))
    twin = create_run(tmp_path, first.config())
    before = make_titles(list_runs(tmp_path))
    assert "started from parent" in before[child.name]
    deleted = [move_to_bin(run) for run in (twin, second)]
    after = make_titles(list_runs(tmp_path))
    assert after == {name: before[name] for name in (child.name, first.name)}
    for each in deleted:
        restore_run(each)
    assert make_titles(list_runs(tmp_path)) == before


def test_a_run_of_the_same_name_is_deleted_too(run: RunFolder) -> None:
    root = run.path.parent
    move_to_bin(run)
    again = create_run(root, get_preset("net"), run.name)
    second = move_to_bin(again)
    assert len(list_deleted_runs(root)) == 2
    assert find_deleted_run(root, run.name) == second, "the one that was deleted last"
    assert restore_run(second).config().model.name == "net"
    other = find_deleted_run(root, run.name)
    with pytest.raises(BadInput, match="cannot be restored, because another run is now in the folder of this name"):
        restore_run(other)


def test_what_cannot_be_deleted_stays(run: RunFolder) -> None:
    with pytest.raises(ReadOnlyRun):
        move_to_bin(RunFolder(SHIPPED_RUN))
    with run.lock(), pytest.raises(RunBusy):
        move_to_bin(run)
    assert list_runs(run.path.parent) == [run]
    move_to_bin(run)
    with pytest.raises(RunNotFound, match="it was deleted"):
        move_to_bin(run)
    with pytest.raises(RunNotFound, match="Choose one of: 2026-11-28-quiet-otter"):
        find_deleted_run(run.path.parent, "otter")


def test_the_bin_is_emptied_after_a_week(run: RunFolder) -> None:
    root = run.path.parent
    deleted = move_to_bin(run)
    (root / ".bin" / "something else").mkdir()
    remove_expired_runs(root, deleted.deleted_at + timedelta(days=KEPT_DAYS))
    assert list_deleted_runs(root) == [deleted]
    remove_expired_runs(root, datetime.now(UTC) + timedelta(days=KEPT_DAYS, seconds=1))
    assert list_deleted_runs(root) == []
    empty_bin([deleted])  # gone already
    assert (root / ".bin" / "something else").is_dir()


def test_deleted_runs_count_towards_the_disk_quota(run: RunFolder) -> None:
    root = run.path.parent
    run.best_weights.write_bytes(bytes(3_000_000))
    move_to_bin(run)
    assert measure_bin_bytes(root)[run.name] > 3_000_000
    limits = Limits(runs_gb=0.002, free_gb=0)
    with pytest.raises(LimitReached, match=r"Your runs take .* Deleted runs still take 0\.0 GB: empty the bin"):
        check_disk_quota(root, limits, own=[run.name])
    with pytest.raises(LimitReached, match="empty the bin"):
        check_disk_quota(root, Limits(server_runs_gb=0.002, free_gb=0))
    empty_bin(list_deleted_runs(root))
    check_disk_quota(root, limits, own=[run.name])
