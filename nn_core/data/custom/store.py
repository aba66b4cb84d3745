"""Stores custom data sets: names and folders, listing, reading and deleting.

A data set has a title in any script, from which its ASCII folder name (slug) is derived.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import unicodedata
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nn_core.data.custom.metadata import Metadata, read_metadata
from nn_core.data.custom.validation import get_available_memory
from nn_core.data.dataset import CUSTOM_PREFIX, DatasetSpec, Split
from nn_core.errors import BadInput, DatasetUnavailable, StorageFailed
from nn_core.i18n import _

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data.settings import DataSettings

__all__ = [
    "choose_free_name",
    "choose_storage",
    "delete_custom_dataset",
    "list_custom_datasets",
    "make_slug",
    "read_custom_spec",
]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_TITLE_LENGTH = 60


_ROOT = "own"  # in the data folder


def _get_folder(name: str, folder: Path) -> Path | None:
    """Return the folder of a custom data set, whether it exists or not; None if the name is not that of a custom data set."""
    slug = name.removeprefix(CUSTOM_PREFIX)
    return folder / _ROOT / slug if slug != name and _SLUG.fullmatch(slug) else None


def make_slug(title: str) -> str:
    """Convert a title to lower-case ASCII letters and digits, joined by '-'.

    If some letters have no ASCII form, a checksum is appended, so that different titles have different slugs.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKD", title) if not unicodedata.combining(each))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if any(each.isalnum() and not each.isascii() for each in plain):
        checksum = hashlib.sha256(unicodedata.normalize("NFC", title).encode()).hexdigest()[:8]
        slug = f"{slug}-{checksum}".strip("-")
    return slug


def choose_free_name(title: str, folder: Path) -> tuple[str, str, Path]:
    """Normalise the title of a new data set and derive its name and folder.

    Returns:
        (normalised title, name, folder)

    Raises:
        BadInput: the title is invalid or already used.
    """
    title = unicodedata.normalize("NFC", " ".join(title.split()))
    slug = make_slug(title)
    if not slug or len(title) > _MAX_TITLE_LENGTH or not title.isprintable():
        raise BadInput(
            _("'{name}' cannot name a data set: use 1 to {most} letters, digits, spaces and signs.").format(
                name=title[: 2 * _MAX_TITLE_LENGTH], most=_MAX_TITLE_LENGTH
            )
        )
    dataset_folder = folder / _ROOT / slug
    if dataset_folder.exists():
        raise BadInput(
            _("There already is a data set '{title}' ({name}). Choose another name, or delete it first.").format(
                title=title, name=CUSTOM_PREFIX + slug
            )
        )
    return title, CUSTOM_PREFIX + slug, dataset_folder


_MEMORY_DIVISOR = 4


def read_custom_spec(name: str, folder: Path, *, budget: int | None = None) -> DatasetSpec:
    """Return the custom data set of that name.

    Args:
        name: beginning with `own-`.
        folder: the data folder.
        budget: how many bytes of inputs are read into memory; larger data sets are streamed. By default, a quarter of the
            available memory.

    Raises:
        DatasetUnavailable: there is no such data set.
    """
    metadata = _read_metadata_of(name, folder)
    if metadata is None:
        raise _make_missing_error(name)
    return DatasetSpec(
        name=name,
        title=metadata.title,
        about=_describe(metadata),
        classes=metadata.classes,
        shape=metadata.shape,
        kind=metadata.kind,
        mean=metadata.mean,
        std=metadata.std,
        alphabet=metadata.alphabet,
        read=partial(_read, name, budget),
        is_present=lambda folder: _is_complete(_get_folder(name, folder)),
        train_counts=lambda settings: metadata.train,
    )


def list_custom_datasets(folder: Path) -> dict[str, DatasetSpec]:
    """Return all custom data sets by name, newest first, without damaged ones."""
    try:
        names = [CUSTOM_PREFIX + path.name for path in (folder / _ROOT).iterdir() if path.is_dir()]
    except OSError:
        return {}
    found = [(metadata.created_at, name) for name in names if (metadata := _read_metadata_of(name, folder))]
    return {name: read_custom_spec(name, folder) for _at, name in sorted(found, reverse=True)}


