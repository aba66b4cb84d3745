"""`mnist_and_pen` and `mnist_and_pen_styles`: MNIST's digits and digits drawn with a pen, to read both paper and tablets.

The second adds writing styles that are rare among the pen digits, such as a slash through the zero. It is a data set of its own, so
that a run of the first resumes on exactly the data it began with. The test split of both is MNIST's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.mnist import MNIST
from nn_core.data.pen_digits import kept_drawn, pen_split, styles_file, styles_split
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["MNIST_AND_PEN", "MNIST_AND_PEN_STYLES"]


_VARIANTS = 4
"""Of each drawing: as it was drawn, and three more as it might have been. Thirty people write in few ways."""


def _drawn_files(folder: Path) -> list[Path]:
    return [kept_drawn(folder, variant) for variant in range(_VARIANTS)]


def _draw(folder: Path) -> list[Split]:
    """All variants, with the numbers of the drawings as their origins."""
    import torch

    splits = [pen_split(folder, variant) for variant in range(_VARIANTS)]
    return [replace(split, origins=torch.arange(len(split))) for split in splits]


def _drawn_files_with_styles(folder: Path) -> list[Path]:
    return [*_drawn_files(folder), styles_file(folder)]


def _draw_with_styles(folder: Path) -> list[Split]:
    return [*_draw(folder), styles_split(folder)]


def _with_mnist(
    name: str, title: str, about: str, draw: Callable[[Path], list[Split]], files: Callable[[Path], list[Path]]
) -> DatasetSpec:
    """MNIST and the pictures that `draw` makes and stores in `files`."""

    def read(folder: Path, settings: DataSettings) -> tuple[Split, Split]:
        import torch

        train, test = MNIST.read(folder, settings)
        drawn = draw(folder)
        # All versions of a drawing are learned from, or all are held out.
        origins = [part.origins + len(train) for part in drawn if part.origins is not None]
        return Split(
            torch.cat([train.inputs, *(part.inputs for part in drawn)]),
            torch.cat([train.labels, *(part.labels for part in drawn)]),
            origins=torch.cat([torch.arange(len(train)), *origins]),
        ), test

    def drawn_share(folder: Path) -> float:
        return sum(file.exists() for file in files(folder)) / len(files(folder))

    def fetch(folder: Path) -> None:
        MNIST.download(folder)
        draw(folder)

    return replace(
        MNIST,
        name=name,
        title=title,
        about=about,
        read=read,
        is_present=lambda folder: MNIST.is_present(folder) and drawn_share(folder) == 1,
        download=fetch,
        downloaded_share=lambda folder: (MNIST.downloaded_share(folder) + drawn_share(folder)) / 2,
    )


MNIST_AND_PEN = _with_mnist(
    "mnist_and_pen",
    N_("MNIST and pen digits (77,494)"),
    N_(
        "MNIST's 60,000 digits from paper and 7,494 that were drawn with a pen on a tablet, each in four versions, to learn "
        "from; MNIST's 10,000 to test. For reading what people draw. An 11 MB download, and half a minute to draw them."
    ),
    _draw,
    _drawn_files,
)

MNIST_AND_PEN_STYLES = _with_mnist(
    "mnist_and_pen_styles",
    N_("MNIST and pen digits, more writing styles (77,494)"),
    N_(
        "The digits of mnist_and_pen, and more versions of two: each of the 780 pen-drawn zeros three times with a slash through "
        "it, each of the 779 ones with another flag. pretrained-digits was trained on it. An 11 MB download, and half a minute to "
        "draw them."
    ),
    _draw_with_styles,
    _drawn_files_with_styles,
)
