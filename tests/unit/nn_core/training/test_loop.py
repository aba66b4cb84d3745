"""The training loop and its state: determinism, validation, the best weights, and what is refused."""

import pytest
import torch
from torch import Tensor, nn
from train_states import CPU, assert_equal_weights, config_of, finished

from nn_core.config import RunConfig, apply_settings
from nn_core.data import Dataset
from nn_core.data.transforms import normalize
from nn_core.errors import ConfigError, Diverged
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState


def test_a_run_trains_on_every_batch_of_every_epoch(recipe: RunConfig, little: Dataset) -> None:
    session = TrainState(recipe, little, CPU)
    events = finished(session)
    assert [type(event) for event in events] == [*[Step] * 10, Epoch] * 2
    assert (session.epoch, session.batch, session.step, session.total_steps) == (2, 0, 20, 20)
    figures = [event.metrics for event in events if isinstance(event, Step)]
    assert all(figures), "with so few batches, each one has metrics"
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [epoch.validation.epoch for epoch in epochs] == [1, 2]
    first, last = figures[0], figures[-1]
    assert first is not None
    assert last is not None
    assert last.loss < first.loss
    assert (first.accuracy is None) == (session.goal == "reconstruct")
    assert (first.step, first.epoch) == (1, 0.1)


def test_the_seed_determines_the_weights(recipe: RunConfig, little: Dataset) -> None:
    def learned(config: RunConfig) -> dict[str, Tensor]:
        session = TrainState(config, little, CPU)
        finished(session)
        return session.copy_weights()

    once = learned(recipe)
    torch.rand(17)  # other random numbers in between
    assert_equal_weights(learned(recipe), once)
    other = learned(apply_settings(recipe, ["training.seed=1"]))
    assert any(not torch.equal(once[name], other[name]) for name in once)


def test_the_best_weights_are_those_of_the_epoch_with_the_highest_validation_accuracy(little: Dataset) -> None:
    session = TrainState(config_of("simple_net", "training.epochs=6", "optimizer.lr=0.5"), little, CPU)
    seen: list[tuple[float, float, dict[str, Tensor]]] = []
    flags = []
    for event in train(session):
        if isinstance(event, Epoch):
            seen.append((event.validation.accuracy, -event.validation.loss, session.copy_weights()))
            flags.append(event.is_best)
    best = max(range(6), key=lambda epoch: seen[epoch][:2])
    assert session.best is not None
    assert (session.best.epoch, session.best.accuracy) == (best + 1, seen[best][0])
    assert_equal_weights(session.best_weights, seen[best][2])
    assert flags == [all(seen[epoch][:2] > earlier[:2] for earlier in seen[:epoch]) for epoch in range(6)]


def test_training_uses_neither_validation_nor_test_data(little: Dataset) -> None:
    config = config_of("simple_net")
    whole = TrainState(config, little, CPU)
    finished(whole)

    other_test = Dataset(
        little.spec, little.train.take(torch.arange(len(little.train))), little.test.take(torch.arange(5))
    )
    blind = TrainState(config, other_test, CPU)
    blind.samples.inputs[blind.validation_rows] = 0  # after the split was made: only the validation figures may notice
    finished(blind)
    assert_equal_weights(blind.copy_weights(), whole.copy_weights())
    assert len(whole.validation_rows) == 16
    assert len(whole.train_rows) == 149


def test_each_epoch_has_every_training_image_once_in_a_new_order(little: Dataset) -> None:
    session = TrainState(config_of("simple_net"), little, CPU)
    first = session.shuffle_rows()
    assert sorted(first.tolist()) == session.train_rows.tolist()
    assert len(first) == 149
    assert torch.equal(first, session.shuffle_rows())
    session.epoch = 1
    assert not torch.equal(first, session.shuffle_rows())


def test_the_last_batch_has_the_remaining_samples(little: Dataset) -> None:
    session = TrainState(config_of("quick", "training.batch_size=148"), little, CPU)
    assert session.batches_per_epoch == 2
    finished(session)


def test_a_last_batch_of_one_is_refused_with_batch_norm(little: Dataset) -> None:
    config = config_of("simple_net", "model.name=mlp", "model.norm=batch", "training.batch_size=148")
    with pytest.raises(ConfigError, match=r"training\.batch_size = 148 leaves.*for example 149"):
        TrainState(config, little, CPU)
    finished(TrainState(apply_settings(config, ["training.batch_size=149"]), little, CPU))


