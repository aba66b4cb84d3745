"""Predicting a number: losses, R², resuming, the test report, and what refuses it."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from declared_settings import declared
from sklearn.metrics import mean_absolute_error, r2_score
from train_states import CPU, assert_equal_weights, finished, through_a_file

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.data import DATASETS, load_dataset
from nn_core.data.transforms import normalize
from nn_core.errors import ConfigError
from nn_core.evaluation import evaluate_run
from nn_core.jobs.previews import Surface
from nn_core.runs import RunFolder, create_run
from nn_core.runs.reports import RegressionReport, read_evaluation_report
from nn_core.training.checkpoint import save_checkpoint
from nn_core.training.loop import Epoch, train
from nn_core.training.losses import build_loss, list_losses
from nn_core.training.setup import check_trainable
from nn_core.training.state import TrainState

NOWHERE = Path("/nowhere")


def config_of(*settings: str) -> RunConfig:
    usual = ["data.name=hills", "data.plane.points=300", "loss.name=mse", "optimizer.lr=0.02", "training.epochs=40"]
    return apply_settings(get_preset("plane"), [*usual, *settings])


def state_of(*settings: str) -> TrainState:
    config = config_of(*settings)
    return TrainState(config, load_dataset(config.data, NOWHERE), CPU)


@pytest.fixture(scope="module")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, TrainState]:
    session = state_of()
    finished(session)
    run = create_run(tmp_path_factory.mktemp("regression"), session.config)
    save_checkpoint(run, session, metrics_size=0, elapsed_seconds=1.0)
    run.write_status(run.status().model_copy(update={"best": session.best}))
    return run, session


TORCH = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}


@pytest.mark.parametrize("name", list_losses("regress"))
def test_losses_are_those_of_torch(name: str) -> None:
    outputs, values = torch.randn(7, 1), 3 * torch.randn(7)
    loss = build_loss(declared("loss", name), "regress")(outputs, values)
    assert torch.equal(loss, TORCH[name](outputs.flatten(), values))


def test_a_loss_for_something_else_is_refused() -> None:
    for loss in ("cross_entropy", "binary_cross_entropy"):
        with pytest.raises(ConfigError, match=rf"'{loss}' is not for numbers, .* Choose one of: mse, mae, huber"):
            check_trainable(config_of(f"loss.name={loss}"), DATASETS["hills"])
    with pytest.raises(ConfigError, match="class_weights = 'balanced' is for classification"):
        check_trainable(config_of("loss.class_weights=balanced"), DATASETS["hills"])
    with pytest.raises(ConfigError, match="'huber' compares numbers or pictures, but this network classifies"):
        check_trainable(config_of("data.name=moons", "loss.name=huber"), DATASETS["moons"])


def test_r_squared_is_that_of_scikit_learn() -> None:
    session = state_of("training.epochs=3")
    (*_earlier, last) = [event for event in train(session) if isinstance(event, Epoch)]
    samples = session.samples
    rows = session.validation_rows
    with torch.inference_mode():
        predicted = session.model.eval()(normalize(samples.inputs[rows], session.spec))
    assert last.validation.accuracy is None
    assert last.validation.r_squared == pytest.approx(r2_score(samples.labels[rows], predicted.squeeze(1)), abs=1e-5)


def test_r_squared_of_training_batches_compares_with_the_variance_of_the_training_values() -> None:
    session = state_of("training.epochs=1", "training.batch_size=16384", "data.plane.points=120")
    values = session.samples.labels[session.train_rows]
    with torch.inference_mode():
        predicted = session.model(normalize(session.samples.inputs[session.train_rows], session.spec))
    (first, *_others) = [event for event in train(session) if not isinstance(event, Epoch)]
    assert first.metrics is not None
    assert first.metrics.r_squared == pytest.approx(r2_score(values, predicted.squeeze(1)), abs=1e-4)


def test_hills_are_learned_and_the_best_epoch_is_that_of_the_lowest_loss(
    trained_run: tuple[RunFolder, TrainState],
) -> None:
    best = trained_run[1].best
    assert best is not None
    assert best.r_squared is not None
    assert best.r_squared > 0.6
    assert best.accuracy is best.score is None


def test_a_resumed_run_ends_bit_identically() -> None:
    whole, first, second = (state_of("training.epochs=2", "optimizer.name=sgd") for _ in range(3))
    finished(whole)
    for event in train(first):
        if first.step == 9 and not isinstance(event, Epoch):
            break
    second.restore(through_a_file(first.capture()))
    finished(second)
    assert_equal_weights(second.copy_weights(), whole.copy_weights())
    assert second.best == whole.best


def test_the_report_has_the_figures_of_scikit_learn(trained_run: tuple[RunFolder, TrainState]) -> None:
    run, session = trained_run
    report = evaluate_run(run, NOWHERE)
    assert isinstance(report, RegressionReport)
    test = load_dataset(session.config.data, NOWHERE).test
    predicted = [each.predicted for each in report.scatter]
    assert [each.value for each in report.scatter] == pytest.approx(test.labels.tolist(), abs=1e-4)
    assert report.r_squared == pytest.approx(r2_score(test.labels, predicted), abs=1e-4)
    assert report.mean_absolute_error == pytest.approx(mean_absolute_error(test.labels, predicted), abs=1e-4)
    assert report.root_mean_squared_error == pytest.approx(report.loss**0.5, abs=1e-5)
    assert report.error_of_mean == pytest.approx(test.labels.std(correction=0).item(), abs=1e-5)
    errors = [abs(each.predicted - each.value) for each in report.worst]
    assert errors == sorted(errors, reverse=True)
    assert read_evaluation_report(run.evaluation_file) == report


def test_a_surface_shows_the_networks_own_values(trained_run: tuple[RunFolder, TrainState]) -> None:
    import base64

    session = trained_run[1]
    session.eval_model.eval()
    with torch.inference_mode():
        surface = Surface.make(session)
        low, high = session.samples.labels.aminmax()
        assert (surface.low, surface.high) == (low.item(), high.item())
        left, right, bottom, top = surface.extent
        cells = torch.frombuffer(bytearray(base64.b64decode(surface.values)), dtype=torch.uint8).view(64, 64)
        for row, column in ((0, 0), (10, 50), (40, 7)):
            place = torch.tensor(
                [[left + (column + 0.5) / 64 * (right - left), bottom + (row + 0.5) / 64 * (top - bottom)]]
            )
            value = session.model(normalize(place, session.spec)).item()
            share = min(max((value - surface.low) / (surface.high - surface.low), 0), 1)
            assert cells[row, column].item() == pytest.approx(255 * share, abs=0.51)
