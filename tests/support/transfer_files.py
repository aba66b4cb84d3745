"""Helpers for tests of export and import: networks, their weights, archives, and harmful pickles."""

import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from nn_core.config import RunConfig, parse_config
from nn_core.data import DATASETS
from nn_core.inference import load_network
from nn_core.models import build_model
from nn_core.runs import RunFolder
from nn_core.transfer import Imported, import_run, import_weights, write_archive

__all__ = [
    "NET",
    "SPEC",
    "Harm",
    "archive_of",
    "bring",
    "config_of",
    "fresh",
    "import_archive",
    "lived",
    "predictions",
    "run_archive",
    "weights_in",
]

SPEC = DATASETS["mnist_sample"]
NET = {"name": "mlp", "hidden": [4]}


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
    return load_network(run, folder).compute_outputs(pictures)


class Harm:
    """A process that opens a pickle of it writes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.file, "harmed"))


def weights_in(file: Path, weights: Any) -> Path:
    torch.save(weights, file)
    return file


def fresh(model: dict[str, Any] | None = None) -> dict[str, Tensor]:
    config = config_of(model or {"name": "net"})
    return dict(build_model(config.model, DATASETS["mnist_sample"].task).state_dict())


def bring(file: Path) -> object:
    """Import weights of NET, as a page does."""
    return import_weights(file, config_of(NET), SPEC, file.parent / "runs")


def run_archive(file: Path, **others: bytes) -> Path:
    """A run that could be imported, but for the files that are given: their dots are written as '__'."""
    files = {"config__json": config_of(NET).model_dump_json().encode(), "best__safetensors": save(fresh(NET)), **others}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"run/{name.replace('__', '.')}", content)
    return file


def archive_of(run: RunFolder, file: Path) -> Path:
    """Export the run into that file."""
    with file.open("wb") as stream:
        write_archive(run, stream)
    return file


def import_archive(file: Path, folder: Path) -> Imported:
    """Import a run into a runs folder below `folder`."""
    return import_run(file, folder / "there", folder)
