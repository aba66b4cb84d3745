"""The runs of the evaluation: thirteen faults, each in four presets, and healthy runs of all presets.

Faults that are settings are set. Others are injected as users would meet them: a data set with a fault, a network with a mistake in its
program, or unsuitable initial weights (`training.start_from`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from nn_core.config import PRESETS, RunConfig, get_preset, update_config
from nn_core.data.registry import DATASETS
from nn_core.diagnosis import FindingKind
from nn_core.models import build_model
from nn_core.runs import create_run
from nn_core.runs.weights import pack_weights
from scripts.diagnosis.datasets import forget_normalization, keep_few, remove_class, shift_test, shuffle_labels
from scripts.diagnosis.networks import add_softmax

__all__ = ["FAULTS", "Fault", "list_healthy", "make_config"]

SMALL = "digits_8x8"
Bases = Mapping[str, tuple[str, str, Mapping[str, object]]]
"""By the name in the table: preset, data set, and other settings that keep the runs short."""
_SHORT_NET = ("net", SMALL, {"training": {"epochs": 6, "batch_size": 20}})
_SIMPLE = ("simple_net", "mnist_sample", {})
_MLP = ("mlp", SMALL, {"training": {"batch_size": 40}})
_TEXT = ("text_cnn", "surnames", {"model": {"dimension": 24, "channels": 32}, "training": {"epochs": 8}})
_PLANE = ("plane", "moons", {"training": {"epochs": 60}})
_USUAL: Bases = {"simple_net": _SIMPLE, "mlp": _MLP, "net": _SHORT_NET, "text_cnn": _TEXT}
_NO_TEXT: Bases = {"simple_net": _SIMPLE, "mlp": _MLP, "net": _SHORT_NET, "plane": _PLANE}
_TANH = {"model": {"activation": "tanh"}}
_SATURABLE: Bases = {
    "simple_net": ("simple_net", "mnist_sample", _TANH),
    "mlp": (*_MLP[:2], {**_MLP[2], "model": {"activation": "sigmoid", "norm": "none"}}),
    "net": (*_SHORT_NET[:2], {**_SHORT_NET[2], **_TANH}),
    "plane": _PLANE,
}
_RELU: Bases = {
    "simple_net": _SIMPLE,
    "mlp": (*_MLP[:2], {**_MLP[2], "model": {"norm": "none"}}),
    "net": _SHORT_NET,
    "plane": (*_PLANE[:2], {**_PLANE[2], "model": {"activation": "relu", "hidden": [16, 16]}}),
}


def _rows(activation: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{"name": "flatten"}]
    for _ in range(8):
        rows += [{"name": "linear", "neurons": 48}, {"name": "activation", "activation": activation}]
    return rows


def _make_deep(activation: str) -> Bases:
    mlp = {"hidden": [64] * 9, "activation": activation, "norm": "none", "dropout": 0.0}
    block = {"channels": 16, "norm": False}
    return {
        "mlp": (*_MLP[:2], {**_MLP[2], "model": mlp}),
        "plane": (*_PLANE[:2], {**_PLANE[2], "model": {"hidden": [12] * 9, "activation": activation}}),
        "layers": (
            "layers",
            SMALL,
            {"model": {"rows": _rows(activation)}, "training": {"epochs": 10, "batch_size": 32}},
        ),
        "cnn": (
            "cnn",
            SMALL,
            {
                "model": {"activation": activation, "blocks": [block] * 8},
                "training": {"epochs": 4, "batch_size": 20},
                "data": {"augmentation": {"rotate": 0, "shift": 0, "scale": 0}},
            },
        ),
    }


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        kind: The finding that should be among the first two.
        title: What was done, for the table.
        bases: The runs that it is injected into.
        settings: Injects it as settings, given the config without it.
        data: Injects it into the data set: (name, seed) → name.
        weights: Injects it into the initial weights.
        accepted: Other findings that name the same fault.
    """

    kind: FindingKind
    title: str
    bases: Bases
    settings: Callable[[RunConfig], Mapping[str, object]] = lambda config: {}
    data: Callable[[str, int], str] | None = None
    weights: Callable[[nn.Module], None] | None = None
    accepted: tuple[FindingKind, ...] = field(default=())


def _multiply_lr(factor: float) -> Callable[[RunConfig], Mapping[str, object]]:
    return lambda config: {"optimizer": {"lr": min(config.optimizer.lr * factor, 100.0)}}


@torch.no_grad()
def _lower_biases(model: nn.Module) -> None:
    """As after an unlucky large step: all hidden units of a layer are below zero."""
    for module in list(model.modules()):
        if isinstance(module, nn.Linear | nn.Conv2d) and module.bias is not None:
            module.bias -= 30.0
    _last(model).bias.zero_()


@torch.no_grad()
def _enlarge_weights(model: nn.Module) -> None:
    """Hidden weights drawn with a standard deviation that is forty times too large."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d) and module is not _last(model):
            module.weight *= 40.0


@torch.no_grad()
def _enlarge_all(model: nn.Module) -> None:
    """All weights five times too large, which adds up from layer to layer."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            module.weight *= 5.0


def _last(model: nn.Module) -> nn.Linear:
    return [module for module in model.modules() if isinstance(module, nn.Linear)][-1]


