"""Runs that wait in the queue: in order, without torch, and independent of the server."""

import os
import signal
from pathlib import Path

import pytest
from full_disk import files_that_stay_below
from processes import ROOT, assert_one_line, nn_core, running, started
from streamlit.testing.v1 import AppTest
from waiting import wait_until

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.errors import ConfigError, RunBusy, StorageFailed
from nn_core.jobs.launcher import launch_run
from nn_core.runs import RunFolder, create_run
from nn_core.runs.queue import (
    QueueEntry,
    Slots,
    acquire_or_enqueue,
    get_pool,
    get_queue_folder,
    get_queue_position,
    list_waiting_runs,
    wait_for_slot,
)

LONG = apply_settings(get_preset("simple_net"), ["training.epochs=10000", "training.device=cpu"])
SHORT = apply_settings(get_preset("simple_net"), ["training.epochs=1", "training.device=cpu"])


def made(root: Path, name: str, config: RunConfig = LONG) -> RunFolder:
    return create_run(root, config, name)


def ended(run: RunFolder) -> str:
    wait_until(lambda: not run.status().is_active, f"{run.name} ends")
    return run.status().status


def holds_torch(run: RunFolder) -> bool:
    """Whether the run's process has mapped torch's library."""
    return "libtorch" in Path(f"/proc/{run.status().pid}/maps").read_text()


# By itself: slots, tickets and their order


def test_one_trains_and_the_others_follow_in_the_order_of_their_tickets(tmp_path: Path) -> None:
    first, second, third = (made(tmp_path, name) for name in ("first", "second", "third"))
    slot, ticket, next_ticket = acquire_or_enqueue(first), acquire_or_enqueue(second), acquire_or_enqueue(third)
    assert isinstance(slot, Slots)
    assert isinstance(ticket, QueueEntry)
    assert isinstance(next_ticket, QueueEntry)
    assert list_waiting_runs(tmp_path) == ["second", "third"]
    assert [get_queue_position(run.path) for run in (first, second, third)] == [None, 1, 2]

    looks = iter([False, False, True])
    assert wait_for_slot(second, ticket, lambda: next(looks)) is None, "nobody left, so its turn never came"
    assert [get_queue_position(run.path) for run in (first, second, third)] == [None, None, 1]
    slot.close()
    turn = wait_for_slot(third, next_ticket, lambda: False)
    assert turn is not None
    assert list_waiting_runs(tmp_path) == []
    assert isinstance(acquire_or_enqueue(second), QueueEntry), "the third trains now"
    turn.close()


def test_no_run_overtakes_a_waiting_one(tmp_path: Path) -> None:
    first, second, third = (made(tmp_path, name) for name in ("first", "second", "third"))
    slot, ticket = acquire_or_enqueue(first), acquire_or_enqueue(second)
    assert isinstance(slot, Slots)
    assert isinstance(ticket, QueueEntry)
    slot.close()
    late = acquire_or_enqueue(third)
    assert isinstance(late, QueueEntry), "the slot is free, and the second is before it"
    ticket.remove()
    late.remove()


def test_the_ticket_of_a_killed_process_blocks_no_other(tmp_path: Path) -> None:
    first, second, third = (made(tmp_path, name) for name in ("first", "second", "third"))
    slot, dead, ticket = acquire_or_enqueue(first), acquire_or_enqueue(second), acquire_or_enqueue(third)
    assert isinstance(slot, Slots)
    assert isinstance(dead, QueueEntry)
    assert isinstance(ticket, QueueEntry)
    dead.close()  # as the system does for a process that was killed
    slot.close()
    assert list_waiting_runs(tmp_path) == ["third"]
    assert wait_for_slot(third, ticket, lambda: False) is not None
    assert list(get_queue_folder(tmp_path).glob("*.ticket")) == []


def test_more_may_train_where_the_environment_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_AT_ONCE", "2")
    turns = [acquire_or_enqueue(made(tmp_path, name)) for name in ("first", "second", "third")]
    assert [type(turn) for turn in turns] == [Slots, Slots, QueueEntry]


