"""Classes in a table beside the pictures: a CSV with a file and a label in each row, or with a column for each class."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from nn_core.data.custom.archives.label_columns import find_label_column, is_one_hot, read_one_hot
from nn_core.data.custom.archives.source import ArchiveEntry
from nn_core.data.custom.archives.splits import Role, parse_split_name

__all__ = ["FileIndex", "LabelTable", "read_label_tables"]

Rows = Sequence[Sequence[str]]
_SAMPLED_ROWS = 2000
_LEAST_MATCHES = 2


@dataclass
class LabelTable:
    """What the tables of an archive say about its pictures.

    Attributes:
        labels: the class of each picture, by its key in the archive.
        roles: the split, for the pictures whose table or row states one.
        paths: of the tables that were used.
        unknown: values that name no picture, or several.
        conflicts: the pictures with several labels.
        is_named: whether the label column has a name such as `label`, or is the only one beside the file.
        columns: the columns that can be the label, if that is unclear.
    """

    labels: dict[int, str] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    conflicts: set[int] = field(default_factory=set)
    is_named: bool = True
    columns: list[str] = field(default_factory=list)


class FileIndex:
    """Finds pictures by what tables write: with or without folders and extension, in any case, with or without leading zeros."""

    def __init__(self, entries: Iterable[ArchiveEntry]) -> None:
        self._keys: dict[str, list[ArchiveEntry]] = {}
        for entry in entries:
            names = _normalize(entry.path).split("/")
            for start in range(len(names)):
                path = "/".join(names[start:])
                for key in {path, _strip_extension(path)}:
                    self._keys.setdefault(key, []).append(entry)
            stem = _strip_extension(names[-1])
            if stem.isdecimal():
                self._keys.setdefault(f"#{int(stem)}", []).append(entry)

    def find(self, value: str, table_folder: str = "", role: Role | None = None) -> ArchiveEntry | None:
        """Return the picture that a cell names; None if there is none, or more than one is equally likely."""
        path = _normalize(value)
        if not path:
            return None
        names = path.split("/")
        shorter = ["/".join(names[start:]) for start in range(len(names))]
        number = _strip_extension(path)
        number = number.removesuffix(".0")
        for key in (*shorter, *map(_strip_extension, shorter), f"#{int(number)}" if number.isdecimal() else ""):
            if found := self._keys.get(key):
                return _choose(found, table_folder, role)
        return None


def _choose(found: Sequence[ArchiveEntry], table_folder: str, role: Role | None) -> ArchiveEntry | None:
    """Return the only one, or the only one in the table's folder or split."""
    if len(found) > 1 and table_folder:
        found = [entry for entry in found if entry.path.startswith(f"{table_folder}/")] or found
    if len(found) > 1 and role:
        found = [entry for entry in found if role == find_folder_role(entry)] or found
    return found[0] if len(found) == 1 else None


def find_folder_role(entry: ArchiveEntry) -> Role | None:
    """Return the split that a folder on the way is named after."""
    parsed = (parse_split_name(name) for name in reversed(entry.names[:-1]))
    return next((each.role for each in parsed if each), None)


def _normalize(value: str) -> str:
    path = unicodedata.normalize("NFC", value.strip()).casefold().replace("\\", "/")
    return "/".join(part for part in path.split("/") if part not in ("", ".", ".."))


def _strip_extension(path: str) -> str:
    stem, dot, extension = path.rpartition(".")
    return stem if dot and stem and 0 < len(extension) <= 5 and not extension.isdecimal() else path


def read_label_tables(
    tables: Mapping[str, Rows], pictures: Sequence[ArchiveEntry], label_column: str | None = None
) -> LabelTable | None:
    """Find the tables that name pictures and their classes.

    Args:
        tables: the rows of each table, by path. Submission forms of competitions are ignored.
        pictures: the pictures of the archive.
        label_column: its name or number; by default, it is found by its name and content.

    Returns:
        The labels of all tables together; None if no table states any.
    """
    index = FileIndex(pictures)
    result = LabelTable()
    for path in sorted(tables):
        if "submission" not in path.casefold():
            _read_one(path, tables[path], index, result, label_column)
    return result if result.labels or result.columns else None


def _read_one(path: str, rows: Rows, index: FileIndex, result: LabelTable, label_column: str | None) -> None:
    folder = str(PurePosixPath(path).parent).removeprefix(".")
    parsed = parse_split_name(PurePosixPath(path).stem) or parse_split_name(PurePosixPath(folder).name)
    role = parsed.role if parsed else None
    file_column = _find_file_column(rows, index, folder, role)
    if file_column is None:
        return
    has_heading = not index.find(rows[0][file_column] if file_column < len(rows[0]) else "", folder, role)
    heading = list(rows[0]) if has_heading else []
    body = [row for row in rows[has_heading:] if len(row) > file_column and row[file_column].strip()]
    one_hot = not label_column and is_one_hot(heading, body, file_column)
    split_column = _find_split_column(heading, body, file_column)
    choice = find_label_column(heading, body, {file_column, split_column}, label_column)
    if not one_hot and choice.position is None:
        if choice.candidates and not result.labels:
            result.columns = choice.candidates
        return
    found: dict[int, str] = {}
    roles: dict[int, Role] = {}
    unknown: list[str] = []
    for row in body:
        entry = index.find(row[file_column], folder, role)
        if entry is None:
            unknown.append(row[file_column])
            continue
        if one_hot:
            label = read_one_hot(heading, row, file_column)
        else:
            label = (
                " ".join(row[choice.position].split())
                if choice.position is not None and choice.position < len(row)
                else ""
            )
        key = entry.file.key
        if not label or key in result.labels:
            continue
        if found.setdefault(key, label) != label:
            result.conflicts.add(key)
        in_row = parse_split_name(row[split_column]) if split_column is not None and split_column < len(row) else None
        stated = in_row.role if in_row else role
        if stated:
            roles[key] = stated
    if not found:
        return
    result.labels |= found
    result.roles |= roles
    result.paths.append(path)
    result.unknown += unknown
    result.is_named = result.is_named and (one_hot or choice.is_named)


def _find_file_column(rows: Rows, index: FileIndex, folder: str, role: Role | None) -> int | None:
    """Return the column that names the most different pictures; None if hardly any value is the name of a picture."""
    step = max(1, len(rows) // _SAMPLED_ROWS)
    sample = rows[::step]
    matches: Counter[int] = Counter()
    for column in range(max(map(len, sample), default=0)):
        found = {
            entry.file.key
            for row in sample
            if column < len(row) and (entry := index.find(row[column], folder, role)) is not None
        }
        matches[column] = len(found)
    if not matches:
        return None
    column = max(matches, key=lambda column: (matches[column], -column))
    return column if matches[column] >= max(_LEAST_MATCHES, len(sample) // 20) else None


def _find_split_column(heading: Sequence[str], body: Rows, file_column: int) -> int | None:
    """Return the column whose values are all splits."""
    for column in range(len(body[0]) if body else 0):
        if column != file_column:
            values = {row[column] for row in body if column < len(row)}
            if 1 < len(values) <= 5 and all(
                (parsed := parse_split_name(value)) and not parsed.rest for value in values
            ):
                return column
    return None
