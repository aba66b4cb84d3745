"""Decides where the classes of an archive are: in its folders, in a table, or in the file names."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal, cast

from nn_core.data.custom.archives.folders import FolderLayout, Located, parse_folders
from nn_core.data.custom.archives.name_prefixes import find_name_classes
from nn_core.data.custom.archives.source import ArchiveEntry
from nn_core.data.custom.archives.splits import are_numbered_parts, is_filling
from nn_core.data.custom.archives.table_of_labels import LabelTable, find_folder_role, read_label_tables
from nn_core.data.custom.tables.rows import read_rows
from nn_core.data.custom.validation import Limits, quote_names, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["ArchiveOptions", "ClassChoice", "Labelling", "Question", "find_classes"]

ClassChoice = Literal["outer", "inner", "table"]
_MOST_OF = 0.8


@dataclass(frozen=True)
class ArchiveOptions:
    """What the user decided where an archive can be understood in several ways; None: nothing.

    Attributes:
        classes: where the classes are.
        names_encoding: of file names whose encoding the archive does not state.
        label_column: of a table that lists the pictures; its name or number.
    """

    classes: ClassChoice | None = None
    names_encoding: str | None = None
    label_column: str | None = None

    def answer(self, question: Question, value: str) -> ArchiveOptions:
        """Return the options with the value chosen for a question."""
        if question.option == "classes":
            return replace(self, classes=cast(ClassChoice, value))
        if question.option == "names_encoding":
            return replace(self, names_encoding=value)
        return replace(self, label_column=value)


@dataclass(frozen=True)
class Question:
    """A choice that the user can make.

    Attributes:
        option: the field of `ArchiveOptions`.
        sentence: what is unclear, with the command line's remedy.
        choices: the values, each with a text that shows what it means.
        must_answer: whether nothing can be imported before.
    """

    option: Literal["classes", "names_encoding", "label_column"]
    sentence: str
    choices: Mapping[str, str]
    must_answer: bool = True


@dataclass
class Labelling:
    """The pictures with their classes, and those without.

    Attributes:
        labelled: with the class in `label`.
        skipped: the other pictures, by reason (see `metadata.SKIPPED`).
        source: where the classes were found.
        layout: what the folders say.
        warnings: what was assumed.
        questions: what the user can choose.
    """

    labelled: list[Located]
    layout: FolderLayout
    source: Literal["folders", "table", "names"] = "folders"
    skipped: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def skip(self, reason: str, pictures: Sequence[Located]) -> None:
        """Leave pictures out."""
        if pictures:
            self.skipped.setdefault(reason, []).extend(each.entry.path for each in pictures)


def find_classes(
    pictures: Sequence[ArchiveEntry],
    tables: Sequence[ArchiveEntry],
    read: Callable[[ArchiveEntry], bytes],
    options: ArchiveOptions,
    limits: Limits,
) -> Labelling:
    """Find the class and the split of each picture.

    Args:
        pictures: the pictures of the archive.
        tables: the files that may be tables.
        read: returns a file's content.
        options: what the user decided.
        limits: what is allowed.
    """
    layout = parse_folders(pictures, "inner" if options.classes == "inner" else "outer")
    labels = {each.label for each in layout.labelled}
    table = None
    if tables and options.classes not in ("outer", "inner"):
        table = read_label_tables(_read_tables(tables, read, limits), pictures, options.label_column)
    if table and _is_preferred(table, layout, options):
        labelling = _label_by_table(pictures, table, layout)
    elif len(labels) < 2 and (named := _label_by_names(layout, limits)):
        labelling = named
    else:
        labelling = Labelling(layout.labelled, layout, warnings=list(layout.warnings))
        labelling.skip("no_class", layout.beside)
        labelling.skip("unlabelled" if layout.labelled else "no_class", layout.flat)
    labelling.questions += _list_questions(layout, table, options, labels)
    return labelling


def _read_tables(
    tables: Sequence[ArchiveEntry], read: Callable[[ArchiveEntry], bytes], limits: Limits
) -> dict[str, list[list[str]]]:
    """Return the rows of each table; nothing for other files and for damaged ones."""
    found: dict[str, list[list[str]]] = {}
    for entry in tables:
        if entry.file.size > min(limits.table_bytes, limits.file_bytes):
            continue
        try:
            content = read(entry)
        except Exception:  # the archive is damaged here
            continue
        try:
            rows = [cells for _line, cells in read_rows(io.BytesIO(content), limits)[0]]
        except BadInput:
            rows = []
        if not rows or max(map(len, rows)) < 2 or not _has_one_width(rows):
            rows = _split_at_spaces(content) or rows
        if rows:
            found[entry.path] = rows
    return found


def _has_one_width(rows: Sequence[Sequence[str]]) -> bool:
    (_width, count), *_others = Counter(map(len, rows)).most_common()
    return 2 * count > len(rows)


def _split_at_spaces(content: bytes) -> list[list[str]]:
    """Split lines such as `images/1.png 3`: a path, a space and a label."""
    lines = [line.rsplit(None, 1) for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines if lines and all(len(cells) == 2 for cells in lines) else []


def _is_preferred(table: LabelTable, layout: FolderLayout, options: ArchiveOptions) -> bool:
    """Return whether the table says more than the folders."""
    if options.classes == "table" or options.label_column:
        return True
    labels = {each.label for each in layout.labelled}
    if len(labels) < 2:
        return bool(table.labels)
    say_nothing = are_numbered_parts(labels) or all(map(is_filling, labels))
    return say_nothing and _covers(table, layout) and labels != set(table.labels.values())


def _covers(table: LabelTable, layout: FolderLayout) -> bool:
    known = sum(each.entry.file.key in table.labels for each in layout.labelled)
    return known >= _MOST_OF * len(layout.labelled)


def _agrees(table: LabelTable, layout: FolderLayout) -> bool:
    """Return whether each folder has one label in the table, or the table says little about these pictures."""
    if not _covers(table, layout):
        return True
    pairs = Counter(
        (each.label, table.labels[key]) for each in layout.labelled if (key := each.entry.file.key) in table.labels
    )
    best: Counter[str] = Counter()
    for (folder, _label), count in pairs.items():
        best[folder] = max(best[folder], count)
    return best.total() >= 0.95 * pairs.total() and len({label for _folder, label in pairs}) > 1


def _label_by_table(pictures: Sequence[ArchiveEntry], table: LabelTable, layout: FolderLayout) -> Labelling:
    labelling = Labelling([], layout, "table")
    located = [
        Located(entry, entry.names, table.roles.get(entry.file.key) or find_folder_role(entry)) for entry in pictures
    ]
    without = []
    for each in located:
        key = each.entry.file.key
        if key in table.conflicts:
            labelling.skip("conflict", [each])
        elif label := table.labels.get(key):
            labelling.labelled.append(each._replace(label=_clean_label(label)))
        else:
            without.append(each)
    labelling.skip("no_label", without)
    if set(map(_is_whole, (each.label for each in labelling.labelled))) == {True}:
        labelling.labelled = [each._replace(label=each.label.removesuffix(".0")) for each in labelling.labelled]
    labelling.warnings.append(
        _("The classes were read from a table in the archive: {names}.").format(names=quote_names(table.paths))
    )
    if table.unknown:
        labelling.warnings.append(
            _("{count:,} rows of the table name no picture in the archive (such as '{example}').").format(
                count=len(table.unknown), example=shorten(table.unknown[0])
            )
        )
    return labelling


def _is_whole(label: str) -> bool:
    return label.endswith(".0") and label.removesuffix(".0").isdecimal()


def _clean_label(label: str) -> str:
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in label)


def _label_by_names(layout: FolderLayout, limits: Limits) -> Labelling | None:
    """Read the classes from the file names, if those of all pictures state one, or those of all training pictures."""
    everything = [*layout.labelled, *layout.flat]
    training = [each for each in everything if each.role == "train"]
    for located in (everything, training):
        stems = [PurePosixPath(each.entry.names[-1]).stem for each in located]
        if located and (labels := find_name_classes(stems, limits.smallest_class)):
            break
    else:
        return None
    labelling = Labelling([], layout, "names")
    labelling.labelled = [each._replace(label=label) for each, label in zip(located, labels, strict=True)]
    chosen = {each.entry.file.key for each in located}
    labelling.skip("unlabelled", [each for each in everything if each.entry.file.key not in chosen])
    labelling.skip("no_class", layout.beside)
    examples: dict[str, str] = {}
    for each in labelling.labelled:
        examples.setdefault(each.label, each.entry.names[-1])
    named = ", ".join(
        _("'{label}' (such as {file})").format(label=shorten(label), file=shorten(examples[label]))
        for label in list(examples)[:5]
    )
    labelling.warnings.append(_("The classes were taken from the file names: {names}.").format(names=named))
    return labelling


def _list_questions(
    layout: FolderLayout, table: LabelTable | None, options: ArchiveOptions, labels: set[str]
) -> list[Question]:
    """Return the choices between folders and table, and between columns."""
    questions = []
    choices: dict[str, str] = {}
    is_open = False
    if layout.inner:
        choices["outer"] = _("the outer folders: {names}").format(names=quote_names(layout.outer))
        choices["inner"] = _("the inner folders: {names}").format(names=quote_names(layout.inner))
        is_open = layout.is_unclear
    disagrees = bool(table and table.labels and len(labels) > 1 and not _agrees(table, layout))
    if table and disagrees:
        choices.setdefault("outer", _("the folders: {names}").format(names=quote_names(sorted(labels))))
        by_table = _("the table: {names}").format(names=quote_names(sorted(set(table.labels.values()))))
        is_preferred = _is_preferred(table, layout, options)
        choices = {"table": by_table, **choices} if is_preferred else {**choices, "table": by_table}
        is_open = is_open or (table.is_named and not is_preferred)
    if choices:
        questions.append(
            Question(
                "classes",
                _("The classes can be {choices}. Choose one with --classes {values}.").format(
                    choices=_(" or ").join(choices.values()), values="|".join(choices)
                ),
                choices,
                is_open and options.classes is None,
            )
        )
    if table and table.columns and (len(labels) < 2 or options.classes == "table"):
        columns = {name: name for name in table.columns}
        questions.append(
            Question(
                "label_column",
                _("The classes can be in these columns of the table: {names}. Choose one with --label-column.").format(
                    names=quote_names(table.columns)
                ),
                columns,
                options.label_column is None,
            )
        )
    return questions