def _overfit(config: RunConfig) -> Mapping[str, object]:
    names = type(config.model).model_fields
    model = {name: 0.0 for name in ("dropout", "dropout_conv", "dropout_dense") if name in names}
    lr = {"lr": 0.05} if config.optimizer.name == "sgd" and config.model.name == "simple_net" else {}
    return {
        "model": model,
        "training": {"epochs": 200 if config.data.name in _POINTS else 60, "batch_size": 10},
        "optimizer": lr,
        "data": {"validation_share": 0.5, "plane": {"points": 300, "noise": 0.5}},
    }


_OVERFITTED: Bases = {
    "simple_net": _SIMPLE,
    "mlp": _MLP,
    "text_cnn": _TEXT,
    "plane": ("plane", "spiral", {"model": {"hidden": [64, 64], "activation": "relu"}, "optimizer": {"lr": 0.01}}),
}


def _few(base: str, seed: int) -> str:
    return base if DATASETS[base].kind == "points" else keep_few(base, 600 if base == "surnames" else 120, seed)


FAULTS = (
    Fault("lr_too_high", "learning rate × 100", _USUAL, _multiply_lr(100)),
    Fault("lr_too_low", "learning rate ÷ 1,000", _USUAL, _multiply_lr(1 / 1000)),
    Fault(
        "too_few_updates",
        "one epoch in batches of 1,000",
        _USUAL,
        lambda _config: {"training": {"epochs": 1, "batch_size": 1000}},
    ),
    Fault("overfitting", "60 to 300 examples, 60 to 200 epochs, no regularisation", _OVERFITTED, _overfit, _few),
    Fault(
        "shuffled_labels",
        "labels in random order",
        {"simple_net": _SIMPLE, "mlp": _MLP, "plane": _PLANE, "text_cnn": _TEXT},
        data=shuffle_labels,
    ),
    Fault(
        "softmax_twice",
        "softmax at the end of the network",
        _USUAL,
        lambda config: {"model": add_softmax(config.model).model_dump()},
    ),
    Fault("unnormalised_inputs", "pixels from 0 to 255, coordinates × 100", _NO_TEXT, data=forget_normalization),
    Fault("dead_units", "biases of ReLU units at −30", _RELU, weights=_lower_biases),
    Fault("saturated_units", "weights before tanh and sigmoid × 40", _SATURABLE, weights=_enlarge_weights),
    Fault("vanishing_gradients", "eight or nine layers of sigmoid", _make_deep("sigmoid")),
    Fault("exploding_gradients", "eight or nine layers with weights × 5", _make_deep("relu"), weights=_enlarge_all),
    Fault("class_never_predicted", "a class without training examples", _USUAL, data=remove_class),
    Fault("test_below_validation", "test data from another source", _NO_TEXT, data=shift_test),
)


def make_config(fault: Fault, base: str, seed: int, root: Path) -> RunConfig:
    """Return the settings of a run with the fault. root: the folder of runs; runs to start from are created there."""
    preset, data, settings = fault.bases[base]
    config = update_config(get_preset(preset), {"data": {"name": data}})
    config = update_config(config, settings)
    config = update_config(config, {"training": {"seed": seed, "threads": 1, "checkpoint_seconds": 10}})
    changes = fault.settings(config)
    if fault.kind == "softmax_twice":
        config = config.model_copy(update={"model": add_softmax(config.model)})
    else:
        config = update_config(config, changes)
    if fault.data:
        config = update_config(config, {"data": {"name": fault.data(config.data.name, seed)}})
    if fault.weights:
        config = update_config(config, {"training": {"start_from": _store_weights(config, fault.weights, root)}})
    return config


def _store_weights(config: RunConfig, change: Callable[[nn.Module], None], root: Path) -> str:
    """Create a run with these initial weights and return its name."""
    torch.manual_seed(config.training.seed)
    model = build_model(config.model, DATASETS[config.data.name].task)
    change(model)
    run = create_run(root, config)
    run.best_weights.write_bytes(pack_weights(model.state_dict(), {"model": config.model.name}))
    return run.name


_PICTURES = {
    "quick": ("mnist_sample",),
    "simple_net": ("mnist_sample", SMALL, "pen_digits"),
    "mlp": ("mnist_sample", SMALL, "pen_digits"),
}
_POINTS = ("moons", "circles", "xor", "spiral", "blobs")


def list_healthy(count: int, first_seed: int) -> list[tuple[str, RunConfig]]:
    """Return `count` healthy runs over all presets in turn, with the preset's own settings. Each seed takes the next of the data sets
    that the preset is suitable for, beginning with its own. On the smallest one, batches of 40 give the usual number of updates."""
    runs: list[tuple[str, RunConfig]] = []
    for seed in range(first_seed, first_seed + count):
        for name, preset in PRESETS.items():
            kind = DATASETS[preset.data.name].kind
            choices = {
                "pictures": _PICTURES.get(name, ("mnist_sample", SMALL)),
                "points": _POINTS,
                "text": ("surnames",),
            }[kind]
            data = choices[(seed - first_seed) % len(choices)]
            training: dict[str, object] = {"seed": seed, "threads": 1, "checkpoint_seconds": 10}
            if data == SMALL:
                training["batch_size"] = 40
            runs.append((name, update_config(get_preset(name, data), {"training": training})))
    return runs[:count]
