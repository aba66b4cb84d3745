"""`cifar10`: small colour photographs of ten kinds of objects.

Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. The folder layout is torchvision's:
`<data>/cifar-10-batches-py/data_batch_1`. A batch is a pickle, and a pickle can run any code when it is loaded. Our unpickler
accepts only the few types that a batch consists of.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.dataset import DatasetSpec, Split, join_splits
from nn_core.data.download import Archive, Source
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import N_, _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["CIFAR10"]

_BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
_VALUES = 3 * 32 * 32


def _is_complete_batch(file: Path) -> bool:
    """Return whether the file is large enough for a batch and ends like a pickle; reads one byte."""
    try:
        with file.open("rb") as stream:
            stream.seek(-1, 2)
            return stream.tell() >= 10_000 * _VALUES and stream.read() == pickle.STOP
    except OSError:
        return False


_SOURCE = Source(
    "CIFAR-10",
    "cifar-10-batches-py",
    (
        Archive(
            "cifar-10-python.tar.gz",
            "c58f30108f718f92721af3b95e74349a",  # torchvision.datasets.CIFAR10.tgz_md5; a test compares them
            170_498_071,
            _is_complete_batch,
            tuple(f"cifar-10-batches-py/{batch}" for batch in _BATCHES),
        ),
    ),
    mirrors=lambda datasets: [datasets.CIFAR10.url.removesuffix("cifar-10-python.tar.gz")],
)


class _BatchUnpickler(pickle.Unpickler):
    """Loads dicts, lists, strings, numbers and arrays of bytes."""

    def find_class(self, module: str, name: str) -> object:
        import numpy as np

        allowed: dict[tuple[str, str], object] = {
            # The same as numpy's function; the pickle then fills the array.
            ("numpy.core.multiarray", "_reconstruct"): lambda *_args: np.empty(0, dtype=np.uint8),
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return allowed[module, name]


def read_batch(file: Path) -> Split:
    """Read a batch. Raises DatasetUnavailable unless it has as many images as labels, all from 0 to 9."""
    import numpy as np
    import torch

    try:
        with file.open("rb") as stream:
            batch = _BatchUnpickler(stream, encoding="bytes").load()
        pictures, labels = batch[b"data"], torch.tensor(batch[b"labels"], dtype=torch.int64)
        if (
            pictures.dtype != np.uint8
            or pictures.shape != (len(labels), _VALUES)
            or not 0 <= labels.min() <= labels.max() <= 9
        ):
            raise ValueError(pictures.shape)
    except Exception as error:  # a damaged pickle can raise any exception
        raise DatasetUnavailable(
            _("The data file '{file}' is damaged. Delete it, and NN Lab downloads it again.").format(file=file)
        ) from error
    return Split(torch.from_numpy(pictures).view(-1, 3, 32, 32), labels)


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    *train, test = map(read_batch, _SOURCE.files(folder))
    return join_splits(train), test


CIFAR10 = DatasetSpec(
    name="cifar10",
    licence=N_("its authors name none"),
    title=N_("CIFAR-10 (60,000 photographs)"),
    about=N_(
        "Small colour photographs of animals and vehicles, much harder than digits: 50,000 for training, 10,000 for the test. A "
        "170 MB download."
    ),
    classes=("Airplane", "Automobile", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck"),
    shape=(3, 32, 32),
    # Of all training pixels of a colour, as published with many networks for CIFAR-10.
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
    read=_read,
    train_counts=lambda settings: 10 * (5000,),
    is_present=_SOURCE.is_present,
    download=_SOURCE.download,
    download_fraction=_SOURCE.get_download_fraction,
)
