"""Exact resume, early stopping, and a learning rate that was changed during the run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor
from train_states import CPU, RECIPES, assert_equal_weights, config_of, finished, through_a_file

from nn_core.config import RunConfig, apply_settings
from nn_core.data import Dataset
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.schedules import build_schedule
from nn_core.training.state import TrainState
from nn_core.training.state_schema import SavedState

AFTER = [1, 4, 10, 11, 13, 21, 22]
"""Numbers of events: at the start, in the middle of an epoch, before and after its validation, and at the end."""


@dataclass(frozen=True)
class ReferenceRun:
    """A run that is never stopped, and the states of an identical one after each number of events in `AFTER`."""

    session: TrainState
    events: list[Step | Epoch]
    states: dict[int, SavedState]


@pytest.fixture(scope="module", params=RECIPES)
def reference(request: pytest.FixtureRequest, little: Dataset) -> ReferenceRun:
    recipe = RECIPES[request.param]
    whole = TrainState(recipe, little, CPU)
    events = finished(whole)
    saved = TrainState(recipe, little, CPU)
    states = {
        count: through_a_file(saved.capture()) for count, _event in enumerate(train(saved), start=1) if count in AFTER
    }
    return ReferenceRun(whole, events, states)


@pytest.mark.parametrize("after", AFTER)
def test_a_restored_run_ends_with_the_weights_of_one_that_was_never_stopped(
    reference: ReferenceRun, little: Dataset, after: int
) -> None:
    whole = reference.session
    torch.manual_seed(99)  # as in another process
    restored = TrainState(whole.config, little, CPU)
    restored.restore(reference.states[after])
    assert finished(restored) == reference.events[after:]
    assert_equal_weights(restored.copy_weights(), whole.copy_weights())
    assert restored.best == whole.best
    assert_equal_weights(restored.best_weights, whole.best_weights)
    if whole.ema:
        assert restored.ema is not None
        assert_equal_weights(restored.ema.state_dict(), whole.ema.state_dict())
    assert_equal_weights(restored.model.state_dict(), whole.model.state_dict())
    assert_equal_optimizers(restored.optimizer.state_dict(), whole.optimizer.state_dict())


def assert_equal_optimizers(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours["param_groups"] == theirs["param_groups"]
    for index, state in ours["state"].items():
        for name, value in state.items():
            other = theirs["state"][index][name]
            assert torch.equal(value, other) if isinstance(value, Tensor) else value == other, (index, name)


def test_a_restored_run_uses_a_changed_learning_rate(little: Dataset) -> None:
    config = config_of("net")
    session = TrainState(config, little, CPU)
    next(train(session))
    slower = TrainState(apply_settings(config, ["optimizer.lr=0.0001"]), little, CPU)
    slower.restore(through_a_file(session.capture()))
    step = next(train(slower))
    assert isinstance(step, Step)
    assert slower.optimizer.param_groups[0]["lr"] == 0.0001
    assert slower.optimizer.param_groups[0]["momentum"] == 0.9


def test_a_finished_run_continues_with_more_epochs(little: Dataset) -> None:
    short = TrainState(config_of("simple_net"), little, CPU)
    finished(short)
    longer = config_of("simple_net", "training.epochs=4")
    prolonged = TrainState(longer, little, CPU)
    prolonged.restore(through_a_file(short.capture()))
    events = finished(prolonged)
    assert sum(isinstance(event, Epoch) for event in events) == 2
    at_once = TrainState(longer, little, CPU)
    finished(at_once)
    assert_equal_weights(prolonged.copy_weights(), at_once.copy_weights())


def test_a_finished_run_does_not_train_further(little: Dataset) -> None:
    session = TrainState(config_of("simple_net"), little, CPU)
    finished(session)
    weights = session.copy_weights()
    assert finished(session) == []
    assert_equal_weights(session.copy_weights(), weights)


# Early stopping


def hopeless(*settings: str) -> RunConfig:
    """Learns nothing, so the first epoch stays the best."""
    return config_of("simple_net", "optimizer.lr=1e-12", "training.epochs=9", *settings)


def test_early_stopping_ends_a_run_after_n_epochs_without_improvement(little: Dataset) -> None:
    session = TrainState(hopeless("training.patience=3"), little, CPU)
    epochs = [event for event in finished(session) if isinstance(event, Epoch)]
    assert [epoch.is_best for epoch in epochs][:1] == [True]
    assert session.best is not None
    assert len(epochs) == session.best.epoch + 3 < 9
    assert session.is_out_of_patience
    assert finished(session) == []


def test_without_early_stopping_a_run_trains_to_the_end(little: Dataset) -> None:
    session = TrainState(hopeless(), little, CPU)
    assert sum(isinstance(event, Epoch) for event in finished(session)) == 9


@pytest.mark.parametrize("after", [10, 11, 27, 33])
def test_early_stopping_counts_epochs_across_a_restart(little: Dataset, after: int) -> None:
    config = hopeless("training.patience=3")
    expected = finished(TrainState(config, little, CPU))
    cut = TrainState(config, little, CPU)
    events = train(cut)
    before = [next(events) for _ in range(after)]
    restored = TrainState(config, little, CPU)
    restored.restore(through_a_file(cut.capture()))
    assert [*before, *finished(restored)] == expected


def test_a_run_that_stopped_early_continues_only_with_more_patience(little: Dataset) -> None:
    session = TrainState(hopeless("training.patience=2"), little, CPU)
    finished(session)
    epochs_done, state = session.epoch, session.capture()
    for changes, more in ((["training.epochs=20"], 0), (["training.patience=4"], 2), (["training.patience=0"], 6)):
        resumed = TrainState(apply_settings(session.config, changes), little, CPU)
        resumed.restore(through_a_file(state))
        assert sum(isinstance(event, Epoch) for event in finished(resumed)) == min(more, 9 - epochs_done), changes


# A changed learning rate


def test_a_changed_rate_is_multiplied_by_the_schedule(little: Dataset) -> None:
    config = config_of("simple_net", "scheduler.name=cosine", "optimizer.lr=0.1")
    session, untouched = TrainState(config, little, CPU), TrainState(config, little, CPU)
    session.base_lr = 0.01
    turned = [event.metrics.lr for event in finished(session) if isinstance(event, Step) and event.metrics]
    rates = [event.metrics.lr for event in finished(untouched) if isinstance(event, Step) and event.metrics]
    assert turned == pytest.approx([rate / 10 for rate in rates])


def test_adamw_in_muon_keeps_its_ratio_to_a_changed_rate(little: Dataset) -> None:
    session = TrainState(config_of("simple_net", "optimizer.name=muon", "optimizer.adamw_share=0.25"), little, CPU)
    session.base_lr = 0.008
    next(train(session))
    assert [group["lr"] for group in session.optimizer.param_groups] == [0.008, 0.002]


@pytest.mark.parametrize("turn_at", [4, 11])
def test_a_changed_rate_is_restored_unless_the_config_changed(little: Dataset, turn_at: int) -> None:
    config = config_of("simple_net", "optimizer.lr=0.1")

    def turned() -> tuple[TrainState, Iterator[Step | Epoch]]:
        session = TrainState(config, little, CPU)
        events = train(session)
        for _ in range(turn_at):
            next(events)
        session.base_lr = 0.02
        return session, events

    whole, events = turned()
    rest = list(events)
    cut, events = turned()
    state = through_a_file(cut.capture())
    restored = TrainState(config, little, CPU)
    restored.restore(state)
    assert finished(restored) == rest
    assert_equal_weights(restored.copy_weights(), whole.copy_weights())

    changed = TrainState(apply_settings(config, ["optimizer.lr=0.05"]), little, CPU)
    changed.restore(state)
    assert changed.base_lr == 0.05


def test_a_changed_schedule_starts_from_the_beginning(little: Dataset) -> None:
    config = config_of("simple_net", "scheduler.name=plateau", "scheduler.patience=1", "optimizer.lr=1e-12")
    session = TrainState(config, little, CPU)
    finished(session)
    state = through_a_file(session.capture())
    other = TrainState(apply_settings(config, ["scheduler.name=cosine", "training.epochs=4"]), little, CPU)
    other.restore(state)
    assert other.schedule.get_state() == {}
    same = TrainState(apply_settings(config, ["training.epochs=4"]), little, CPU)
    same.restore(state)
    assert same.schedule.get_state() == session.schedule.get_state() != build_schedule(config.scheduler).get_state()
