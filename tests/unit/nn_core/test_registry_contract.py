"""Every registered entry is trained until it has learned something; its saved weights then predict the same.

A new entry is tested without a change here.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import drawn_settings
from torch import Tensor

from nn_core.config import RunConfig, update_config
from nn_core.data import DATASETS, Dataset, DatasetSpec, DataSettings, Split, load_dataset
from nn_core.data.split import split_stratified
from nn_core.data.transforms import normalize
from nn_core.inference import load_network
from nn_core.models import ACTIVATIONS, MODELS
from nn_core.runs import create_run
from nn_core.task import Kind
from nn_core.training import LOSSES, OPTIMIZERS, SCHEDULERS
from nn_core.training.checkpoint import save_checkpoint
from nn_core.training.loop import Epoch, train
from nn_core.training.state import TrainState

CPU = torch.device("cpu")
SETS: dict[Kind, str] = {"pictures": "mnist_sample", "text": "surnames", "points": "moons"}
NETWORKS: dict[Kind, str] = {"pictures": "mlp", "text": "text_cnn", "points": "mlp"}
MOST = 800  # samples to train on
REGISTRIES: dict[str, Any] = {
    "models": MODELS,
    "datasets": DATASETS,
    "activations": ACTIVATIONS,
    "optimizers": OPTIMIZERS,
    "losses": LOSSES,
    "schedulers": SCHEDULERS,
}


def entries() -> Iterator[tuple[str, str]]:
    for kind, registry in REGISTRIES.items():
        for name in registry:
            yield kind, name


def config_of(kind: str, name: str) -> RunConfig:
    """A short run in which the entry takes part."""
    data: dict[str, Any] = {"name": "mnist_sample"}
    model: dict[str, Any] = {"name": "mlp", "hidden": [64]}
    optimizer, loss, scheduler = {"name": "adamw", "lr": 0.005}, {"name": "cross_entropy"}, {"name": "none"}
    if kind == "models":
        model = {"name": name}
        data = {"name": SETS[MODELS[name].reads[0]]}
        if MODELS[name].goal == "reconstruct":
            loss = {"name": "mse"}
    elif kind == "datasets":
        data = {"name": name}
        model = {"name": NETWORKS[DATASETS[name].kind]}
        if name == "drawn":
            data["plane"] = drawn_settings().plane.model_dump()
        if DATASETS[name].is_regression:
            loss = {"name": "mse"}
    elif kind == "activations":
        model["activation"] = name
    elif kind == "optimizers":
        optimizer = {"name": name}
    elif kind == "losses":
        loss = {"name": name}
        if list(LOSSES[name]) == ["regress"]:
            data = {"name": "slope"}
        elif "classify" not in LOSSES[name]:
            model = {"name": "autoencoder"}
    else:
        scheduler = {"name": name}
    return update_config(
        RunConfig(),
        {
            "data": data,
            "model": model,
            "optimizer": optimizer,
            "loss": loss,
            "scheduler": scheduler,
            "training": {"epochs": 6, "batch_size": 32},
        },
    )


def little(settings: DataSettings, folder: Path) -> Dataset:
    """Some of every class of the data set; of one that is not on this machine, patterns in its shape."""
    spec = DATASETS[settings.name]
    if not spec.is_present(folder):
        return Dataset(spec, patterns(spec, 30, seed=1), patterns(spec, 10, seed=2))
    whole = load_dataset(settings, folder, download=False)
    share = min(0.5, MOST / len(whole.train))
    return Dataset(whole.spec, whole.train.take(split_stratified(whole.strata, share, seed=0)[1]), whole.test)


def patterns(spec: DatasetSpec, per_class: int, seed: int) -> Split:
    """Pictures of a few random blots, the same for each class, under noise."""
    blots = torch.rand(len(spec.classes), *spec.shape, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(len(spec.classes)).repeat(per_class)
    noise = torch.rand(len(labels), *spec.shape, generator=torch.Generator().manual_seed(seed))
    return Split((255 * (0.7 * blots[labels] + 0.3 * noise)).to(torch.uint8), labels)


def outputs(session: TrainState, weights: dict[str, Tensor], inputs: Tensor) -> Tensor:
    session.model.load_state_dict(weights)
    session.model.eval()
    with torch.inference_mode():
        return session.model(normalize(inputs, session.spec)).float()


@pytest.mark.parametrize(("kind", "name"), list(entries()), ids=[f"{kind}-{name}" for kind, name in entries()])
def test_an_entry_learns_and_its_saved_weights_predict_the_same(
    kind: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    config = config_of(kind, name)
    data_folder = request.getfixturevalue("pen_digits_folder") if name == "pen_digits" else tmp_path
    dataset = little(config.data, data_folder)
    chance = max(dataset.strata.bincount()).item() / len(dataset.train)
    session = TrainState(config, dataset, CPU)
    first_loss = math.inf

    def has_learned() -> bool:
        assert session.best is not None
        if session.goal == "regress":
            assert session.best.r_squared is not None
            return session.best.r_squared > 0.5
        if session.goal == "reconstruct":
            assert session.best.accuracy is None
            return session.best.loss < 0.7 * first_loss
        assert session.best.accuracy is not None
        return session.best.accuracy > chance + 0.25 * (1 - chance)

    for event in train(session):
        if isinstance(event, Epoch):
            if has_learned() and kind != "schedulers":  # a schedule is followed to its end
                break
        elif event.metrics and first_loss == math.inf:
            first_loss = event.metrics.loss
    assert has_learned()

    run = create_run(tmp_path / "runs", config)
    save_checkpoint(run, session, metrics_size=0, elapsed_seconds=1.0)
    network = load_network(run, tmp_path)
    unseen = dataset.test.inputs[:50]
    before = outputs(session, session.best_weights, unseen)
    assert torch.isfinite(before).all()
    assert torch.equal(network.compute_outputs(unseen), before)
