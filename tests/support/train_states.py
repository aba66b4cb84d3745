"""Short runs of the training loop, without a process."""

import io

import torch
from torch import Tensor

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState
from nn_core.training.state_schema import SavedState

__all__ = ["CPU", "RECIPES", "assert_equal_weights", "config_of", "finished", "through_a_file"]

CPU = torch.device("cpu")


def config_of(name: str, *settings: str) -> RunConfig:
    """Ten batches an epoch: nine of 16 and one of 5."""
    return apply_settings(get_preset(name), ["training.batch_size=16", "training.epochs=2", *settings])


def finished(session: TrainState) -> list[Step | Epoch]:
    return list(train(session))


def through_a_file(saved: SavedState) -> SavedState:
    """The state as it comes back from a checkpoint."""
    stream = io.BytesIO()
    torch.save(saved.as_dict(), stream)
    stream.seek(0)
    return SavedState.from_dict(torch.load(stream, weights_only=True))


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
    "class weights, fewer examples": config_of(
        "simple_net", "loss.class_weights=balanced", "data.train_examples=148", "optimizer.momentum=0.9"
    ),
    "bf16": config_of("simple_net", "training.precision=bf16", "optimizer.lr=0.05"),
    "autoencoder, binary cross-entropy": config_of(
        "simple_net",
        "model.name=autoencoder",
        "model.hidden=[32]",
        "loss.name=binary_cross_entropy",
        "optimizer.name=adam",
    ),
}
