"""`digits_8x8`: the 1,797 digits of 8 × 8 pixels that come with scikit-learn. Every network trains quickly on them.

Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
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

__all__ = ["DIGITS_8X8"]

# The last 36 of 174 to 183. The file is ordered by writer, so most of these are by people who are not in the training data.
_TEST_PER_CLASS = 36
_MAX_VALUE = 16


def _read(_folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    import numpy as np
    import torch

    # A row is 64 pixels and the label. load_digits() would need an import of scikit-learn, which takes two seconds.
    rows = torch.from_numpy(np.loadtxt(_find_file(), delimiter=",", dtype=np.uint8))
    pixels = (rows[:, :-1].float() * (255 / _MAX_VALUE)).round().to(torch.uint8)
    digits = Split(pixels.reshape(-1, 1, 8, 8), rows[:, -1].long())
    by_class = [torch.nonzero(digits.labels == label).flatten() for label in range(10)]
    train = torch.cat([indices[:-_TEST_PER_CLASS] for indices in by_class])
    test = torch.cat([indices[-_TEST_PER_CLASS:] for indices in by_class])
    return digits.take(train), digits.take(test)


def _find_file() -> Path:
    """Find the file in the installed scikit-learn, without importing it."""
    package = find_spec("sklearn")
    if package is None or not package.origin:
        raise DatasetUnavailable(_("The digits are part of scikit-learn, which is missing. Install it: make run."))
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"


DIGITS_8X8 = DatasetSpec(
    name="digits_8x8",
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
    read=_read,
)
