"""Opens an archive of pictures: finds the pictures, their classes and splits, and what must be left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from nn_core.data.custom.archives.class_sources import ArchiveOptions, Labelling, Question, find_classes
from nn_core.data.custom.archives.file_kinds import FileKind, find_kind, is_hidden
from nn_core.data.custom.archives.file_names import ENCODINGS, list_readings, list_undeclared, resolve_names
from nn_core.data.custom.archives.folders import Located
from nn_core.data.custom.archives.foreign_formats import OTHER_PICTURES
from nn_core.data.custom.archives.opening import open_source
from nn_core.data.custom.archives.source import ArchiveEntry, FileSource, check_entries
from nn_core.data.custom.archives.split_choice import choose_splits
from nn_core.data.custom.archives.splits import SplitName
from nn_core.data.custom.validation import Limits, check_enough_samples, make_natural_key, quote_names, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Picture", "PictureArchive", "open_archive"]


@dataclass(frozen=True)
class Picture:
    """A file with the extension of a picture.

    Attributes:
        path: in the archive.
        label: its class.
        split: stated by a folder or a table; `any` if none is stated.
        entry: the entry in the archive.
    """

    path: str
    label: str
    split: SplitName
    entry: ArchiveEntry


@dataclass(frozen=True)
class PictureArchive:
    """An open archive of pictures.

    Attributes:
        source: reads the files.
        pictures: in the order of the archive.
        classes: the labels, sorted.
        skipped: paths of files that are left out, by reason (see `metadata.SKIPPED`).
        warnings: sentences about what was assumed.
        questions: what the user can choose; some must be answered before the import.
    """

    source: FileSource
    pictures: list[Picture]
    classes: list[str]
    skipped: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def check_answered(self) -> None:
        """Raise BadInput with the first question that must be answered."""
        for question in self.questions:
            if question.must_answer:
                raise BadInput(question.sentence)


def open_archive(file: Path | BinaryIO, limits: Limits, options: ArchiveOptions | None = None) -> PictureArchive:
    """Open a ZIP, a tar archive or a folder and find its classes and pictures.

    A class is a folder, with all folders inside it, unless a table or the file names state the classes. Folders around all
    classes are ignored, except those that are named after a split. Hidden files are ignored.

    Args:
        file: the archive or folder.
        limits: what is allowed.
        options: what the user decided.

    Raises:
        BadInput: the archive cannot be read or is dangerous, or does not have two classes with enough pictures.
    """
    options = options or ArchiveOptions()
    source = open_source(file, limits)
    try:
        return _arrange(source, options, limits)
    except BaseException:
        source.close()
        raise


def _arrange(source: FileSource, options: ArchiveOptions, limits: Limits) -> PictureArchive:
    entries = [entry for entry in resolve_names(source.files, options.names_encoding) if entry.path.strip("/")]
    check_entries(entries, limits)
    entries = [entry for entry in entries if not is_hidden(entry)]
    by_kind: dict[FileKind, list[ArchiveEntry]] = defaultdict(list)
    for entry in entries:
        by_kind[find_kind(entry)].append(entry)
    pictures = [entry for entry in entries if find_kind(entry) in ("picture", "foreign")]
    labelling = find_classes(pictures, by_kind["table"], lambda entry: source.read(entry.file), options, limits)
    _skip_foreign(labelling, limits)
    unused = [entry.path for entry in (*by_kind["table"], *by_kind["archive"], *by_kind["other"])]
    used = set() if labelling.source != "table" else {entry.path for entry in by_kind["table"]}
    skipped = {
        **({"not_picture": left} if (left := [path for path in unused if path not in used]) else {}),
        **({"link": list(source.links)} if source.links else {}),
        **labelling.skipped,
    }
    chosen, warnings = choose_splits(labelling.labelled)
    archive = PictureArchive(
        source,
        [Picture(each.entry.path, label, split, each.entry) for each, label, split in chosen],
        sorted({label for _each, label, _split in chosen}, key=make_natural_key),
        skipped,
        [*labelling.warnings, *warnings, *_describe_empty_folders(entries, labelling)],
        [*labelling.questions, *_ask_encoding(source, labelling, options)],
    )
    _check_classes(archive, by_kind, labelling, limits)
    return archive


def _is_foreign(each: Located) -> bool:
    return find_kind(each.entry) == "foreign"


def _skip_foreign(labelling: Labelling, limits: Limits) -> None:
    """Leave out pictures of other formats. Raises BadInput with the format if a class has too few other pictures."""
    foreign = [each for each in labelling.labelled if _is_foreign(each)]
    labelling.labelled = [each for each in labelling.labelled if not _is_foreign(each)]
    left = Counter(each.label for each in labelling.labelled)
    needed = [each for each in foreign if left[each.label] < limits.smallest_class]
    if needed or (not labelling.labelled and labelling.layout.beside + labelling.layout.flat):
        candidates = needed or [
            each for each in (*labelling.layout.flat, *labelling.layout.beside) if _is_foreign(each)
        ]
        if candidates:
            _raise_foreign(candidates)
    for each in foreign:
        labelling.skip("heic" if _get_format_name(each) == "HEIC" else "other_format", [each])


def _get_format_name(each: Located) -> str:
    return OTHER_PICTURES[each.entry.names[-1].casefold().rpartition(".")[2]].name


def _raise_foreign(pictures: Sequence[Located]) -> None:
    found = OTHER_PICTURES[pictures[0].entry.names[-1].casefold().rpartition(".")[2]]
    raise BadInput(
        _("{count:,} pictures are in the format {format}, which cannot be read (such as {example}). {remedy}").format(
            count=len(pictures),
            format=_(found.name),
            example=shorten(pictures[0].entry.path),
            remedy=_(found.remedy),
        )
    )


def _describe_empty_folders(entries: Sequence[ArchiveEntry], labelling: Labelling) -> list[str]:
    """Name the folders beside those of the classes that have no picture."""
    if labelling.source != "folders":
        return []
    depths = {len(each.entry.names) - len(each.rest) for each in labelling.labelled}
    if len(depths) != 1:
        return []
    depth = depths.pop()
    places = {each.entry.names[:depth] for each in labelling.labelled}
    with_pictures = {entry.names[: depth + 1] for entry in entries if find_kind(entry) in ("picture", "foreign")}
    empty = {
        entry.names[depth]: None
        for entry in entries
        if len(entry.names) > depth + (not entry.file.is_folder)
        and entry.names[:depth] in places
        and entry.names[: depth + 1] not in with_pictures
    }
    if not empty:
        return []
    return [_("There is no picture in the folder {names}, so it is no class.").format(names=quote_names(empty))]


def _ask_encoding(source: FileSource, labelling: Labelling, options: ArchiveOptions) -> list[Question]:
    """Ask for the encoding of the file names if the names of classes depend on it."""
    undeclared = list_undeclared(source.files)
    concerned = labelling.source != "table" and any(
        isinstance(each.entry.file.name, bytes) and not each.label.isascii() for each in labelling.labelled
    )
    readings = list_readings(undeclared) if concerned else {}
    if len(readings) < 2:
        return []
    choices = {}
    for encoding, names in readings.items():
        parts = (part for name in names for part in name.replace("\\", "/").split("/")[:-1] if not part.isascii())
        shown = list(dict.fromkeys(parts)) or [name for name in dict.fromkeys(names) if not name.isascii()]
        choices[encoding] = quote_names(shown[:4])
    listed = "; ".join(f"{encoding} ({_(ENCODINGS[encoding])}): {names}" for encoding, names in choices.items())
    return [
        Question(
            "names_encoding",
            _(
                "The archive does not state the encoding of its file names, which can be {readings}. Choose one with "
                "--names-encoding {best}."
            ).format(readings=listed, best=next(iter(choices))),
            {encoding: f"{names} – {_(ENCODINGS[encoding])}" for encoding, names in choices.items()},
            options.names_encoding is None,
        )
    ]


def _check_classes(
    archive: PictureArchive, by_kind: dict[FileKind, list[ArchiveEntry]], labelling: Labelling, limits: Limits
) -> None:
    """Raise BadInput unless there are at least two classes, with enough pictures each."""
    count = len(by_kind["picture"])
    if not archive.pictures and any(question.must_answer for question in archive.questions):
        return
    if not archive.pictures:
        raise BadInput(_describe_no_classes(count, by_kind, labelling))
    if len(archive.classes) == 1:
        raise BadInput(_describe_one_class(archive, count))
    if len(archive.classes) > limits.classes:
        raise BadInput(
            _(
                "The archive contains {count:,} different names ({names}), at most {most:,} classes are allowed. Leave some out."
            ).format(count=len(archive.classes), names=quote_names(archive.classes), most=limits.classes)
        )
    if long := [label for label in archive.classes if len(label) > limits.label_characters]:
        raise BadInput(
            _("The name '{label}' is too long for a class: use at most {most} characters.").format(
                label=shorten(long[0]), most=limits.label_characters
            )
        )
    check_enough_samples(Counter(picture.label for picture in archive.pictures), limits)


def _describe_no_classes(count: int, by_kind: dict[FileKind, list[ArchiveEntry]], labelling: Labelling) -> str:
    if count and any(each.role for each in labelling.layout.flat):
        folders = quote_names(dict.fromkeys(each.entry.names[-len(each.rest) - 1] for each in labelling.layout.flat))
        return _(
            "The folders {names} are splits and contain {count:,} pictures, but no folders of classes. Make a folder for each class "
            "in them, or add a table of file and label."
        ).format(names=folders, count=count)
    if count:
        return _(
            "The archive contains {count:,} pictures but no folders of pictures. Make a folder for each class, or add a table of "
            "file and label."
        ).format(count=count)
    if archives := by_kind["archive"]:
        return _(
            "The archive contains no pictures, but other archives ({names}). Unpack them, and pack the folder of pictures as a ZIP."
        ).format(names=quote_names(entry.path for entry in archives))
    if tables := by_kind["table"]:
        return _(
            "The archive contains no pictures, but {count} tables ({names}). Unpack it, and import the one with the texts and "
            "labels."
        ).format(count=len(tables), names=quote_names(entry.path for entry in tables))
    return _("The archive contains no pictures. Make a folder for each class, with PNG or JPEG pictures in it.")


def _describe_one_class(archive: PictureArchive, count: int) -> str:
    (label,) = archive.classes
    if len(archive.pictures) == count:
        return _(
            "All pictures are in one folder, '{label}'. A network needs two classes: add a folder for another class."
        ).format(label=shorten(label))
    return _(
        "Only the class '{label}' was found, with {found:,} of {count:,} pictures; the others are in no folder of a class (such as "
        "{example}). A network needs two classes: put them into a folder for each class."
    ).format(
        label=shorten(label),
        found=len(archive.pictures),
        count=count,
        example=shorten(next(iter(archive.skipped.get("no_class") or archive.skipped.get("unlabelled") or [""]))),
    )
