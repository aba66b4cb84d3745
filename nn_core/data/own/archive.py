"""Looks through a ZIP of pictures before anything is unpacked: what is in it, what each picture's class is, and whether it
asks for more than the limits allow."""

import re
import stat
import unicodedata
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from nn_core.data.own.directory import directory_bytes
from nn_core.data.own.limits import Limits
from nn_core.data.own.rules import must_be_enough, natural, quoted, short
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Part", "Picture", "PictureArchive", "open_archive"]

Part = Literal["any", "train", "test"]

_ENDINGS = {"", "png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm", "pbm", "pnm"}
_NEVER = {"__macosx", "thumbs.db", "desktop.ini"}
_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "test",
    "valid": "test",
    "validation": "test",
}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_UTF8 = 0x800


@dataclass(frozen=True)
class Picture:
    """A file of the ZIP that is taken for a picture. part: the split that a top folder such as `train` puts it in."""

    path: str
    label: str
    part: Part
    entry: zipfile.ZipInfo


@dataclass(frozen=True)
class PictureArchive:
    """skipped: paths of what is no picture or in no class's folder, by reason (see SKIPPED)."""

    archive: zipfile.ZipFile
    pictures: list[Picture]
    classes: list[str]
    skipped: dict[str, list[str]] = field(default_factory=dict)


def open_archive(file: Path | BinaryIO, limits: Limits) -> PictureArchive:
    """Raises BadInput for what is no ZIP, is encrypted, climbs out of its folder, asks for too much, or holds no two classes
    of enough pictures.

    A class is a folder; folders inside it belong to it. Folders around all classes do not count, except `train` and `test`
    (or `val`) side by side, which say what each picture is for. Hidden files are passed over.
    """
    archive = _opened(file, limits)
    try:
        _check(archive.infolist(), limits)
        found = _sorted_out(archive)
        _must_be_classes(found, limits)
    except BaseException:
        archive.close()
        raise
    return found


