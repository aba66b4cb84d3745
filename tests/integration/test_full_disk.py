"""Disks that are full, folders that are files: one clear line, and nothing that was saved is lost."""

from pathlib import Path

import pytest
from full_disk import files_that_stay_below, full_after
from processes import assert_one_line, nn_core, started, the_only_run

from nn_core.config import get_preset
from nn_core.errors import StorageFailed
from nn_core.inference.network import load_network
from nn_core.paths import get_data_folder
from nn_core.runs import History, RunFolder, append_metrics, create_run

CPU = ("--set", "training.device=cpu")


def test_metrics_that_do_not_fit_leave_no_half_line(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    record = {"kind": "train", "epoch": 1.0, "loss": 1.0, "accuracy": 0.5}
    append_metrics(file, [record])
    whole = file.read_bytes()
    with files_that_stay_below(len(whole) + 10), pytest.raises(OSError, match="File too large"):
        append_metrics(file, [record, record])
    assert file.read_bytes() == whole
    append_metrics(file, [record])
    history = History(file)
    history.update()
    assert list(history.train.epoch) == [1.0, 1.0]


def test_a_disk_that_fills_fails_the_run_with_one_line_and_keeps_what_was_saved(runs_root: Path) -> None:
    """The weights fit, their training state does not."""
    arguments = ("train", "--preset", "simple_net", "--set", "training.epochs=1", *CPU)
    with started(*arguments, before=full_after(600)) as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode == 1
    assert out == ""
    assert "Traceback" not in err
    assert "Cannot write into the run folder" in err.splitlines()[-1]
    assert "File too large" in err.splitlines()[-1]
    run = the_only_run(runs_root)
    assert run.status().status == "failed"
    assert "Free some disk space" in run.status().message
    assert not list(run.path.glob(".*.tmp"))

    result = nn_core("resume", run.path)
    assert result.returncode == 0, result.stderr
    assert run.status().status == "finished"


def test_a_disk_that_fills_later_loses_nothing(runs_root: Path) -> None:
    first = nn_core("train", "--preset", "simple_net", "--set", "training.epochs=1", "--name", "kept", *CPU)
    assert first.returncode == 0, first.stderr
    run = RunFolder(runs_root / "kept")
    files = ("last.state", "last.safetensors", "best.safetensors", "metrics.jsonl", "evaluation.json")
    before = {name: (run.path / name).read_bytes() for name in files}
    with started("resume", run.path, "--set", "training.epochs=2", before=full_after(100)) as process:
        out, err = process.communicate(timeout=240)
    assert (process.returncode, out) == (1, ""), err
    assert "Cannot write into the run folder" in err.splitlines()[-1]
    for name in files:
        content = (run.path / name).read_bytes()
        assert content.startswith(before[name]) if name == "metrics.jsonl" else content == before[name], name
    load_network(run, get_data_folder())

    again = nn_core("resume", run.path)
    assert again.returncode == 0, again.stderr
    assert run.status().epochs_done == 2


def test_a_request_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    run = create_run(tmp_path, get_preset("simple_net"))
    lock = run.lock()
    run.control_file.mkdir()  # replacing it fails, as on a read-only disk
    with pytest.raises(StorageFailed, match="Cannot write into the run folder"):
        run.send_request("stop")
    lock.release()


def test_a_runs_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    assert_one_line(nn_core("train", "--runs", tmp_path / "runs"), "Cannot write a run into", "--runs or NN_LAB_RUNS")


@pytest.mark.parametrize("place", ["/proc/nn-lab", "/dev/null/runs"])
def test_a_runs_folder_that_cannot_be_made_is_named(place: str) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc, which nobody can write to")
    assert_one_line(nn_core("train", "--runs", place), place, "--runs or NN_LAB_RUNS")
