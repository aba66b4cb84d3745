"""Networks and batches of absurd sizes are refused before memory is allocated."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile import little_memory, refusal
from safetensors.torch import save
from transfer_files import NET, SPEC, fresh, run_archive, weights_in

from nn_core.config import parse_config
from nn_core.inference import load_network
from nn_core.models import MODELS, describe_layers
from nn_core.models.summary import MAX_ACTIVATIONS, MAX_PARAMETERS
from nn_core.runs import RunFolder, list_runs
from nn_core.task import TaskSpec
from nn_core.training.setup import check_trainable
from nn_core.transfer import import_run, import_weights

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")


PHOTO = TaskSpec("pictures", (3, 64, 64), 10)
ABSURD = {
    "a layer of a billion": ({"name": "mlp", "hidden": [10**9]}, {}, "less than or equal to 8192|at most 8192"),
    "dense layers": ({"name": "mlp", "hidden": [8192] * 20}, {}, "parameters"),
    "rows": ({"name": "layers", "rows": [{"name": "flatten"}, *[{"name": "linear", "neurons": 8192}] * 90]}, {}, "parameters"),
    "kernels": ({"name": "cnn", "blocks": [{"channels": 1024, "kernel": 11}] * 30}, {}, "parameters"),
    "a hundred thousand kernels": ({"name": "cnn", "blocks": [{"channels": 100_000}]}, {}, "at most 1024"),
    "thousands of rows": ({"name": "layers", "rows": [{"name": "activation"}] * 5000}, {}, "at most 100"),
    "flattened": (
        {"name": "layers", "rows": [{"name": "conv", "channels": 1024}, {"name": "flatten"}, {"name": "linear", "neurons": 8192}]},
        {},
        "parameters",
    ),
    "memory of a reader": ({"name": "rnn", "hidden": 2048, "layers": 8, "both_directions": True}, {}, "parameters"),
    "autoencoder": ({"name": "autoencoder", "hidden": [8192] * 20}, {}, "parameters"),
    "a batch": (
        {"name": "layers", "rows": [{"name": "conv", "channels": 1024, "kernel": 1}, {"name": "pool", "size": 28}, {"name": "flatten"}]},
        {"batch_size": 16_384},
        "Set training.batch_size to",
    ),
    "a million epochs": (NET, {"epochs": 10**6}, "at most 10000"),
    "an endless number": (NET, {"epochs": 10**400}, "."),
    "no number": (NET, {"clip_norm": float("nan")}, "."),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """What is loaded late is loaded first: limits of memory are for the files."""
    check_trainable(parse_config({"model": NET}), SPEC)


@pytest.mark.parametrize("case", ABSURD)
def test_an_absurd_size_is_refused_before_memory_is_allocated(tmp_path: Path, case: str) -> None:
    model, training, rule = ABSURD[case]
    values = {"model": model, "training": training, "data": {"name": "mnist_sample"}, "loss": {"name": "mse"}}
    values = values if model["name"] == "autoencoder" else {**values, "loss": {"name": "cross_entropy"}}
    with little_memory():
        sentence = refusal(lambda: check_trainable(parse_config(values), SPEC))
        assert any(part in sentence for part in rule.split("|"))
        archive = run_archive(tmp_path / "run.zip", config__json=json.dumps(values).encode())
        refusal(lambda: import_run(archive, tmp_path / "runs", tmp_path))
    assert list_runs(tmp_path / "runs") == []


def test_without_the_limit_memory_would_run_out() -> None:
    """Else the test above says nothing."""
    settings = parse_config({"model": ABSURD["dense layers"][0]}).model
    with little_memory(100_000_000), pytest.raises(RuntimeError, match="memory"):
        MODELS["mlp"].build(settings, SPEC.task)


def test_a_run_with_an_absurd_config_is_reported_when_opened(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.write_config(parse_config({"model": ABSURD["dense layers"][0], "data": {"name": "mnist_sample"}}))
    run.best_weights.write_bytes(save(fresh(NET)))
    with little_memory():
        assert f"at most {MAX_PARAMETERS:,}" in refusal(lambda: load_network(run, tmp_path))
        weights = weights_in(tmp_path / "w.pt", fresh(NET))
        assert "parameters" in refusal(lambda: import_weights(weights, run.config(), SPEC, tmp_path / "runs"))


def test_the_largest_batch_size_of_the_message_is_accepted() -> None:
    model, training, _rule = ABSURD["a batch"]
    values: dict[str, Any] = {"model": model, "training": training}
    sentence = refusal(lambda: check_trainable(parse_config(values), SPEC))
    largest = int(sentence.partition("Set training.batch_size to ")[2].split()[0].replace(",", ""))
    for size, fits in ((largest, True), (largest + 1, False)):
        config = parse_config({**values, "training": {"batch_size": size}})
        if fits:
            check_trainable(config, SPEC)
        else:
            refusal(lambda config=config: check_trainable(config, SPEC))  # type: ignore[misc]
    rows = describe_layers(parse_config(values).model, SPEC.task)
    assert largest <= MAX_ACTIVATIONS // rows[0].output[0] // 28**2
