"""Where a data set is put together, sample by sample; it appears whole or not at all."""

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nn_core.errors import BadInput, StorageFailed
from nn_core.i18n import _

__all__ = ["DatasetWriter", "open_writer"]

_MAKING = ".making-"
_ABANDONED_SECONDS = 24 * 3600.0
_BLOCK = 512  # samples copied at once


class DatasetWriter:
    """Collects samples of one shape in a file, with a check sum and a label each; then writes them out by split."""

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        self.folder = folder
        self.shape = shape
        self.digests: list[bytes] = []
        self.labels: list[int] = []
        self._heap = folder / "heap"
        self._stream = self._heap.open("wb")

    def add(self, sample: npt.NDArray[np.uint8], label: int) -> None:
        content = sample.tobytes()
        self._stream.write(content)
        self.digests.append(hashlib.blake2b(content, digest_size=16).digest())
        self.labels.append(label)

    def different(self) -> Counter[int]:
        """How many samples of each class differ from all others; one in two classes counts for the first."""
        owner: dict[bytes, int] = {}
        for digest, label in zip(self.digests, self.labels, strict=True):
            owner.setdefault(digest, label)
        return Counter(owner.values())

    def write(self, split: str, rows: Sequence[int]) -> npt.NDArray[np.int64]:
        """Write these samples and their labels as `<split>-inputs.npy` and `<split>-labels.npy`; gives how often each value
        from 0 to 255 occurs in each channel (the first dimension of a sample of three), int64 [channels, 256]."""
        self._stream.flush()
        channels = self.shape[0] if len(self.shape) == 3 else 1
        counts = np.zeros((channels, 256), np.int64)
        # What is read through a mapping costs no memory; what was written through one would end the process on a full disk.
        heap = np.memmap(self._heap, np.uint8, "r", shape=(len(self.labels), *self.shape))
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *self.shape)}
        with (self.folder / f"{split}-inputs.npy").open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            remaining = iter(rows)
            while block := list(islice(remaining, _BLOCK)):
                samples = heap[block]
                for channel, values in enumerate(samples.reshape(len(block), channels, -1).swapaxes(0, 1)):
                    counts[channel] += np.bincount(values.ravel(), minlength=256)
                file.write(samples.tobytes())
            _make_durable(file)
        with (self.folder / f"{split}-labels.npy").open("wb") as file:
            np.save(file, np.array([self.labels[row] for row in rows], np.int64))
            _make_durable(file)
        return counts

    def close(self) -> None:
        self._stream.close()
        self._heap.unlink(missing_ok=True)


@contextmanager
def open_writer(place: Path, shape: tuple[int, ...], most_samples: int) -> Iterator[DatasetWriter]:
    """A temporary folder beside `place` that takes its name once all inside has gone well; else nothing is left of it.

    Raises BadInput where another took the name meanwhile, StorageFailed where the disk does not take it.
    """
    folder = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _sweep(place.parent)
        _must_have_room(place.parent, 2 * most_samples * int(np.prod(shape)))
        folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=_MAKING))
        shop = DatasetWriter(folder, shape)
        try:
            yield shop
        finally:
            shop.close()
        folder.chmod(0o755)
        _publish(folder, place)
    except OSError as error:
        raise StorageFailed(
            _(
                "Cannot store the data set in '{folder}': {reason}. Make room there, or set NN_LAB_DATA to another folder."
            ).format(folder=place.parent, reason=error.strerror or error)
        ) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _publish(folder: Path, place: Path) -> None:
    try:
        folder.rename(place)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        raise BadInput(
            _("The data set 'own-{name}' was created in the meantime. Choose another name.").format(name=place.name)
        ) from error


def _must_have_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageFailed(
            _(
                "Making this data set takes up to {needed:.1f} GB, and '{folder}' has {free:.1f} GB free. Make room there, "
                "choose smaller pictures, or set NN_LAB_DATA to another folder."
            ).format(needed=needed / 1e9, folder=folder, free=free / 1e9)
        )


def _sweep(root: Path) -> None:
    """Remove what a killed process left behind long ago."""
    for left in root.glob(f"{_MAKING}*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
