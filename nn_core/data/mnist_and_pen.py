"""`mnist_and_pen`: what reads both paper and tablets: MNIST's digits and those drawn with a pen. The test split is MNIST's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import Split
from nn_core.data.mnist import MNIST
from nn_core.data.pen_digits import kept_drawn, pen_split
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["MNIST_AND_PEN"]


_VARIANTS = 4
"""Of each drawing: as it was drawn, and three more as it might have been. Thirty people write in few ways."""


def _read(folder: Path, settings: DataSettings) -> tuple[Split, Split]:
    import torch

    train, test = MNIST.read(folder, settings)
    parts = [train, *(pen_split(folder, variant) for variant in range(_VARIANTS))]
    drawn = torch.arange(len(parts[1])) + len(train)
    return Split(
        torch.cat([part.inputs for part in parts]),
        torch.cat([part.labels for part in parts]),
        # All versions of a drawing are learned from, or all are held out.
        origins=torch.cat([torch.arange(len(train)), *[drawn] * _VARIANTS]),
    ), test


def _is_present(folder: Path) -> bool:
    return MNIST.is_present(folder) and _drawn_share(folder) == 1


def _drawn_share(folder: Path) -> float:
    return sum(kept_drawn(folder, variant).exists() for variant in range(_VARIANTS)) / _VARIANTS


def _fetch(folder: Path) -> None:
    MNIST.download(folder)
    for variant in range(_VARIANTS):
        pen_split(folder, variant)


MNIST_AND_PEN = replace(
    MNIST,
    name="mnist_and_pen",
    title=N_("MNIST and pen digits (77,494)"),
    about=N_(
        "MNIST's 60,000 digits from paper and 7,494 that were drawn with a pen on a tablet, each in four versions, to learn "
        "from; MNIST's 10,000 to test. For reading what people draw. An 11 MB download, and half a minute to draw them."
    ),
    read=_read,
    is_present=_is_present,
    download=_fetch,
    downloaded_share=lambda folder: (MNIST.downloaded_share(folder) + _drawn_share(folder)) / 2,
)
