"""Several processes that share a run train like one: the same curve and the same decisions, wherever it is saved."""

from pathlib import Path

import pytest
import torch
from distributed_training import Curve, Job, curves_of, worst

from nn_core.config import PRESETS
from nn_core.data import AugmentationSettings
from nn_core.data.dataset import Shard
from nn_core.data.transforms import augment_batch
from nn_core.training.state import Coordinator
from nn_core.vitals.records import read_vitals

EVERYTHING = (
    *("model.norm=batch", "model.dropout=0.3", "training.ema=0.8", "training.clip_norm=0.5", "scheduler.name=plateau"),
    *("data.augmentation.rotate=10", "data.augmentation.noise=0.1", "data.augmentation.erase=0.3"),
    *("data.augmentation.elastic=1", "data.augmentation.flip=0.3", "training.epochs=3"),
)
PICTURES = "data.name=digits_8x8"
RECIPES = {
    **{name: Job(name, precise=True) for name in PRESETS},
    "plain": Job("plane"),
    "everything": Job("mlp", (PICTURES, *EVERYTHING)),
    "everything, precisely": Job("mlp", (PICTURES, *EVERYTHING), precise=True),
    "convolution": Job("cnn", (PICTURES, "data.augmentation.shift=0"), precise=True),
    "autoencoder": Job("autoencoder", (PICTURES, "model.hidden=[32]"), precise=True),
    "recurrent": Job(
        "rnn", (PICTURES, "model.layers=2", "model.dropout=0.3", "model.both_directions=true"), precise=True
    ),
    "class weights": Job("mlp", (PICTURES, "loss.class_weights=balanced", "data.train_examples=90"), precise=True),
    "a last batch of one": Job("plane", ("training.batch_size=148", "training.epochs=4"), precise=True),
    "a last batch of two": Job("mlp", (PICTURES, *EVERYTHING, "training.batch_size=49"), precise=True),
}


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sharing")


@pytest.fixture(scope="module")
def curves(shared_folder: Path) -> dict[str, Curve]:
    """Every recipe with one process and with two or three, in the same three processes."""
    jobs = {
        "saved by one": Job("mlp", (PICTURES, *EVERYTHING), precise=True, stop_after=14, save_as="of_one.state"),
        "one goes on": Job("mlp", (PICTURES, *EVERYTHING), precise=True, begin_with="of_one.state"),
        "two go on": Job("mlp", (PICTURES, *EVERYTHING), 2, precise=True, begin_with="of_one.state"),
        "saved by two": Job("mlp", (PICTURES, *EVERYTHING), 2, precise=True, stop_after=14, save_as="of_two.state"),
        "three go on": Job("mlp", (PICTURES, *EVERYTHING), 3, precise=True, begin_with="of_two.state"),
    }
    for size in (1, 2):
        jobs[f"watched, {size}"] = Job("mlp", (PICTURES, *EVERYTHING), size, precise=True, watched=f"watched_by_{size}")
    for name, job in RECIPES.items():
        for size in (1, 3 if "two" in name else 2):
            jobs[f"{name}, {size}"] = Job(job.preset, job.settings, size, job.precise)
    return curves_of(jobs, shared_folder)


@pytest.mark.parametrize("name", RECIPES)
def test_processes_that_share_a_run_train_the_same_weights_as_one(name: str, curves: dict[str, Curve]) -> None:
    together = next(curve for key, curve in curves.items() if key.startswith(f"{name}, ") and not key.endswith(" 1"))
    alone = curves[f"{name}, 1"]
    assert len(alone) > 4
    assert worst(together, alone) < (1e-10 if RECIPES[name].precise else 1e-4)


def test_a_run_resumes_the_same_with_any_number_of_processes(curves: dict[str, Curve]) -> None:
    whole = curves["everything, precisely, 1"]
    rest = curves["one goes on"]
    assert 4 < len(rest) < len(whole)
    assert worst(rest, whole[-len(rest) :]) == 0
    assert worst(curves["two go on"], rest) < 1e-11
    assert worst(curves["three go on"], rest) < 1e-11


def test_the_layers_of_a_shared_run_are_measured_without_changing_it(
    curves: dict[str, Curve], shared_folder: Path
) -> None:
    """The gradients are those that the processes have averaged."""
    assert curves["watched, 2"] == curves["everything, precisely, 2"]
    alone, together = (read_vitals(shared_folder / f"watched_by_{size}" / "vitals.jsonl") for size in (1, 2))
    assert len(alone) == len(together) == 30
    for one, other in zip(alone, together, strict=True):
        for name, layer in one.layers.items():
            assert other.layers[name].gradient_norm == pytest.approx(layer.gradient_norm, rel=1e-9)
            assert other.layers[name].update_ratio == pytest.approx(layer.update_ratio, rel=1e-9)
            assert other.layers[name].dead_share == layer.dead_share


def test_shards_of_a_batch_are_augmented_like_the_whole() -> None:
    settings = AugmentationSettings(rotate=20, shift=2, scale=0.2, shear=5, elastic=1, erase=0.4, noise=0.1, flip=0.5)
    pictures = torch.randint(0, 256, (7, 3, 9, 8), dtype=torch.uint8)

    def changed(rows: slice) -> torch.Tensor:
        torch.manual_seed(5)
        return augment_batch(pictures[rows], settings, shard=Shard(rows, 7, rows.stop - rows.start))

    whole = changed(slice(0, 7))
    assert torch.equal(torch.cat([changed(slice(0, 2)), changed(slice(2, 7))]), whole)
    torch.manual_seed(5)
    assert torch.equal(augment_batch(pictures, settings), whole)


def test_a_single_process_takes_whole_batches() -> None:
    alone, rows = Coordinator(), torch.arange(5)
    assert alone.has_samples
    assert alone.shard_batch(rows) is rows
    assert alone.shard_rows(rows) is rows
    assert alone.sum(1.5, 2) == (1.5, 2)
