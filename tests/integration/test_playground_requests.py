"""A run is trained batch by batch and epoch by epoch, at a chosen speed, and its weights are set, while it runs in this process."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_in_process import nn_core
from launched_runs import assert_same_outcome
from plane_states import make_plane_config
from processes import assert_one_line
from safetensors.torch import load_file
from waiting import wait_until

from nn_core.errors import ConfigError, RunBusy
from nn_core.jobs.previews import Neurons, read_preview
from nn_core.jobs.runner import run_worker
from nn_core.paths import get_data_folder
from nn_core.runs import History, RunFolder, RunStatus, create_run
from nn_core.runs.requests import Request
from nn_core.runs.viewers import note_viewer


class Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


def train_while(run: RunFolder, act: Callable[[], object], *, first: Request | None = None) -> None:
    """Train the run in this thread, and act in another one. first: a request that waits when the process starts."""
    errors: list[BaseException] = []

    def act_or_stop() -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)
            run.write_request("stop")

    thread = threading.Thread(target=act_or_stop)
    with run.lock():
        run.write_status(run.status().model_copy(update={"status": "queued"}))
        if first:
            run.write_request(first)
        thread.start()
        run_worker(run, get_data_folder(), Silent())
        thread.join()
    if errors:
        raise errors[0]


def wait_for_pause(run: RunFolder, step: int) -> RunStatus:
    def is_paused() -> bool:
        status = run.status()
        return status.status == "paused" and status.step == step

    wait_until(is_paused, f"it is paused after step {step}")
    return run.status()


def test_a_run_goes_by_batches_and_epochs_and_at_a_chosen_speed(runs_root: Path) -> None:
    run = create_run(runs_root, make_plane_config())

    def act() -> None:
        wait_for_pause(run, 1)
        assert (nn_core("step", run.name).returncode, run.status().step) == (0, 2)
        run.send_request("epoch")
        assert wait_for_pause(run, 5).epochs_done == 1
        run.send_request("step")
        assert wait_for_pause(run, 6).epochs_done == 1
        assert nn_core("step", run.name, "--epoch").returncode == 0
        assert wait_for_pause(run, 10).epochs_done == 2
        view = read_preview(run, Neurons)
        assert view
        assert view.step == 10
        assert nn_core("speed", run.name, "0.1").returncode == 0
        run.send_request("resume")
        wait_until(lambda: run.status().step == 11, "it has trained a batch")
        run.send_request("pause")  # within the ten seconds until the next one
        wait_for_pause(run, 11)
        assert nn_core("speed", run.name, "none").returncode == 0
        run.send_request("resume")

    train_while(run, act, first="step")
    assert (run.status().status, run.status().step) == ("finished", 15)
    whole = create_run(runs_root, make_plane_config())
    train_while(whole, lambda: None)
    assert_same_outcome(run, whole)
    with pytest.raises(RunBusy, match="nothing to train"):
        run.send_request("step")


def test_a_set_weight_is_shown_at_once_and_survives_a_kill(runs_root: Path) -> None:
    run, copy = create_run(runs_root, make_plane_config("training.ema=0.9")), RunFolder(runs_root / "copy")

    def act() -> None:
        wait_for_pause(run, 1)
        run.request_weight("1.weight", (2, 1), 0.25)
        run.request_weight("1.bias", [3], 5)
        wait_until(lambda: not run.has_weight_requests, "both are set")
        view = read_preview(run, Neurons)
        assert view
        assert (view.layers[1].weights[2][1], view.layers[1].biases[3]) == (0.25, 5)
        assert load_file(run.last_weights)["1.bias"][3] == 5
        assert nn_core("set-weight", run.name, "3.weight", "0,1", "-1.5").returncode == 0
        assert load_file(run.last_weights)["3.weight"][0, 1] == -1.5
        shutil.copytree(run.path, copy.path)  # as a killed process leaves it
        run.send_request("resume")

    train_while(run, act, first="step")
    train_while(copy, lambda: None)
    assert_same_outcome(copy, run)
    history = History(run.metrics_file)
    history.update()
    assert history.unreadable == 0
    assert [edit[1:] for edit in history.edits] == [("1.weight", 0.25), ("1.bias", 5), ("3.weight", -1.5)]


def test_a_run_that_no_one_looks_at_pauses_and_is_resumed(runs_root: Path) -> None:
    run = create_run(runs_root, make_plane_config())
    note_viewer(run)
    assert not run.viewed_file.exists(), "most runs need no one"
    note_viewer(run, is_needed=True)
    long_ago = time.time() - 3600
    os.utime(run.viewed_file, (long_ago, long_ago))

    def act() -> None:
        wait_until(lambda: run.status().status == "paused", "it pauses")
        assert run.status().message == "Paused, because no one has looked at it for two minutes."
        run.send_request("resume")

    train_while(run, act)
    assert (run.status().status, run.status().message) == ("finished", "")


def test_a_message_outlives_an_ordinary_pause(runs_root: Path) -> None:
    run = create_run(runs_root, make_plane_config())

    def act() -> None:
        wait_for_pause(run, 1)
        run.edits_file.write_text('{"parameter": "nothing.weight", "index": [0], "value": 1}\n')
        wait_until(lambda: not run.has_weight_requests and run.status().message, "it is refused")
        run.send_request("step")
        assert "no parameter 'nothing.weight'" in wait_for_pause(run, 2).message
        run.send_request("resume")

    train_while(run, act, first="step")
    assert run.status().status == "finished"
    assert "no parameter 'nothing.weight'" in run.status().message


def test_weights_that_do_not_exist_are_refused(runs_root: Path, finished_run: RunFolder) -> None:
    for parameter, index, value, words in (
        ("nothing.weight", (0,), 1.0, "no parameter 'nothing.weight'"),
        ("bias", (), 1.0, "no parameter 'bias'"),
    ):
        with pytest.raises(ConfigError, match=words):
            finished_run.request_weight(parameter, index, value)
    name, tensor = next(iter(load_file(finished_run.last_weights).items()))
    with pytest.raises(ConfigError, match="is not in"):
        finished_run.request_weight(name, [10**6] * tensor.dim(), 1.0)
    with pytest.raises(ConfigError, match="choose a number"):
        finished_run.request_weight(name, [0] * tensor.dim(), float("nan"))
    with pytest.raises(RunBusy, match="cannot be changed now"):
        finished_run.request_weight(name, [0] * tensor.dim(), 1.0)
    assert_one_line(nn_core("set-weight", finished_run.path, name, "zero", "1"), "'zero' is not an index")
    assert_one_line(nn_core("speed", finished_run.path, "fast"), "'fast' is not a speed")

    run = create_run(runs_root, make_plane_config())  # without a checkpoint, the process checks the names
    with run.lock():
        run.write_status(run.status().model_copy(update={"status": "queued"}))
        run.request_weight("nothing.weight", (0,), 1.0)
        run.edits_file.write_bytes(run.edits_file.read_bytes() + b'{"parameter": 3}\nnot JSON\n')
        run_worker(run, get_data_folder(), Silent())
    assert run.status().status == "finished"
    assert "no parameter 'nothing.weight'" in run.status().message
    assert not [line for line in map(json.loads, run.metrics_file.read_text().splitlines()) if line["kind"] == "edit"]
