"""Which columns of the table of runs a user has chosen: `<runs>/.preferences/<hash of the user>.json`, one file each.

A file per user, because several may choose at the same time. Its name is a hash, so that the folder says nothing about who uses it.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.atomic_io import replace_json
from nn_core.runs.cache import FileCache
from nn_core.runs.disk_quota import translate_storage_errors

__all__ = ["TablePreferences", "read_preferences", "write_preferences"]

_FOLDER = ".preferences"


class TablePreferences(BaseModel):
    """columns: their keys, in order; empty for the usual ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    columns: tuple[str, ...] = Field(default=(), max_length=200)


def read_preferences(root: Path, user: str, cache: FileCache) -> TablePreferences:
    """Read what a user has chosen; the defaults if they have chosen nothing, or the file is damaged."""
    file = _get_file(root, user)
    try:
        return cache.read(file, _parse) if file.exists() else TablePreferences()
    except (OSError, ValidationError):
        return TablePreferences()


def write_preferences(root: Path, user: str, preferences: TablePreferences) -> None:
    """Keep what a user has chosen. Raises StorageFailed."""
    file = _get_file(root, user)
    with translate_storage_errors(root):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_json(file, preferences.model_dump())


def _parse(file: Path) -> TablePreferences:
    return TablePreferences.model_validate_json(file.read_bytes())


def _get_file(root: Path, user: str) -> Path:
    return root / _FOLDER / f"{hashlib.sha256(user.encode()).hexdigest()[:16]}.json"
