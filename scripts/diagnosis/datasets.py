"""Data sets with a fault, registered like any data set: wrong labels, another scale, few samples, a missing class, other test data."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.registry import DATASETS
from nn_core.data.settings import DataSettings

__all__ = ["forget_normalization", "keep_few", "remove_class", "shift_test", "shuffle_labels"]

Change = Callable[[Split, Split, Generator], tuple[Split, Split]]


def _register(base: str, suffix: str, seed: int, change: Change, **fields: object) -> str:
    """Register a changed copy of a data set and return its name."""
    spec = DATASETS[base]

    def read(folder: Path, settings: DataSettings) -> tuple[Split, Split]:
        train, test = spec.read(folder, settings)
        return change(train, test, torch.Generator().manual_seed(seed))

    name = f"{base}-{suffix}-{seed}"
    DATASETS[name] = replace(spec, name=name, read=read, **fields)  # type: ignore[arg-type]
    return name


def _take(split: Split, rows: Tensor) -> Split:
    return split.take(rows)


def shuffle_labels(base: str, seed: int) -> str:
    """Labels in random order, as after sorting a file without its labels."""

    def change(train: Split, test: Split, random: Generator) -> tuple[Split, Split]:
        shuffled = [
            replace(each, labels=each.labels[torch.randperm(len(each), generator=random)]) for each in (train, test)
        ]
        return shuffled[0], shuffled[1]

    return _register(base, "shuffled", seed, change)


def forget_normalization(base: str, seed: int) -> str:
    """Pixels from 0 to 255, or coordinates that are a hundred times as large, as they are."""

    def change(train: Split, test: Split, _random: Generator) -> tuple[Split, Split]:
        return train, test

    spec: DatasetSpec = DATASETS[base]
    unit = 1 / 255 if spec.kind == "pictures" else 0.01
    return _register(base, "raw", seed, change, mean=(0.0,) * len(spec.mean), std=(unit,) * len(spec.std))


def keep_few(base: str, count: int, seed: int) -> str:
    """So many training samples, chosen at random."""

    def change(train: Split, test: Split, random: Generator) -> tuple[Split, Split]:
        return _take(train, torch.randperm(len(train), generator=random)[:count]), test

    return _register(base, f"{count}", seed, change)


def remove_class(base: str, seed: int) -> str:
    """Without training samples of one of the larger classes."""

    def change(train: Split, test: Split, random: Generator) -> tuple[Split, Split]:
        counts = test.labels.bincount(minlength=len(DATASETS[base].classes))
        large = torch.nonzero(counts >= min(20, int(counts.max()))).flatten()
        missing = large[torch.randint(len(large), (), generator=random)]
        return _take(train, torch.nonzero(train.labels != missing).flatten()), test

    return _register(base, "without", seed, change)


def shift_test(base: str, seed: int) -> str:
    """Test samples from another source: thinner or thicker, darker and noisy pictures at another place; turned points; texts without
    their last letters."""
    return _register(base, "shift", seed, partial(_shift, DATASETS[base]))


def _shift(spec: DatasetSpec, train: Split, test: Split, random: Generator) -> tuple[Split, Split]:
    if spec.kind == "text":
        lengths = (test.inputs != 0).sum(dim=1, keepdim=True)
        kept = torch.arange(test.inputs.shape[1]) < (lengths * 0.6).ceil()
        return train, replace(test, inputs=torch.where(kept, test.inputs, 0))
    if spec.kind == "points":
        angle = torch.tensor(torch.pi / 4 + torch.pi / 4 * torch.rand((), generator=random).item())
        turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
        return train, replace(test, inputs=test.inputs @ turn.T)
    pictures = test.inputs.float()
    side = pictures.shape[-1]
    by = max(1, round(side * 0.12))
    angle = (0.3 + 0.3 * torch.rand((), generator=random)).item()
    cosine, sine = torch.tensor(angle).cos().item(), torch.tensor(angle).sin().item()
    transform = torch.tensor([[cosine, -sine, 2 * by / side], [sine, cosine, 0.0]]).expand(len(pictures), 2, 3)
    moved = F.grid_sample(
        pictures, F.affine_grid(transform, list(pictures.shape), align_corners=False), align_corners=False
    )
    noisy = 0.7 * moved + 25 * torch.randn(moved.shape, generator=random)
    return train, replace(test, inputs=noisy.clamp(0, 255).to(torch.uint8))
