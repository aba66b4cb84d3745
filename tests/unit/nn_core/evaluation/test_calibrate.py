"""Confidence calibration and out-of-distribution detection."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from example_drawings import scribbles
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file
from scipy.special import softmax
from untrained_runs import untrained_run

from nn_core.data import Dataset
from nn_core.drawings import Drawing
from nn_core.evaluation import evaluate_run
from nn_core.evaluation.calibrate import compute_calibration_error
from nn_core.inference import load_network, predict_drawing
from nn_core.inference.calibration import Calibration, FeatureDistribution, read_calibration
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, get_shipped_run
from ui.app.cache import get_weights_version


@pytest.fixture
def shipped() -> RunFolder:
    run = get_shipped_run()
    assert run is not None
    return run


def test_the_calibration_error_of_known_answers() -> None:
    confidence = torch.tensor([0.9] * 10 + [0.6] * 10)
    probabilities = torch.stack([confidence, 1 - confidence], dim=1)
    right = torch.tensor([0] * 9 + [1] + [0] * 4 + [1] * 6)
    assert compute_calibration_error(probabilities, right) == pytest.approx(0.5 * 0.0 + 0.5 * 0.2, abs=1e-6)
    assert compute_calibration_error(probabilities, torch.zeros(20, dtype=torch.long)) == pytest.approx(0.25, abs=1e-6)


def test_temperature_changes_confidence_but_not_the_answer() -> None:
    logits = torch.randn(50, 10) * 5
    cool = Calibration(temperature=2.0).compute_probabilities(logits)
    assert torch.equal(cool.argmax(dim=1), logits.argmax(dim=1))
    assert np.allclose(cool.numpy(), softmax(logits.numpy() / 2, axis=1), atol=1e-6)
    assert not Calibration().detect_out_of_distribution(torch.randn(50, 7)).any()


def test_features_far_from_every_class_are_refused() -> None:
    distribution = FeatureDistribution(
        means=torch.eye(3),
        axes=torch.tensor([[0.0, 0, 1]]),
        variances=torch.tensor([0.5]),
        rest=torch.tensor(0.1),
        max_distance=2.0,
    )
    features = torch.tensor([[9.0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1]])
    # On the unit sphere, and to the nearer mean: (√½, √½ − 1, 0) lies beside the axis, (√½ − 1, 0, √½) mostly along it.
    leg = 0.5**0.5
    between, along = (leg**2 + (1 - leg) ** 2) / 0.1, (1 - leg) ** 2 / 0.1 + leg**2 / 0.5
    to_third = leg**2 / 0.1 + (1 - leg) ** 2 / 0.5
    assert distribution.compute_distances(features).tolist() == pytest.approx(
        [0, 0, between, min(along, to_third)], abs=1e-5
    )
    assert Calibration(distribution=distribution).detect_out_of_distribution(features).tolist() == [
        False,
        False,
        True,
        False,
    ]


def test_a_finished_run_is_calibrated_on_validation_data(finished_run: RunFolder, sample: Dataset) -> None:
    with safe_open(finished_run.calibration_file, framework="pt") as file:
        about = json.loads(file.metadata()["nn_lab"])
    evaluation = finished_run.evaluation()
    assert evaluation is not None
    assert about["step"] == evaluation.step
    network = load_network(finished_run, get_data_folder())
    assert network.calibration.temperature == about["temperature"]
    logits = network.compute_outputs(sample.test.inputs)
    measured = compute_calibration_error(network.calibration.compute_probabilities(logits), sample.test.labels)
    assert evaluation.calibration_error == pytest.approx(measured)
    # 400 validation pictures decide, and 1,000 others are looked at.
    assert 0.93 < evaluation.in_distribution_rate < 1


def test_overconfident_weights_get_a_higher_temperature(finished_run: RunFolder, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "loud")
    run.path.mkdir()
    for file in (finished_run.config_file, finished_run.status_file):
        (run.path / file.name).write_bytes(file.read_bytes())
    weights = load_file(finished_run.best_weights)
    save_file(
        {name: 3 * tensor if name.startswith("3.") else tensor for name, tensor in weights.items()}, run.best_weights
    )
    evaluate_run(run, get_data_folder())
    loud, quiet = read_calibration(run).temperature, read_calibration(finished_run).temperature
    assert loud == pytest.approx(3 * quiet, rel=0.02)


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        (None, False),
        (b"{", True),
        (save({}), True),
        (save({}, {"nn_lab": "3"}), True),
        (save({}, {"nn_lab": '{"step": 3, "temperature": 2}'}), False),
        (save({}, {"nn_lab": '{"step": BEST, "temperature": "hot"}'}), True),
    ],
)
def test_an_unreadable_or_mismatched_calibration_is_ignored(
    content: bytes | None, damaged: bool, finished_run: RunFolder, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    (run.path / "status.json").write_bytes(finished_run.status_file.read_bytes())
    best = finished_run.status().best
    assert best is not None
    if content is not None:
        run.calibration_file.write_bytes(content.replace(b"BEST", f"{best.step:4}".encode()))
    calibration = read_calibration(run)
    assert (calibration.temperature, calibration.distribution) == (1.0, None)
    assert ("damaged file, calibration.safetensors" in calibration.damage) == damaged


def test_the_shipped_network_refuses_scribbles_and_accepts_digits(shipped: RunFolder) -> None:
    network = load_network(shipped, get_data_folder())
    answers = [predict_drawing(network, scribble) for scribble in scribbles(100)]
    assert sum(answer.is_out_of_distribution for answer in answers if answer) >= 80
    one = predict_drawing(network, Drawing(280, 18, (((140, 50), (140, 230)),)))
    assert one is not None
    assert (one.label, one.is_out_of_distribution) == ("1", False)


def test_a_cached_network_is_reloaded_after_calibration(tmp_path: Path) -> None:
    run = untrained_run(tmp_path, "simple_net")
    before = get_weights_version(run)
    assert before == get_weights_version(run) != 0
    evaluate_run(run, get_data_folder())
    assert run.calibration_file.exists()
    assert get_weights_version(run) != before