@pytest.mark.parametrize("name", ["simple_net", "quick"])
def test_a_nan_loss_ends_the_run_with_advice(name: str, little: Dataset) -> None:
    config = config_of(name, "optimizer.name=sgd", "optimizer.lr=100", "optimizer.weight_decay=1", "training.epochs=50")
    session = TrainState(config, little, CPU)
    with pytest.raises(Diverged, match=r"at step \d+.*smaller learning rate.*optimizer\.lr = 10 instead of 100"):
        finished(session)


def test_nan_weights_are_never_saved(little: Dataset) -> None:
    session = TrainState(config_of("simple_net"), little, CPU)
    next(train(session))
    with torch.no_grad():
        next(session.model.parameters())[0, 0] = torch.nan
    with pytest.raises(Diverged):
        session.capture()


def test_the_schedule_is_applied_at_each_step(little: Dataset) -> None:
    session = TrainState(config_of("quick"), little, CPU)
    rates = [event.metrics.lr for event in finished(session) if isinstance(event, Step) and event.metrics]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(session.config.optimizer.lr, rel=0.02)
    assert 0 < peak < len(rates) - 1
    assert rates == sorted(rates[:peak]) + sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.05 * max(rates)


# Gradient clipping


def test_clipping_limits_only_large_gradients(little: Dataset) -> None:
    def first_correction(*settings: str) -> Tensor:
        session = TrainState(config_of("simple_net", "optimizer.lr=1", *settings), little, CPU)
        before = nn.utils.parameters_to_vector(session.model.parameters()).detach().clone()
        next(train(session))
        return nn.utils.parameters_to_vector(session.model.parameters()).detach() - before

    free = first_correction()
    assert free.norm() > 0.5
    clipped = first_correction("training.clip_norm=0.1")
    assert clipped.norm().item() == pytest.approx(0.1, rel=1e-3)
    assert torch.allclose(clipped / clipped.norm(), free / free.norm(), atol=1e-4)
    assert torch.equal(first_correction("training.clip_norm=100"), free)


# Weight averaging (EMA)


def test_averaged_weights_are_validated_and_saved(little: Dataset) -> None:
    session = TrainState(config_of("simple_net", "training.ema=0.9", "optimizer.lr=0.2"), little, CPU)
    figures = [event.validation for event in finished(session) if isinstance(event, Epoch)][-1]
    assert session.ema is not None
    handed_out = session.copy_weights()
    assert_equal_weights(handed_out, session.ema.module.state_dict())
    assert any(not torch.equal(tensor, session.model.state_dict()[name]) for name, tensor in handed_out.items())
    rows = session.validation_rows
    inputs, labels = session.get_batch(rows)
    session.model.load_state_dict(handed_out)
    logits = session.model.eval()(normalize(inputs, session.spec))
    assert figures.loss == pytest.approx(session.loss(logits, labels).item(), rel=1e-5)


def test_weight_averaging_does_not_change_training(little: Dataset) -> None:
    with_average = TrainState(config_of("quick", "training.ema=0.9"), little, CPU)
    finished(with_average)
    without = TrainState(config_of("quick"), little, CPU)
    finished(without)
    assert_equal_weights(with_average.model.state_dict(), without.model.state_dict())


# Precision and compiling


def test_bf16_trains_as_well_and_returns_float32(little: Dataset) -> None:
    def best_of(precision: str) -> float:
        config = config_of("simple_net", f"training.precision={precision}", "training.epochs=8", "optimizer.lr=0.1")
        session = TrainState(config, little, CPU)
        finished(session)
        outputs = session.forward(normalize(little.test.inputs, session.spec))
        assert outputs.dtype == torch.float32
        in_fewer_bits = torch.equal(outputs, outputs.bfloat16().float())
        assert in_fewer_bits == (precision == "bf16")
        assert session.best is not None
        assert session.best.accuracy is not None
        return session.best.accuracy

    assert best_of("bf16") >= best_of("float32") - 0.13


def test_a_missing_compiler_is_reported_with_a_remedy(little: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/nowhere/c++")
    with pytest.raises(ConfigError, match=r"the C\+\+ compiler '/nowhere/c\+\+'.*switch training\.compile off"):
        TrainState(config_of("simple_net", "training.compile=true"), little, CPU)
