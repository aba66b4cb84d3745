"""What tests of going out and coming in share: networks, their weights and what means harm."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nn_core.config import RunConfig, parse_config
from nn_core.data import DATASETS
from nn_core.inference import load_network
from nn_core.models import build_model
from nn_core.runs import RunFolder

__all__ = ["Harm", "config_of", "fresh", "lived", "predictions", "weights_in"]


def config_of(model: dict[str, Any], data: str = "mnist_sample") -> RunConfig:
    return parse_config({"data": {"name": data}, "model": model})


def lived(model: nn.Module) -> nn.Module:
    """With weights and running means that no fresh network has."""
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.mul_(1 + 0.2 * torch.rand_like(tensor))
            tensor.add_(0.01 * torch.rand_like(tensor))
    return model.eval()


def predictions(run: RunFolder, pictures: Tensor, folder: Path) -> Tensor:
    return load_network(run, folder).outputs(pictures)


class Harm:
    """A pickle of it makes whoever opens it write a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.file, "harmed"))


def weights_in(file: Path, weights: Any) -> Path:
    torch.save(weights, file)
    return file


def fresh(model: dict[str, Any] | None = None) -> dict[str, Tensor]:
    config = config_of(model or {"name": "net"})
    return dict(build_model(config.model, DATASETS["mnist_sample"].problem).state_dict())
