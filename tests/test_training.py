"""The training loop and its session: the same seed learns the same, and a restored session goes on as if nothing happened."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nn_core.config import RunConfig, preset, with_settings
from nn_core.data import Dataset
from nn_core.data.prepare import as_network_sees
from nn_core.errors import ConfigError, Diverged
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.schedulers import build_schedule
from nn_core.training.session import Session

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def little(sample: Dataset) -> Dataset:
    """165 pictures to learn from, of which 16 are held out."""
    few = sample.train.take(torch.arange(0, 4000, 4000 // 165)[:165])
    return Dataset(sample.spec, few, sample.test.take(torch.arange(0, 1000, 10)))


def config_of(name: str, *settings: str) -> RunConfig:
    """Ten batches an epoch: nine of 16 and one of 5."""
    return with_settings(preset(name), ["training.batch_size=16", "training.epochs=2", *settings])


def finished(session: Session) -> list[Step | Epoch]:
    return list(train(session))


def through_a_file(state: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint makes of it."""
    stream = io.BytesIO()
    torch.save(state, stream)
    stream.seek(0)
    loaded: dict[str, Any] = torch.load(stream, weights_only=True)
    return loaded


def assert_equal_weights(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


RECIPES = {
    "quick": config_of("quick"),
    "net, dropout and momentum": config_of("net", "optimizer.lr=0.02"),
    "simple_net": config_of("simple_net"),
    "nesterov and weight decay": config_of(
        "simple_net", "optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.01"
    ),
    "adam and mse": config_of("simple_net", "optimizer.name=adam", "loss.name=mse"),
    "adamw, one cycle, augmented": config_of(
        "simple_net", "optimizer.name=adamw", "scheduler.name=one_cycle", "data.augmentation.shift=2"
    ),
    "muon, cosine with warm-up, clipped": config_of(
        "simple_net", "optimizer.name=muon", "scheduler.name=cosine", "scheduler.warmup=0.3", "training.clip_norm=1"
    ),
    "rmsprop, nll and a plateau": config_of(
        "simple_net",
        "optimizer.name=rmsprop",
        "optimizer.lr=0.002",
        "optimizer.momentum=0.5",
        "loss.name=nll",
        "scheduler.name=plateau",
        "scheduler.patience=1",
    ),
    "adagrad, margin and steps": config_of(
        "simple_net", "optimizer.name=adagrad", "loss.name=multi_margin", "scheduler.name=step", "scheduler.every=1"
    ),
    "an average of the weights, batch norm": config_of("quick", "training.ema=0.8"),
    "bf16": config_of("simple_net", "training.precision=bf16", "optimizer.lr=0.05"),
    "autoencoder, binary cross-entropy": config_of(
        "simple_net",
        "model.name=autoencoder",
        "model.hidden=[32]",
        "loss.name=binary_cross_entropy",
        "optimizer.name=adam",
    ),
}


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest) -> Iterator[RunConfig]:
    return RECIPES[request.param]


def test_a_run_takes_every_batch_of_every_epoch_and_learns(recipe: RunConfig, little: Dataset) -> None:
    session = Session(recipe, little, CPU)
    events = finished(session)
    assert [type(event) for event in events] == [*[Step] * 10, Epoch] * 2
    assert (session.epoch, session.batch, session.step, session.steps) == (2, 0, 20, 20)
    figures = [event.figures for event in events if isinstance(event, Step)]
    assert all(figures), "with so few batches, each one's figures are told"
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [epoch.validation.epoch for epoch in epochs] == [1, 2]
    first, last = figures[0], figures[-1]
    assert first is not None
    assert last is not None
    assert last.loss < first.loss
    assert (first.accuracy is None) == (session.goal == "reconstruct")
    assert (first.step, first.epoch) == (1, 0.1)


