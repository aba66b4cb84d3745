"""Callbacks: training is bit-identical with and without them, their errors and their time are limited, and the worker calls them."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from in_process_runs import three_epochs, trained
from train_states import CPU, assert_equal_weights, config_of

from nn_core.data import Dataset
from nn_core.distributed import leader
from nn_core.jobs import runner, worker_setup
from nn_core.paths import get_data_folder
from nn_core.runs import RunStatus, create_run
from nn_core.training.callbacks import Callback, LiveView
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState


class Disturbing(LiveView):
    """Draws random numbers, looks at the network in training mode, and fails or takes time on request."""

    def __init__(self, act: Callable[[], object] = lambda: None, **limits: float) -> None:
        self.messages: list[str] = []
        self.is_training: list[bool] = []
        self.act = act
        super().__init__(
            is_enabled=True,
            max_share=limits.get("max_share", 1e9),
            min_seconds=limits.get("min_seconds", 0.0),
            min_steps=int(limits.get("min_steps", 1)),
            report=self.messages.append,
        )

    def update(self, state: TrainState) -> None:
        self.is_training.append(state.eval_model.training)
        torch.rand(7)
        state.eval_model.train()
        assert not torch.is_grad_enabled()
        self.act()


def outcome(dataset: Dataset, *callbacks: Callback) -> tuple[list[Step | Epoch], TrainState]:
    """Dropout, augmentation and batch norm: all that a disturbed random state or mode would change."""
    state = TrainState(
        config_of("mlp", "model.dropout=0.3", "model.norm=batch", "data.augmentation.shift=2", "training.ema=0.9"),
        dataset,
        CPU,
    )
    events = []
    for callback in callbacks:
        callback.on_start(state)
    for event in train(state):
        events.append(event)
        for callback in callbacks:
            if isinstance(event, Epoch):
                callback.on_epoch(state, event)
            else:
                callback.on_step(state, event)
    for callback in callbacks:
        callback.on_end(state)
    return events, state


def fail() -> None:
    raise ValueError("an\nodd mistake")


def fill_the_disk() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("act", [lambda: None, fail, fill_the_disk], ids=["works", "fails", "finds a full disk"])
def test_training_is_bit_identical_with_any_view(little: Dataset, act: Callable[[], object]) -> None:
    events, alone = outcome(little)
    rng = torch.get_rng_state()
    view = Disturbing(act)
    seen_events, seen = outcome(little, view)
    assert view.is_training
    assert not any(view.is_training), "the network is in evaluation mode"
    assert seen_events == events
    assert torch.equal(torch.get_rng_state(), rng)
    assert_equal_weights(seen.model.state_dict(), alone.model.state_dict())
    assert_equal_weights(seen.best_weights, alone.best_weights)


def test_an_error_disables_a_view_and_is_reported_once(little: Dataset) -> None:
    view = Disturbing(fail)
    outcome(little, view)
    assert len(view.is_training) == 1
    [message] = view.messages
    assert "Disturbing" in message
    assert "ValueError: an odd mistake" in message


def test_a_full_disk_skips_an_update_only(little: Dataset) -> None:
    view = Disturbing(fill_the_disk)
    _events, state = outcome(little, view)
    assert len(view.is_training) == state.total_steps
    assert view.messages == []
    assert view.update_count == 0


def test_updates_stay_within_their_share_of_cpu_time(little: Dataset) -> None:
    def work() -> None:
        until = time.thread_time() + 0.003
        while time.thread_time() < until:
            pass

    view = Disturbing(work, max_share=0.1)
    state = TrainState(config_of("simple_net"), little, CPU)
    started = time.thread_time()
    while (now := time.thread_time()) < started + 0.6:
        state.step += 1
        view.on_step(state, Step(None))
    assert 5 <= view.update_count <= 0.6 / 0.003 * 0.1 + 3
    assert now > started


def test_the_distance_between_two_updates(little: Dataset) -> None:
    view = Disturbing(min_steps=4)
    outcome(little, view)
    assert len(view.is_training) == 5 + 1, "at the steps 1, 5, …, 17 and at the end"
    rare = Disturbing(min_seconds=600)
    outcome(little, rare)
    assert len(rare.is_training) == 2, "at the first step and at the end"


def test_a_disabled_view_costs_one_comparison(little: Dataset) -> None:
    class Nothing(LiveView):
        def update(self, state: TrainState) -> None:
            raise AssertionError

    view = Nothing(is_enabled=False, max_share=1.0, min_seconds=0.0, report=fail)
    _events, state = outcome(little, view)
    view.refresh(state)
    assert not view.is_due(state)


def test_the_worker_calls_every_callback_and_a_pause_ends_and_starts_it(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    class Noting(worker_setup.Previews):
        def on_start(self, state: TrainState) -> None:
            calls.append("start")

        def on_step(self, state: TrainState, step: Step) -> None:
            calls.append("step")
            random.random()

        def on_epoch(self, state: TrainState, epoch: Epoch) -> None:
            calls.append("epoch")

        def on_end(self, state: TrainState) -> None:
            calls.append("end")

    whole = create_run(runs_root, three_epochs(), "whole")
    trained(whole)
    monkeypatch.setattr(worker_setup, "Previews", Noting)
    watched = create_run(runs_root, three_epochs(), "watched")
    trained(watched)
    assert calls == ["start", *(["step"] * 18 + ["epoch"]) * 3, "end"]
    assert (watched.path / "last.safetensors").read_bytes() == (whole.path / "last.safetensors").read_bytes()

    calls.clear()
    monkeypatch.setattr(leader, "_REQUEST_CHECK_SECONDS", 0)  # the steps are shorter than the usual interval
    paused = create_run(runs_root, three_epochs(), "paused")

    class Pausing:
        def line(self, text: str) -> None:
            if text.startswith("Epoch 1 of"):
                paused.send_request("pause")
            elif text == "Paused.":
                paused.send_request("resume")

        def progress(self, status: RunStatus) -> None: ...

    with paused.lock():
        runner.run_worker(paused, get_data_folder(), Pausing())
    assert (calls.count("start"), calls.count("end"), calls.count("step")) == (2, 2, 54)
    assert calls.index("end") < len(calls) - 1 - calls[::-1].index("start")
    assert (paused.path / "last.safetensors").read_bytes() == (whole.path / "last.safetensors").read_bytes()