@pytest.mark.parametrize("number", ["0", "-1", "many", "1.5", "65", "²"])
def test_an_invalid_number_is_refused(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_AT_ONCE", number)
    with pytest.raises(ConfigError, match=f"NN_LAB_RUNS_AT_ONCE = '{number}'.*from 1 to 64"):
        get_pool(LONG)


def test_a_playground_waits_behind_no_training(tmp_path: Path) -> None:
    assert isinstance(acquire_or_enqueue(made(tmp_path, "training")), Slots)
    assert isinstance(acquire_or_enqueue(made(tmp_path, "playing", get_preset("plane"))), Slots)


def test_a_ticket_that_fails_to_be_written_blocks_no_other(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    slots = acquire_or_enqueue(made(root, "first"))
    assert isinstance(slots, Slots)
    second = made(root, "second")
    with files_that_stay_below(3), pytest.raises(StorageFailed):
        acquire_or_enqueue(second)
    assert list(get_queue_folder(root).glob("*.ticket")) == []


def test_a_ticket_is_inherited_by_its_file_descriptor(tmp_path: Path) -> None:
    """A process of the same run was killed in the queue before, and its ticket is still there."""
    first, second, third = (made(tmp_path, name) for name in ("first", "second", "third"))
    slots, dead, ticket = acquire_or_enqueue(first), acquire_or_enqueue(second), acquire_or_enqueue(third)
    assert isinstance(dead, QueueEntry)
    assert isinstance(ticket, QueueEntry)
    dead.close()
    again = acquire_or_enqueue(second)
    assert isinstance(again, QueueEntry)
    assert get_queue_position(second.path) == get_queue_position(third.path) + 1  # type: ignore[operator]
    assert QueueEntry.inherited(get_queue_folder(tmp_path), again.descriptor).file == again.file
    again.file.unlink()
    with pytest.raises(LookupError):
        QueueEntry.inherited(get_queue_folder(tmp_path), again.descriptor)
    assert isinstance(slots, Slots)


# With real processes


def test_a_queued_run_imports_no_torch_starts_by_itself_and_can_be_cancelled(runs_root: Path) -> None:
    first, second, third = (made(runs_root, name) for name in ("first", "second", "third"))
    for run in (first, second, third):
        launch_run(run)
    running(first)
    wait_until(lambda: second.status().pid and third.status().pid, "both wait")
    assert [run.status().status for run in (second, third)] == ["queued", "queued"]
    assert [get_queue_position(run.path) for run in (second, third)] == [1, 2]
    assert [holds_torch(run) for run in (first, second, third)] == [True, False, False]
    assert_one_line(nn_core("pause", "second"), "second", "is waiting in the queue")

    third.send_request("stop")
    assert ended(third) == "stopped"
    assert "Stopped while waiting in the queue." in third.log_file.read_text()
    first_pid = first.status().pid
    assert first_pid
    os.kill(first_pid, signal.SIGKILL)
    running(second)
    assert first.status().status == "interrupted"


def test_a_paused_run_lets_others_train_and_queues_without_torch_to_resume(runs_root: Path) -> None:
    first, second = made(runs_root, "first"), made(runs_root, "second")
    launch_run(first)
    running(first)
    launch_run(second)
    first.send_request("pause")
    running(second)
    assert first.status().status == "paused"
    stood_at = first.status().step
    assert nn_core("resume", "first").returncode == 0
    assert first.status().status == "queued"
    wait_until(lambda: not holds_torch(first), "it waits without torch")
    second.send_request("stop")
    assert ended(second) == "stopped"
    running(first, stood_at + 1)


def test_a_run_of_the_command_line_waits_too_and_its_last_line_is_the_folder(runs_root: Path) -> None:
    first = made(runs_root, "first")
    launch_run(first)
    running(first)
    with started("train", "--preset", "simple_net", "--set", "training.epochs=1", "--name", "second") as process:
        wait_until(lambda: get_queue_position(runs_root / "second") == 1, "the second waits")
        first.send_request("stop")
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out == f"{runs_root / 'second'}\n"
    assert "Position in the queue: 1." in err


def test_ctrl_c_takes_a_run_of_the_command_line_out_of_the_queue(runs_root: Path) -> None:
    first = made(runs_root, "first")
    launch_run(first)
    running(first)
    with started("train", "--preset", "simple_net", "--name", "second") as process:
        second = RunFolder(runs_root / "second")
        wait_until(lambda: second.status_file.exists() and second.status().pid, "the second waits")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert second.status().status == "stopped"
    assert get_queue_position(second.path) is None


def test_after_a_power_cut_all_runs_resume_with_one_click(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_QUEUED_RUNS", "0")  # more than anybody may start now
    runs = [made(runs_root, name) for name in ("first", "second")]
    for created, run in enumerate(runs):
        run.write_status(run.status().model_copy(update={"status": "running"}))
        os.utime(run.config_file, (created, created))
    damaged = made(runs_root, "damaged")
    damaged.config_file.write_text("{")
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run().switch_page("pages/runs.py").run()
    assert not page.exception
    assert any("Interrupted runs: 2." in element.value for element in page.markdown)
    page.button(key="resume_interrupted").click().run()
    assert not page.exception
    assert not page.toast
    first, second = runs
    running(first)
    assert (second.status().status, get_queue_position(second.path)) == ("queued", 1)
    assert "resume_interrupted" not in [button.key for button in page.button]


def test_asking_a_queued_run_to_pause_is_refused(tmp_path: Path) -> None:
    first, second = made(tmp_path, "first"), made(tmp_path, "second")
    slot = acquire_or_enqueue(first)
    lock, ticket = second.lock(), acquire_or_enqueue(second)
    with pytest.raises(RunBusy, match=r"'second' is waiting in the queue.*Stop removes it"):
        second.send_request("pause")
    second.send_request("stop")
    assert second.take_stop_request()
    assert isinstance(slot, Slots)
    assert isinstance(ticket, QueueEntry)
    lock.release()