def test_the_same_seed_learns_the_same_weights_and_another_one_others(recipe: RunConfig, little: Dataset) -> None:
    def learned(config: RunConfig) -> dict[str, Tensor]:
        session = Session(config, little, CPU)
        finished(session)
        return session.weights()

    once = learned(recipe)
    torch.rand(17)  # whatever else drew random numbers in between
    assert_equal_weights(learned(recipe), once)
    other = learned(with_settings(recipe, ["training.seed=1"]))
    assert any(not torch.equal(once[name], other[name]) for name in once)


@pytest.mark.parametrize("after", [1, 4, 10, 11, 13, 21, 22])
def test_a_restored_session_ends_with_the_very_weights_of_one_that_never_stopped(
    recipe: RunConfig, little: Dataset, after: int
) -> None:
    """After so many events: at the start, in the middle of an epoch, before and after its validation, and at the end."""
    whole = Session(recipe, little, CPU)
    told = finished(whole)

    cut = Session(recipe, little, CPU)
    events = train(cut)
    before = [next(events) for _ in range(after)]
    state = through_a_file(cut.state())
    del cut, events

    torch.manual_seed(99)  # another process, another state of the world
    restored = Session(recipe, little, CPU)
    restored.restore(state)
    assert [*before, *finished(restored)] == told
    assert_equal_weights(restored.weights(), whole.weights())
    assert restored.best == whole.best
    assert_equal_weights(restored.best_weights, whole.best_weights)
    if whole.average:
        assert restored.average is not None
        assert_equal_weights(restored.average.state_dict(), whole.average.state_dict())
    assert_equal_weights(restored.model.state_dict(), whole.model.state_dict())
    assert_equal_optimizers(restored.optimizer.state_dict(), whole.optimizer.state_dict())


