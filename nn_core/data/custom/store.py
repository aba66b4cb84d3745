"""Stores custom data sets: names and folders, listing, reading and deleting.

A data set has a title in any script, and a folder name of plain letters that is derived from it.
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
from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.registry import OWN
from nn_core.errors import BadInput, DatasetUnavailable, StorageFailed
from nn_core.i18n import _

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data.settings import DataSettings

__all__ = [
    "choose_free_name",
    "choose_storage",
    "delete_custom_dataset",
    "get_custom_root",
    "get_dataset_folder",
    "get_input_bytes",
    "list_custom_datasets",
    "make_slug",
    "read_custom_spec",
]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_TITLE = 60


def get_custom_root(folder: Path) -> Path:
    """Where the user's own data sets lie in the data folder."""
    return folder / "own"


def get_dataset_folder(name: str, folder: Path) -> Path | None:
    """The folder that belongs to the name of a data set, there or not; None where it is no name of an own one."""
    slug = name.removeprefix(OWN)
    return get_custom_root(folder) / slug if slug != name and _SLUG.fullmatch(slug) else None


def make_slug(title: str) -> str:
    """Small plain letters and digits, joined by '-'. Where letters have no plain form, a check sum keeps titles apart."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", title) if not unicodedata.combining(sign))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if any(sign.isalnum() and not sign.isascii() for sign in plain):
        checksum = hashlib.sha256(unicodedata.normalize("NFC", title).encode()).hexdigest()[:8]
        slug = f"{slug}-{checksum}".strip("-")
    return slug


def choose_free_name(title: str, folder: Path) -> tuple[str, str, Path]:
    """(tidied title, name, folder) of a data set to be made. Raises BadInput where the title is none or is taken."""
    tidy = unicodedata.normalize("NFC", " ".join(title.split()))
    slug = make_slug(tidy)
    if not slug or len(tidy) > _LONGEST_TITLE or not tidy.isprintable():
        raise BadInput(
            _("'{name}' cannot name a data set: use 1 to {most} letters, digits, spaces and signs.").format(
                name=tidy[: 2 * _LONGEST_TITLE], most=_LONGEST_TITLE
            )
        )
    place = get_custom_root(folder) / slug
    if place.exists():
        raise BadInput(
            _("There is a data set '{name}' already. Choose another name, or delete that one first.").format(
                name=OWN + slug
            )
        )
    return tidy, OWN + slug, place


_SHARE_OF_MEMORY = 4


def read_custom_spec(name: str, folder: Path, *, budget: int | None = None) -> DatasetSpec:
    """The user's data set of that name. Raises DatasetUnavailable where it is not there, or no longer.

    budget: how many bytes of inputs are read into memory; what is larger streams. By default a quarter of what is free.
    """
    place = get_dataset_folder(name, folder)
    about = read_metadata(place) if place else None
    if place is None or about is None:
        raise _gone(name)
    return DatasetSpec(
        name=name,
        title=about.title,
        about=_in_words(about),
        classes=about.classes,
        shape=about.shape,
        kind=about.kind,
        mean=about.mean,
        std=about.std,
        alphabet=about.alphabet,
        read=partial(_read, name, budget),
        is_present=lambda folder: _is_whole(get_dataset_folder(name, folder)),
    )


def list_custom_datasets(folder: Path) -> dict[str, DatasetSpec]:
    """All of them by name, the one made last first; what is damaged is left out."""
    found = [(about.created_at, OWN + place.name) for place in _folders(folder) if (about := read_metadata(place))]
    return {name: read_custom_spec(name, folder) for _at, name in sorted(found, reverse=True)}


def delete_custom_dataset(name: str, folder: Path) -> None:
    """Delete the data set from the disk; runs that learned it stay, but can no longer be tested or trained further.

    Raises BadInput for a name that is none of an own one, DatasetUnavailable where there is none, StorageFailed.
    """
    place = get_dataset_folder(name, folder)
    if place is None:
        raise BadInput(
            _("'{name}' is no data set of your own, so it cannot be deleted. Their names begin with '{own}'.").format(
                name=name, own=OWN
            )
        )
    if not place.is_dir():
        raise _gone(name)
    going = place.with_name(f".deleted-{place.name}")  # it goes in one step, whatever happens while files are removed
    try:
        shutil.rmtree(going, ignore_errors=True)
        place.rename(going)
        shutil.rmtree(going)
    except OSError as error:
        raise StorageFailed(
            _("'{name}' cannot be deleted from '{place}': {reason}. Allow writing there, then try again.").format(
                name=name, place=place, reason=error.strerror or error
            )
        ) from error


def get_input_bytes(spec: DatasetSpec, folder: Path) -> int:
    """How large the inputs of an own data set are, of both splits; 0 where it is not there."""
    place = get_dataset_folder(spec.name, folder)
    about = read_metadata(place) if place else None
    return (sum(about.train) + sum(about.test)) * prod(about.shape) if about else 0


def choose_storage(spec: DatasetSpec, folder: Path, budget: int | None = None) -> Literal["memory", "streams"]:
    """Whether a data set is read into memory, or streams from the disk for being larger than the budget."""
    return "streams" if get_input_bytes(spec, folder) > _bytes_allowed(budget) else "memory"


def _read(name: str, budget: int | None, folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    spec = read_custom_spec(name, folder)
    place = get_dataset_folder(name, folder)
    if place is None or not _is_whole(place):
        raise _gone(name)
    streamed = choose_storage(spec, folder, budget) == "streams"
    train, test = (
        Split(_array(place / f"{split}-inputs.npy", streamed), _array(place / f"{split}-labels.npy"), streamed)
        for split in ("train", "test")
    )
    return train, test


def _array(file: Path, mapped: bool = False) -> Tensor:
    """The array in a file. Mapped, it stays on the disk and comes and goes with the system's cache; nothing may be written
    into it then."""
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
    # A mapping that can be written to is refused by Linux once it is larger than the memory, and `from_numpy` warns of one
    # that cannot.
    return from_dlpack(array) if mapped else torch.from_numpy(array)


def _is_whole(place: Path | None) -> bool:
    parts = ("train-inputs", "train-labels", "test-inputs", "test-labels")
    return place is not None and all((place / f"{part}.npy").is_file() for part in parts)


def _folders(folder: Path) -> list[Path]:
    root = get_custom_root(folder)
    try:
        return [place for place in root.iterdir() if get_dataset_folder(OWN + place.name, folder) and place.is_dir()]
    except OSError:
        return []


def _bytes_allowed(budget: int | None) -> int:
    return get_available_memory() // _SHARE_OF_MEMORY if budget is None else budget


def _in_words(about: Metadata) -> str:
    count, classes = sum(about.train) + sum(about.test), len(about.classes)
    if about.kind == "text":
        return _("Your own texts: {count:,} of {classes} classes, up to {length} characters each.").format(
            count=count, classes=classes, length=about.length
        )
    colour = _("in colour") if about.shape[0] == 3 else _("in grey")
    return _("Your own pictures: {count:,} of {classes} classes, {colour}, {side} × {side} pixels.").format(
        count=count, classes=classes, colour=colour, side=about.shape[1]
    )


def _gone(name: str) -> DatasetUnavailable:
    return DatasetUnavailable(
        _(
            "There is no data set '{name}' here; it may have been deleted. Choose another, or make it again under the same "
            "name on the Data page."
        ).format(name=name)
    )
