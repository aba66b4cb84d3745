"""Data sets that the user made."""

from __future__ import annotations

from pathlib import Path

from nn_core.data.dataset import DatasetSpec
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import _

__all__ = ["own_datasets", "own_spec"]


def own_spec(name: str, folder: Path) -> DatasetSpec:
    """Raises DatasetUnavailable."""
    raise DatasetUnavailable(_("There is no data set '{name}' here.").format(name=name))


def own_datasets(folder: Path) -> dict[str, DatasetSpec]:
    return {}