def assert_equal_optimizers(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours["param_groups"] == theirs["param_groups"]
    for index, state in ours["state"].items():
        for name, value in state.items():
            other = theirs["state"][index][name]
            assert torch.equal(value, other) if isinstance(value, Tensor) else value == other, (index, name)


def test_a_restored_session_follows_a_changed_learning_rate(little: Dataset) -> None:
    config = config_of("net")
    session = Session(config, little, CPU)
    next(train(session))
    slower = Session(with_settings(config, ["optimizer.lr=0.0001"]), little, CPU)
    slower.restore(through_a_file(session.state()))
    step = next(train(slower))
    assert isinstance(step, Step)
    assert slower.optimizer.param_groups[0]["lr"] == 0.0001
    assert slower.optimizer.param_groups[0]["momentum"] == 0.9


def test_a_finished_run_goes_on_when_it_is_given_more_epochs(little: Dataset) -> None:
    short = Session(config_of("simple_net"), little, CPU)
    finished(short)
    longer = config_of("simple_net", "training.epochs=4")
    prolonged = Session(longer, little, CPU)
    prolonged.restore(through_a_file(short.state()))
    events = finished(prolonged)
    assert sum(isinstance(event, Epoch) for event in events) == 2
    at_once = Session(longer, little, CPU)
    finished(at_once)
    assert_equal_weights(prolonged.weights(), at_once.weights())


def test_a_run_that_has_had_its_epochs_does_nothing_more(little: Dataset) -> None:
    session = Session(config_of("simple_net"), little, CPU)
    finished(session)
    weights = session.weights()
    assert finished(session) == []
    assert_equal_weights(session.weights(), weights)


def test_the_best_weights_are_those_of_the_epoch_with_the_highest_validation_accuracy(little: Dataset) -> None:
    session = Session(config_of("simple_net", "training.epochs=6", "optimizer.lr=0.5"), little, CPU)
    seen: list[tuple[float, float, dict[str, Tensor]]] = []
    flags = []
    for event in train(session):
        if isinstance(event, Epoch):
            seen.append((event.validation.accuracy, -event.validation.loss, session.weights()))
            flags.append(event.best)
    best = max(range(6), key=lambda epoch: seen[epoch][:2])
    assert session.best is not None
    assert (session.best.epoch, session.best.accuracy) == (best + 1, seen[best][0])
    assert_equal_weights(session.best_weights, seen[best][2])
    assert flags == [all(seen[epoch][:2] > earlier[:2] for earlier in seen[:epoch]) for epoch in range(6)]


def test_what_was_held_out_is_never_learned_from_nor_the_test_split_looked_at(little: Dataset) -> None:
    config = config_of("simple_net")
    whole = Session(config, little, CPU)
    finished(whole)

    other_test = Dataset(
        little.spec, little.train.take(torch.arange(len(little.train))), little.test.take(torch.arange(5))
    )
    blind = Session(config, other_test, CPU)
    blind.samples.inputs[blind.validation_rows] = 0  # after the split was made: only the validation figures may notice
    finished(blind)
    assert_equal_weights(blind.weights(), whole.weights())
    assert len(whole.validation_rows) == 16
    assert len(whole.train_rows) == 149


def test_every_training_picture_is_seen_once_an_epoch_in_another_order_each_time(little: Dataset) -> None:
    session = Session(config_of("simple_net"), little, CPU)
    first = session.order()
    assert sorted(first.tolist()) == session.train_rows.tolist()
    assert len(first) == 149
    assert torch.equal(first, session.order())
    session.epoch = 1
    assert not torch.equal(first, session.order())


def test_the_last_batch_is_the_rest(little: Dataset) -> None:
    session = Session(config_of("quick", "training.batch_size=148"), little, CPU)
    assert session.batches == 2
    finished(session)


def test_a_last_batch_of_one_is_refused_where_batch_norm_needs_two(little: Dataset) -> None:
    config = config_of("simple_net", "model.name=mlp", "model.norm=batch", "training.batch_size=148")
    with pytest.raises(ConfigError, match=r"training\.batch_size = 148 leaves.*for example 149"):
        Session(config, little, CPU)
    finished(Session(with_settings(config, ["training.batch_size=149"]), little, CPU))


@pytest.mark.parametrize("name", ["simple_net", "quick"])
def test_a_loss_that_is_not_a_number_ends_the_run_with_what_to_try(name: str, little: Dataset) -> None:
    config = config_of(name, "optimizer.name=sgd", "optimizer.lr=100", "optimizer.weight_decay=1", "training.epochs=50")
    session = Session(config, little, CPU)
    with pytest.raises(Diverged, match=r"at step \d+.*smaller learning rate.*optimizer\.lr = 10 instead of 100"):
        finished(session)


def test_broken_weights_are_never_handed_out(little: Dataset) -> None:
    session = Session(config_of("simple_net"), little, CPU)
    next(train(session))
    with torch.no_grad():
        next(session.model.parameters())[0, 0] = torch.nan
    with pytest.raises(Diverged):
        session.state()


def test_a_schedule_is_followed_step_by_step(little: Dataset) -> None:
    session = Session(config_of("quick"), little, CPU)
    rates = [event.figures.lr for event in finished(session) if isinstance(event, Step) and event.figures]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(session.config.optimizer.lr, rel=0.02)
    assert 0 < peak < len(rates) - 1
    assert rates == sorted(rates[:peak]) + sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.05 * max(rates)


# Early stopping


def hopeless(*settings: str) -> RunConfig:
    """Nothing is learned, so the first epoch stays the best."""
    return config_of("simple_net", "optimizer.lr=1e-12", "training.epochs=9", *settings)


def test_a_run_ends_early_once_so_many_epochs_brought_nothing_better(little: Dataset) -> None:
    session = Session(hopeless("training.patience=3"), little, CPU)
    epochs = [event for event in finished(session) if isinstance(event, Epoch)]
    assert [epoch.best for epoch in epochs][:1] == [True]
    assert session.best is not None
    assert len(epochs) == session.best.epoch + 3 < 9
    assert session.out_of_patience
    assert finished(session) == []


def test_without_patience_to_lose_a_run_trains_to_the_end(little: Dataset) -> None:
    session = Session(hopeless(), little, CPU)
    assert sum(isinstance(event, Epoch) for event in finished(session)) == 9


@pytest.mark.parametrize("after", [10, 11, 27, 33])
def test_the_epochs_waited_for_are_counted_through_a_restart(little: Dataset, after: int) -> None:
    config = hopeless("training.patience=3")
    told = finished(Session(config, little, CPU))
    cut = Session(config, little, CPU)
    events = train(cut)
    before = [next(events) for _ in range(after)]
    restored = Session(config, little, CPU)
    restored.restore(through_a_file(cut.state()))
    assert [*before, *finished(restored)] == told


def test_a_run_that_ended_early_goes_on_with_more_patience_only(little: Dataset) -> None:
    session = Session(hopeless("training.patience=2"), little, CPU)
    finished(session)
    epochs_done, state = session.epoch, session.state()
    for changes, more in ((["training.epochs=20"], 0), (["training.patience=4"], 2), (["training.patience=0"], 6)):
        going_on = Session(with_settings(session.config, changes), little, CPU)
        going_on.restore(through_a_file(state))
        assert sum(isinstance(event, Epoch) for event in finished(going_on)) == min(more, 9 - epochs_done), changes


# Gradient clipping


def test_clipping_bounds_the_correction_and_changes_nothing_that_is_within(little: Dataset) -> None:
    def first_correction(*settings: str) -> Tensor:
        session = Session(config_of("simple_net", "optimizer.lr=1", *settings), little, CPU)
        before = nn.utils.parameters_to_vector(session.model.parameters()).detach().clone()
        next(train(session))
        return nn.utils.parameters_to_vector(session.model.parameters()).detach() - before

    free = first_correction()
    assert free.norm() > 0.5
    clipped = first_correction("training.clip_norm=0.1")
    assert clipped.norm().item() == pytest.approx(0.1, rel=1e-3)
    assert torch.allclose(clipped / clipped.norm(), free / free.norm(), atol=1e-4)
    assert torch.equal(first_correction("training.clip_norm=100"), free)


# The average of the weights


def test_the_average_is_what_is_validated_and_kept(little: Dataset) -> None:
    session = Session(config_of("simple_net", "training.ema=0.9", "optimizer.lr=0.2"), little, CPU)
    figures = [event.validation for event in finished(session) if isinstance(event, Epoch)][-1]
    assert session.average is not None
    handed_out = session.weights()
    assert_equal_weights(handed_out, session.average.module.state_dict())
    assert any(not torch.equal(tensor, session.model.state_dict()[name]) for name, tensor in handed_out.items())
    rows = session.validation_rows
    inputs, labels = session.batch_of(rows)
    session.model.load_state_dict(handed_out)
    logits = session.model.eval()(as_network_sees(inputs, session.spec))
    assert figures.loss == pytest.approx(session.loss(logits, labels).item(), rel=1e-5)


def test_an_average_does_not_change_what_is_learned(little: Dataset) -> None:
    with_average = Session(config_of("quick", "training.ema=0.9"), little, CPU)
    finished(with_average)
    without = Session(config_of("quick"), little, CPU)
    finished(without)
    assert_equal_weights(with_average.model.state_dict(), without.model.state_dict())


# Precision and compiling


def test_bf16_learns_as_well_and_its_figures_are_float32(little: Dataset) -> None:
    def best_of(precision: str) -> float:
        config = config_of("simple_net", f"training.precision={precision}", "training.epochs=8", "optimizer.lr=0.1")
        session = Session(config, little, CPU)
        finished(session)
        outputs = session.forward(as_network_sees(little.test.inputs, session.spec))
        assert outputs.dtype == torch.float32
        in_fewer_bits = torch.equal(outputs, outputs.bfloat16().float())
        assert in_fewer_bits == (precision == "bf16")
        assert session.best is not None
        assert session.best.accuracy is not None
        return session.best.accuracy

    assert best_of("bf16") >= best_of("float32") - 0.13


def test_a_compiled_network_learns_the_same_and_keeps_the_names_of_its_weights(little: Dataset) -> None:
    settings = ["model.name=mlp", "model.hidden=[8]", "training.batch_size=149", "training.epochs=1"]
    config = config_of("simple_net", *settings, "training.compile=true")
    try:
        session = Session(config, little, CPU)
    except ConfigError as error:
        pytest.skip(str(error))
    plain = Session(with_settings(config, ["training.compile=false"]), little, CPU)
    compiled_events, plain_events = finished(session), finished(plain)
    assert session.weights().keys() == plain.weights().keys()
    for name, tensor in session.weights().items():
        assert torch.allclose(tensor, plain.weights()[name], atol=1e-4), name
    assert len(compiled_events) == len(plain_events) == 2


def test_a_compiler_that_is_not_there_is_named_with_what_to_do(
    little: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/c++")
    with pytest.raises(ConfigError, match=r"the C\+\+ compiler '/nowhere/c\+\+'.*switch training\.compile off"):
        Session(config_of("simple_net", "training.compile=true"), little, CPU)


# A turned learning rate


def test_a_turned_rate_is_multiplied_by_the_schedule(little: Dataset) -> None:
    config = config_of("simple_net", "scheduler.name=cosine", "optimizer.lr=0.1")
    session, untouched = Session(config, little, CPU), Session(config, little, CPU)
    session.base_rate = 0.01
    turned = [event.figures.lr for event in finished(session) if isinstance(event, Step) and event.figures]
    rates = [event.figures.lr for event in finished(untouched) if isinstance(event, Step) and event.figures]
    assert turned == pytest.approx([rate / 10 for rate in rates])


def test_muons_rest_keeps_its_share_of_a_turned_rate(little: Dataset) -> None:
    session = Session(config_of("simple_net", "optimizer.name=muon", "optimizer.adamw_share=0.25"), little, CPU)
    session.base_rate = 0.008
    next(train(session))
    assert [group["lr"] for group in session.optimizer.param_groups] == [0.008, 0.002]


@pytest.mark.parametrize("turn_at", [4, 11])
def test_a_turned_rate_is_kept_exactly_and_a_changed_config_wins(little: Dataset, turn_at: int) -> None:
    config = config_of("simple_net", "optimizer.lr=0.1")

    def turned() -> tuple[Session, Iterator[Step | Epoch]]:
        session = Session(config, little, CPU)
        events = train(session)
        for _ in range(turn_at):
            next(events)
        session.base_rate = 0.02
        return session, events

    whole, events = turned()
    rest = list(events)
    cut, events = turned()
    state = through_a_file(cut.state())
    restored = Session(config, little, CPU)
    restored.restore(state)
    assert finished(restored) == rest
    assert_equal_weights(restored.weights(), whole.weights())

    changed = Session(with_settings(config, ["optimizer.lr=0.05"]), little, CPU)
    changed.restore(state)
    assert changed.base_rate == 0.05


def test_a_changed_schedule_begins_anew(little: Dataset) -> None:
    config = config_of("simple_net", "scheduler.name=plateau", "scheduler.patience=1", "optimizer.lr=1e-12")
    session = Session(config, little, CPU)
    finished(session)
    state = through_a_file(session.state())
    other = Session(with_settings(config, ["scheduler.name=cosine", "training.epochs=4"]), little, CPU)
    other.restore(state)
    assert other.schedule.state() == {}
    same = Session(with_settings(config, ["training.epochs=4"]), little, CPU)
    same.restore(state)
    assert same.schedule.state() == session.schedule.state() != build_schedule(config.scheduler).state()
