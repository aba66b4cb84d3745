"""Runs on some of several GPUs. Files in a folder stand for the GPUs, as the driver's device files do."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch

from nn_core.cli.foreground import run_foreground
from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.devices import ALL_GPUS
from nn_core.jobs.warm_protocol import warm_up
from nn_core.runs import RunFolder, create_run
from nn_core.runs.queue import QueueEntry, ResourcePool, Slots, acquire_or_enqueue, get_pool, wait_for_slot

ONE = apply_settings(get_preset("simple_net"), [])
TWO = apply_settings(ONE, ["training.devices=2"])


def made(root: Path, name: str, config: RunConfig) -> RunFolder:
    return create_run(root, config, name)


@pytest.fixture
def three_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of eight; this process has not been restricted to others before."""
    devices = tmp_path / "dev"
    devices.mkdir()
    for number in range(8):
        (devices / f"nvidia{number}").touch()
    monkeypatch.setattr("nn_core.devices.list_gpu_names.__defaults__", (devices, None))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6,7")
    monkeypatch.delenv(ALL_GPUS, raising=False)


@pytest.mark.usefixtures("three_cards")
def test_each_gpu_has_a_slot_and_a_run_on_two_gpus_takes_two(tmp_path: Path) -> None:
    first, second, third = (
        made(tmp_path, name, config) for name, config in (("first", ONE), ("second", TWO), ("third", ONE))
    )
    slots, both, ticket = acquire_or_enqueue(first), acquire_or_enqueue(second), acquire_or_enqueue(third)
    assert isinstance(slots, Slots)
    assert isinstance(both, Slots)
    assert isinstance(ticket, QueueEntry)
    assert slots.environment == {"CUDA_VISIBLE_DEVICES": "4", ALL_GPUS: "4,6,7"}
    assert both.environment == {"CUDA_VISIBLE_DEVICES": "6,7", ALL_GPUS: "4,6,7"}
    both.close()
    turn = wait_for_slot(third, ticket, lambda: False)
    assert turn is not None
    assert turn.environment["CUDA_VISIBLE_DEVICES"] == "6"
    assert isinstance(acquire_or_enqueue(second), QueueEntry), "one card is free, and it needs two"


@pytest.mark.usefixtures("three_cards")
def test_a_resumed_run_waits_for_any_free_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [made(tmp_path, name, ONE) for name in ("first", "second", "third")]
    slots = [acquire_or_enqueue(run) for run in runs]
    assert all(isinstance(each, Slots) for each in slots)
    slots[1].close()  # it is paused,
    other = acquire_or_enqueue(made(tmp_path, "fourth", ONE))  # another one takes its card,
    slots[0].close()  # and then the first card is free
    assert other.environment["CUDA_VISIBLE_DEVICES"] == "6"
    for name, value in Slots((), ["6"]).environment.items():
        monkeypatch.setenv(name, value)  # as it is in the process that was paused
    ticket = acquire_or_enqueue(runs[1], bound=True)
    assert isinstance(ticket, QueueEntry), "its torch sees no card but the one that it had"
    turn = wait_for_slot(runs[1], ticket, lambda: False)
    assert turn is not None
    assert turn.environment == {"CUDA_VISIBLE_DEVICES": "4", ALL_GPUS: "4,6,7"}


@pytest.mark.usefixtures("three_cards")
def test_a_second_run_shares_a_gpu_only_when_all_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_AT_ONCE", "2")
    slots = [acquire_or_enqueue(made(tmp_path, str(number), ONE)) for number in range(4)]
    assert [each.environment["CUDA_VISIBLE_DEVICES"] for each in slots] == ["4", "6", "7", "4"]


@pytest.mark.usefixtures("three_cards")
def test_a_process_that_may_have_initialised_cuda_restarts_with_the_gpus_of_its_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []

    def begin(*of: Any) -> NoReturn:
        begun.extend(of)
        raise SystemExit

    monkeypatch.setattr(os, "execve", begin)
    run = made(tmp_path, "first", ONE)
    assert "torch" in sys.modules
    with run.lock() as lock, pytest.raises(SystemExit):
        run_foreground(run, lock)
    _python, arguments, environment = begun
    assert arguments[-5:-1] == [str(run.path), "--lock-descriptor", str(lock.descriptor), "--slot-descriptor"]
    assert (environment["CUDA_VISIBLE_DEVICES"], environment[ALL_GPUS]) == ("4", "4,6,7")


def test_with_one_gpu_no_slot_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr("nn_core.devices.list_gpu_names.__defaults__", (tmp_path, None))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert get_pool(ONE).name == "cuda"
    slots = acquire_or_enqueue(made(tmp_path, "first", ONE))
    assert isinstance(slots, Slots)
    assert slots.environment == {}


def test_a_gpu_is_released_if_another_is_not_available(tmp_path: Path) -> None:
    lane = ResourcePool("cuda", ("0", "1"), needed=2)
    no_file = tmp_path / "cuda.1.0.slot"
    no_file.mkdir()
    with pytest.raises(IsADirectoryError):
        Slots.try_acquire(tmp_path, lane)
    no_file.rmdir()
    assert Slots.try_acquire(tmp_path, lane) is not None


@pytest.mark.usefixtures("three_cards")
def test_a_warm_worker_does_not_initialise_cuda_with_several_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver answers that question once for each process."""
    done: list[str] = []

    def noted(what: str, does: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *of, **options: done.append(what) or does(*of, **options)

    monkeypatch.setattr(torch.Tensor, "backward", noted("step", torch.Tensor.backward))
    for name in ("is_available", "device_count"):
        monkeypatch.setattr(torch.cuda, name, noted(name, getattr(torch.cuda, name)))
    warm_up()
    assert done == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4")
    warm_up()
    assert "step" in done, "with one card it does what a run does"