def _opened(file: Path | BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        if directory_bytes(file) > limits.directory_bytes:
            raise _too_many(limits)
        return zipfile.ZipFile(file)
    except OSError as error:
        raise BadInput(
            _("The ZIP cannot be opened ({reason}); check its name and that you may read it.").format(
                reason=error.strerror or error
            )
        ) from error
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, NotImplementedError) as error:
        raise BadInput(
            _(
                "This is not a whole ZIP file: its list of files cannot be read. Pack the folder again and try once more."
            )
        ) from error


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """The limits and rules that the ZIP's directory tells of."""
    if len(entries) > limits.files:
        raise _too_many(limits)
    total = 0
    for entry in entries:
        path = _path(entry)
        if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
            raise BadInput(
                _(
                    "The ZIP holds '{path}', which points outside its own folder, so nothing was taken from it. Pack the folder "
                    "of pictures again."
                ).format(path=short(path))
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BadInput(
                _("The ZIP holds a link, '{path}', instead of a file. Pack the pictures themselves.").format(
                    path=short(path)
                )
            )
        if entry.flag_bits & _ENCRYPTED:
            raise BadInput(_("The ZIP is locked with a password. Pack the folder again without one."))
        if entry.compress_type not in _METHODS:
            raise BadInput(
                _("'{path}' is packed in a rare way. Pack the folder as an ordinary ZIP (method Deflate).").format(
                    path=short(path)
                )
            )
        if entry.file_size > limits.harmless_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise BadInput(
                _(
                    "'{path}' would unpack to more than {ratio} times its size, which no picture does; nothing was unpacked. "
                    "Take it out of the ZIP."
                ).format(path=short(path), ratio=limits.ratio)
            )
        total += entry.file_size
    if total > limits.unpacked_bytes:
        raise BadInput(
            _(
                "The ZIP would unpack to {size:.1f} GB, at most {most:.1f} GB are taken. Leave some pictures out."
            ).format(size=total / 1e9, most=limits.unpacked_bytes / 1e9)
        )


def _sorted_out(archive: zipfile.ZipFile) -> PictureArchive:
    """Every file has found its class or its reason to be skipped."""
    files: list[tuple[zipfile.ZipInfo, tuple[str, ...]]] = []
    folders: list[tuple[str, ...]] = []
    skipped: dict[str, list[str]] = {}
    for entry in archive.infolist():
        parts = _path(entry).strip("/").split("/")
        if any(part.startswith(".") or part.casefold() in _NEVER for part in parts):
            continue
        is_folder = _path(entry).endswith("/")
        folders.append(tuple(parts if is_folder else parts[:-1]))
        if not is_folder:
            ending = parts[-1].rpartition(".")[2].casefold() if "." in parts[-1] else ""
            if ending in _ENDINGS:
                files.append((entry, tuple(parts)))
            else:
                skipped.setdefault("not_picture", []).append("/".join(parts))
    top = _common([path[:-1] for _entry, path in files])
    roles = {_PARTS.get(path[len(top)].casefold()) for _entry, path in files if len(path) > len(top) + 2}
    by_part = {"train", "test"} <= roles
    pictures = []
    for entry, path in files:
        below = path[len(top) :]
        part: Part = (_PARTS.get(below[0].casefold()) if by_part and len(below) > 1 else None) or "any"
        inner = below[1:] if part != "any" else below
        if len(inner) < 2 or (by_part and part == "any"):
            skipped.setdefault("no_class", []).append("/".join(path))
            continue
        pictures.append(Picture("/".join(path), inner[0].strip(), part, entry))
    if top and not pictures and files:  # everything lies in one folder
        pictures = [Picture("/".join(path), top[-1], "any", entry) for entry, path in files]
        return PictureArchive(archive, pictures, [top[-1]], skipped)
    below_top = [folder[len(top) :] for folder in folders if folder[: len(top)] == top]
    if by_part:
        below_top = [folder[1:] for folder in below_top if folder and folder[0].casefold() in _PARTS]
    named = {folder[0].strip() for folder in below_top if folder}
    return PictureArchive(archive, pictures, sorted(named, key=natural), skipped)


def _must_be_classes(found: PictureArchive, limits: Limits) -> None:
    if not found.pictures:
        if any(name.filename.startswith("[Content_Types]") for name in found.archive.infolist()):
            raise BadInput(_("This is an Office file, not a ZIP of pictures. A table can be saved as CSV (UTF-8)."))
        loose = len(found.skipped.get("no_class", ()))
        raise BadInput(
            _("The ZIP holds {count} pictures but no folders of pictures. Make a folder for each class.").format(
                count=loose
            )
            if loose
            else _("The ZIP holds no pictures. Pack a folder for each class, with PNG or JPEG pictures in it.")
        )
    if len(found.classes) == 1:
        raise BadInput(
            _(
                "All pictures are in one folder, '{label}'. A network tells classes apart: add a folder for another."
            ).format(label=short(found.classes[0]))
        )
    if len(found.classes) > limits.classes:
        raise BadInput(
            _("The ZIP holds {count:,} folders, at most {most:,} classes are taken. Leave some out.").format(
                count=len(found.classes), most=limits.classes
            )
        )
    if long := [label for label in found.classes if len(label) > limits.label_characters]:
        raise BadInput(
            _("The folder name '{label}' is too long for a class: use at most {most} letters.").format(
                label=short(long[0]), most=limits.label_characters
            )
        )
    counts = Counter(picture.label for picture in found.pictures)
    if empty := [label for label in found.classes if not counts[label]]:
        raise BadInput(
            _("There is no picture in the folder {names}. Put at least {least} in, or delete the folder.").format(
                names=quoted(empty), least=limits.smallest_class
            )
        )
    must_be_enough(counts, limits)


def _common(folders: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The folders around all of them."""
    if not folders:
        return ()
    first, last = min(folders), max(folders)
    length = next((i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    return first[: min(length, len(last))]


def _path(entry: zipfile.ZipInfo) -> str:
    """The name in the ZIP with '/' between folders. Many packers write UTF-8 without saying so."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = "".join(sign if sign.isprintable() else "�" for sign in name)
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _too_many(limits: Limits) -> BadInput:
    return BadInput(
        _("The ZIP lists more than {most:,} files, which is the most that is taken. Leave some pictures out.").format(
            most=limits.files
        )
    )
