"""Writes a custom data set, sample by sample. It appears complete or not at all."""

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.data.split import split_train_test
from nn_core.errors import BadInput, StorageFailed
from nn_core.i18n import _

__all__ = ["DatasetWriter", "Progress", "compute_mean_and_std", "open_writer"]

Progress = Callable[[int, int], None]
"""Called with (samples done, all samples). An exception that it raises cancels the import, and nothing is stored."""

_TEMPORARY_PREFIX = ".making-"
_ABANDONED_SECONDS = 24 * 3600.0
_BLOCK = 512  # samples copied at once


class DatasetWriter:
    """Collects samples in a file, with a checksum and a label for each, then writes each split.

    Attributes:
        folder: the temporary folder of the data set.
        shape: of each sample.
        classes: the labels.
        digests: the checksums of the samples so far.
        labels: their class indices.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], classes: Sequence[str]) -> None:
        self.folder = folder
        self.shape = shape
        self.classes = tuple(classes)
        self.digests: list[bytes] = []
        self.labels: list[int] = []
        self._indices = {label: index for index, label in enumerate(classes)}
        self._samples = folder / "heap"
        self._stream = self._samples.open("wb")

    def add(self, sample: npt.NDArray[np.uint8], label: str) -> None:
        """Add a sample."""
        content = sample.tobytes()
        self._stream.write(content)
        self.digests.append(hashlib.blake2b(content, digest_size=16).digest())
        self.labels.append(self._indices[label])

    def count_distinct(self) -> dict[str, int]:
        """Count the distinct samples of each class. A sample in two classes counts for the first."""
        owner: dict[bytes, int] = {}
        for digest, label in zip(self.digests, self.labels, strict=True):
            owner.setdefault(digest, label)
        counts = Counter(owner.values())
        return {label: counts[index] for label, index in self._indices.items()}

    def count_classes(self, rows: Sequence[int]) -> tuple[int, ...]:
        """Count these samples of each class."""
        counts = Counter(self.labels[row] for row in rows)
        return tuple(counts[index] for index in range(len(self.classes)))

    def choose_splits(self) -> tuple[list[int], list[int]]:
        """Divide the samples: return the rows of the training and of the test split."""
        for_test = split_train_test(self.digests, self.labels)
        train = [row for row, chosen in enumerate(for_test) if not chosen]
        return train, [row for row, chosen in enumerate(for_test) if chosen]

    def write(self, split: str, rows: Sequence[int]) -> npt.NDArray[np.int64]:
        """Write samples and labels to `<split>-inputs.npy` and `<split>-labels.npy`.

        Returns:
            How often each value from 0 to 255 occurs in each channel (the first of three dimensions of a sample), int64
            [channels, 256].
        """
        self._stream.flush()
        channels = self.shape[0] if len(self.shape) == 3 else 1
        counts = np.zeros((channels, 256), np.int64)
        # Reading through a mapping takes no memory. Writing through one would kill the process on a full disk.
        samples = np.memmap(self._samples, np.uint8, "r", shape=(len(self.labels), *self.shape))
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *self.shape)}
        with (self.folder / f"{split}-inputs.npy").open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            remaining = iter(rows)
            while block := list(islice(remaining, _BLOCK)):
                chosen = samples[block]
                for channel, values in enumerate(chosen.reshape(len(block), channels, -1).swapaxes(0, 1)):
                    counts[channel] += np.bincount(values.ravel(), minlength=256)
                file.write(chosen.tobytes())
            _flush_to_disk(file)
        with (self.folder / f"{split}-labels.npy").open("wb") as file:
            np.save(file, np.array([self.labels[row] for row in rows], np.int64))
            _flush_to_disk(file)
        return counts

    def close(self) -> None:
        """Delete the temporary file with the samples."""
        self._stream.close()
        self._samples.unlink(missing_ok=True)


def compute_mean_and_std(histogram: npt.NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compute them for each channel from its histogram, scaled to 0…1. The deviation is at least 0.01, to divide by it."""
    values = np.arange(256) / 255
    fractions = histogram / histogram.sum(axis=1, keepdims=True)
    mean = fractions @ values
    std = np.sqrt(np.maximum(fractions @ values**2 - mean**2, 0))
    return tuple(mean.round(4).tolist()), tuple(np.maximum(std, 0.01).round(4).tolist())


@contextmanager
def open_writer(
    dataset_folder: Path, shape: tuple[int, ...], classes: Sequence[str], max_samples: int
) -> Iterator[DatasetWriter]:
    """Write a data set in a temporary folder, which is renamed to `dataset_folder` on success and deleted otherwise.

    Args:
        dataset_folder: the folder of the new data set.
        shape: of each sample.
        classes: the labels.
        max_samples: the most samples that will be added, to check the disk space.

    Raises:
        BadInput: the folder was created in the meantime.
        StorageFailed: the disk is full or not writable.
    """
    root = dataset_folder.parent
    folder = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(root)
        _check_disk_space(root, 2 * max_samples * int(np.prod(shape)))
        folder = Path(tempfile.mkdtemp(dir=root, prefix=_TEMPORARY_PREFIX))
        writer = DatasetWriter(folder, shape, classes)
        try:
            yield writer
        finally:
            writer.close()
        folder.chmod(0o755)
        _publish(folder, dataset_folder)
    except OSError as error:
        raise StorageFailed(
            _(
                "Cannot store the data set in '{folder}': {reason}. Free some disk space, or set NN_LAB_DATA to another folder."
            ).format(folder=root, reason=error.strerror or error)
        ) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _publish(folder: Path, dataset_folder: Path) -> None:
    try:
        folder.rename(dataset_folder)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        raise BadInput(
            _("The data set 'own-{name}' was created in the meantime. Choose another name.").format(
                name=dataset_folder.name
            )
        ) from error


def _check_disk_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageFailed(
            _(
                "This data set takes up to {needed:.1f} GB, and '{folder}' has {free:.1f} GB free. Free some disk space, choose "
                "smaller pictures, or set NN_LAB_DATA to another folder."
            ).format(needed=needed / 1e9, folder=folder, free=free / 1e9)
        )


def _remove_abandoned(root: Path) -> None:
    """Remove old temporary folders of killed processes."""
    for folder in root.glob(f"{_TEMPORARY_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _flush_to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
