"""`emnist_letters`: handwritten letters, upper and lower case in one class, from the archive of all EMNIST sets.

Source: Cohen et al., "EMNIST: an extension of MNIST to handwritten letters", 2017, arXiv:1702.05373. The folder layout is
torchvision's: `<data>/EMNIST/raw/emnist-letters-train-images-idx3-ubyte`.
"""

from __future__ import annotations

from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

from nn_core.data.builtin.idx import read_idx
from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.download import Archive, Source
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["EMNIST_LETTERS"]

_SOURCE = Source(
    "EMNIST",
    "EMNIST/raw",
    (
        Archive(
            "gzip.zip",
            "58c8d27c78d21e728a6bc7b3cc06412e",  # torchvision.datasets.EMNIST.md5; a test compares them
            561_753_746,
            tuple(
                f"gzip/emnist-letters-{split}-{content}-ubyte.gz"
                for split in ("train", "test")
                for content in ("images-idx3", "labels-idx1")
            ),
        ),
    ),
    mirrors=lambda datasets: [datasets.EMNIST.url.removesuffix("gzip.zip")],
)


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    train_images, train_labels, test_images, test_labels = map(read_idx, _SOURCE.files(folder))
    # In the files, the images are transposed and the letters are numbered from 1.
    return tuple(  # type: ignore[return-value]
        Split(images.transpose(1, 2).contiguous().unsqueeze(1), labels.long() - 1)
        for images, labels in ((train_images, train_labels), (test_images, test_labels))
    )


EMNIST_LETTERS = DatasetSpec(
    name="emnist_letters",
    title=N_("EMNIST letters (145,600 letters)"),
    about=N_(
        "Handwritten letters from A to Z, upper and lower case in one class: 124,800 for training, 20,800 for the test. A 562 MB "
        "download, of which 115 MB are kept."
    ),
    classes=tuple(ascii_uppercase),
    shape=(1, 28, 28),
    # The values that programs for EMNIST letters commonly use.
    mean=(0.1722,),
    std=(0.3309,),
    is_line_drawing=True,
    read=_read,
    is_present=_SOURCE.is_present,
    download=_SOURCE.download,
    download_fraction=_SOURCE.get_download_fraction,
)
