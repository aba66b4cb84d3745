"""The networks whose generated programs are tested."""

from typing import Any

from nn_core.models import ACTIVATIONS, list_models

__all__ = ["CASES", "DATA"]

DATA = {"pictures": "mnist_sample", "points": "moons", "text": "surnames"}
FLAT = [{"name": "linear", "neurons": 9}, {"name": "layer_norm"}, {"name": "activation", "activation": "tanh"}]
TWO_FORMULAS = [
    {"name": "activation", "activation": "formula", "formula": "x*x"},
    {"name": "conv", "channels": 4, "kernel": 5, "stride": 2, "padded": False},
    {"name": "activation", "activation": "formula", "formula": "sin(x)+exp(x)"},
    {"name": "conv", "channels": 4},
    {"name": "residual", "rows": 1},
    {"name": "batch_norm"},
    {"name": "layer_norm"},
    {"name": "pool", "kind": "mean", "size": 3},
    {"name": "dropout"},
    {"name": "flatten"},
]
BLOCKS = [
    {"channels": 6, "pool": 2, "dropout": 0.2},
    {"channels": 8, "stride": 2, "residual": True, "norm": False},
    {"channels": 8, "residual": True},
]


def cases() -> dict[str, tuple[dict[str, Any], str]]:
    """Name of the case → (settings of the network, data set): every network with every kind of data that it reads, every
    activation, and what else changes the modules that a network is made of."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for kind, data in DATA.items():
        for name in list_models(kind):  # type: ignore[arg-type]
            rows = {"rows": FLAT} if (name, kind) == ("layers", "points") else {}
            found[f"{name}-{kind}"] = ({"name": name, **rows}, data)
    for name in ACTIVATIONS:
        found[f"activation-{name}"] = ({"name": "mlp", "hidden": [8], "activation": name}, "moons")
    for cell in ("rnn", "lstm", "gru"):
        deep = {"cell": cell, "hidden": 6, "layers": 2, "both_directions": True, "dropout": 0.1}
        found[f"{cell}-pictures"] = ({"name": "rnn", **deep}, "mnist_sample")
        found[f"{cell}-text"] = ({"name": "text_rnn", **deep}, "surnames")
    return found | {
        "cnn-blocks": ({"name": "cnn", "blocks": BLOCKS, "head": "mean", "activation": "gelu"}, "cifar10"),
        "layers-formulas": ({"name": "layers", "rows": TWO_FORMULAS}, "cifar10"),
        "mlp-batch": ({"name": "mlp", "hidden": [12, 12], "norm": "batch", "dropout": 0.3}, "cifar10"),
        "mlp-value": ({"name": "mlp", "hidden": [8]}, "hills"),
        "mlp-layer": ({"name": "mlp", "hidden": [], "norm": "layer"}, "mnist_sample"),
        "autoencoder-convolutional": (
            {"name": "autoencoder", "style": "convolutional", "channels": 4, "latent": 2, "activation": "formula"},
            "mnist_sample",
        ),
        "attention-colour": ({"name": "attention", "patch": 7, "depth": 1, "dropout": 0.1}, "cifar10"),
    }


CASES = cases()