def delete_custom_dataset(name: str, folder: Path) -> None:
    """Delete the data set from the disk. Runs that were trained on it stay, but cannot be tested or trained further.

    Raises:
        BadInput: the name is not that of a custom data set.
        DatasetUnavailable: there is no such data set.
        StorageFailed: it cannot be deleted.
    """
    dataset_folder = _get_folder(name, folder)
    if dataset_folder is None:
        raise BadInput(
            _("'{name}' is not a custom data set, so it cannot be deleted. Their names begin with '{prefix}'.").format(
                name=name, prefix=CUSTOM_PREFIX
            )
        )
    if not dataset_folder.is_dir():
        raise _make_missing_error(name)
    # Renamed first, so that a failure half-way does not leave a damaged data set.
    deleted = dataset_folder.with_name(f".deleted-{dataset_folder.name}")
    try:
        shutil.rmtree(deleted, ignore_errors=True)
        dataset_folder.rename(deleted)
        shutil.rmtree(deleted)
    except OSError as error:
        raise StorageFailed(
            _("'{name}' cannot be deleted from '{folder}': {reason}. Allow writing there, then try again.").format(
                name=name, folder=dataset_folder, reason=error.strerror or error
            )
        ) from error


def choose_storage(spec: DatasetSpec, folder: Path, budget: int | None = None) -> Literal["memory", "streams"]:
    """Choose whether to read a data set into memory, or to stream it from the disk because its inputs exceed the budget, in bytes."""
    allowed = get_available_memory() // _MEMORY_DIVISOR if budget is None else budget
    metadata = _read_metadata_of(spec.name, folder)
    size = (sum(metadata.train) + sum(metadata.test)) * prod(metadata.shape) if metadata else 0
    return "streams" if size > allowed else "memory"


def _read_metadata_of(name: str, folder: Path) -> Metadata | None:
    dataset_folder = _get_folder(name, folder)
    return read_metadata(dataset_folder) if dataset_folder else None


def _read(name: str, budget: int | None, folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    spec = read_custom_spec(name, folder)
    dataset_folder = _get_folder(name, folder)
    if dataset_folder is None or not _is_complete(dataset_folder):
        raise _make_missing_error(name)
    streamed = choose_storage(spec, folder, budget) == "streams"
    train, test = (
        Split(
            _load_array(dataset_folder / f"{split}-inputs.npy", streamed),
            _load_array(dataset_folder / f"{split}-labels.npy"),
            streamed,
        )
        for split in ("train", "test")
    )
    return train, test


def _load_array(file: Path, mapped: bool = False) -> Tensor:
    """Load an array from a file. If it is mapped, it stays on the disk, is cached by the system and must not be written to."""
    import numpy as np
    import torch
    from torch.utils.dlpack import from_dlpack

    try:
        array = np.load(file, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise DatasetUnavailable(
            _("The data file '{file}' is damaged. Delete the data set on the Data page and make it again.").format(
                file=file
            )
        ) from error
    # Linux refuses a writable mapping that is larger than the memory, and `from_numpy` warns about a read-only one.
    return from_dlpack(array) if mapped else torch.from_numpy(array)


def _is_complete(dataset_folder: Path | None) -> bool:
    names = ("train-inputs", "train-labels", "test-inputs", "test-labels")
    return dataset_folder is not None and all((dataset_folder / f"{name}.npy").is_file() for name in names)


def _describe(metadata: Metadata) -> str:
    count, classes = sum(metadata.train) + sum(metadata.test), len(metadata.classes)
    if metadata.kind == "text":
        return _("Your own texts: {count:,} of {classes} classes, up to {length} characters each.").format(
            count=count, classes=classes, length=metadata.length
        )
    colour = _("in colour") if metadata.shape[0] == 3 else _("in grey")
    return _("Your own pictures: {count:,} of {classes} classes, {colour}, {side} × {side} pixels.").format(
        count=count, classes=classes, colour=colour, side=metadata.shape[1]
    )


def _make_missing_error(name: str) -> DatasetUnavailable:
    return DatasetUnavailable(
        _(
            "There is no data set '{name}' here; it may have been deleted. Choose another, or make it again with the same name "
            "on the Data page."
        ).format(name=name)
    )
