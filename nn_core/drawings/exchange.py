"""Files with the user's drawings, to keep them or to take them to another NN Lab: JSON Lines of strokes, or a ZIP of PNG pictures.

A line is what `python -m nn_core predict RUN --drawings FILE` reads, with a `label` if the user gave one, and a `name` if it is
pinned. A PNG contains this line in its text block `nn-lab-drawing`, because strokes cannot be recovered exactly from pixels.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, PngImagePlugin

from nn_core.drawings.corrections import (
    MAX_CORRECTIONS,
    Correction,
    get_corrections_file,
    read_corrections,
    store_corrections,
)
from nn_core.drawings.pins import MAX_PINS, Pin, read_pins, store_pins
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput, BadPicture
from nn_core.i18n import _
from nn_core.zip_safety import read_central_directory

__all__ = ["ImportedDrawings", "SharedDrawing", "pack_lines", "pack_pictures", "read_shared", "store_shared"]

SharedDrawing = Drawing | Correction | Pin
"""A drawing without a label, which is the one on the canvas; a labelled one to train on; a pinned one."""

MAX_FILE_BYTES = 50_000_000
MAX_LINE_BYTES = 1_000_000
MAX_PICTURE_BYTES = 5_000_000
MAX_DRAWINGS = MAX_CORRECTIONS + MAX_PINS + 1  # what one NN Lab can have
MAX_ENTRIES = 2 * MAX_DRAWINGS  # of a ZIP, with folders and the files that macOS adds
MAX_DIRECTORY_BYTES = 1_000_000
_TEXT_BLOCK = "nn-lab-drawing"
_SIDE = 280  # pixels of a picture
_WITHOUT_LABEL = "unlabelled"  # the folder of drawings without a label, which the import of data sets leaves out


@dataclass(frozen=True)
class ImportedDrawings:
    """What an import stored.

    Attributes:
        labelled: the number of new labelled drawings.
        pinned: the number of new pinned drawings.
        duplicates: the number of drawings that were there already.
        unlabelled: the drawing for the canvas, if the file has one.
    """

    labelled: int
    pinned: int
    duplicates: int
    unlabelled: Drawing | None = None


def pack_lines(drawings: Iterable[SharedDrawing]) -> bytes:
    """Return JSON Lines that `read_shared` reads."""
    return b"".join(_write_line(each).encode() + b"\n" for each in drawings)


def pack_pictures(drawings: Iterable[SharedDrawing]) -> bytes:
    """Return a ZIP of PNG pictures, white on black, in a folder for each label; the same drawings always give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, each in enumerate(drawings, start=1):
            label = _WITHOUT_LABEL if isinstance(each, Drawing) else each.label
            folder = re.sub(r"[^\w -]", "_", label)[:40].strip() or "_"
            # Without the current time, so that the bytes are always the same.
            entry = zipfile.ZipInfo(f"{folder}/{number:04}.png")
            archive.writestr(entry, _draw_picture(each), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def read_shared(content: bytes, name: str) -> list[SharedDrawing]:
    """Read the drawings of a file of either kind, all or none.

    Args:
        content: of the file.
        name: what errors call it.

    Raises:
        BadInput: the file is invalid; the sentence says where.
    """
    if len(content) > MAX_FILE_BYTES:
        raise BadInput(
            _("'{file}' has {size:.0f} MB, but at most {most:.0f} MB are allowed; split it into several files.").format(
                file=name, size=len(content) / 1e6, most=MAX_FILE_BYTES / 1e6
            )
        )
    places = _find_pictures(content, name) if content.startswith(b"PK") else _find_lines(content, name)
    drawings: list[SharedDrawing] = []
    unlabelled = ""
    for place, line in places:
        try:
            drawing = _parse_line(line)
            if isinstance(drawing, Drawing) and unlabelled:
                raise BadPicture(
                    _(
                        "The drawing has no label, and neither has {other}, but the canvas takes only one; add the class, such as "
                        '"label": "7".'
                    ).format(other=unlabelled)
                )
            if len(drawings) == MAX_DRAWINGS:
                raise BadPicture(
                    _("There are more than {most:,} drawings, which is the maximum; split the file.").format(
                        most=MAX_DRAWINGS
                    )
                )
        except BadInput as error:
            raise BadPicture(_("{file}, {place}: {error}").format(file=name, place=place, error=error)) from error
        unlabelled = place if isinstance(drawing, Drawing) else unlabelled
        drawings.append(drawing)
    if not drawings:
        raise BadInput(
            _("'{file}' contains no drawings; choose a file that NN Lab exported: JSON Lines, or a ZIP of PNG.").format(
                file=name
            )
        )
    return drawings


def store_shared(drawings: Sequence[SharedDrawing], data_folder: Path) -> ImportedDrawings:
    """Store the drawings that are not there already.

    Raises:
        BadInput: there would be too many drawings or pins; nothing is stored.
        StorageFailed: a file cannot be written.
    """
    file = get_corrections_file(data_folder)
    corrections = {(each.label, each.drawing): None for each in read_corrections(file)}
    pins = {(each.name, each.label, each.drawing): each.id for each in read_pins(data_folder)}
    new_corrections: list[Correction] = []
    new_pins: list[Pin] = []
    unlabelled = None
    for each in drawings:
        if isinstance(each, Drawing):
            unlabelled = each
        elif isinstance(each, Correction) and (each.label, each.drawing) not in corrections:
            corrections[each.label, each.drawing] = None
            new_corrections.append(each)
        elif isinstance(each, Pin) and (each.name, each.label, each.drawing) not in pins:
            identity = each.id if each.id not in pins.values() else secrets.token_hex(4)
            pins[each.name, each.label, each.drawing] = identity
            new_pins.append(Pin(identity, each.name, each.label, each.drawing))
    if len(pins) > MAX_PINS:
        raise BadInput(
            _(
                "With this file, {count} drawings would be pinned, but at most {most} are allowed; unpin some, or remove lines "
                'with a "name".'
            ).format(count=len(pins), most=MAX_PINS)
        )
    if new_corrections:
        store_corrections(new_corrections, file)
    if new_pins:
        store_pins(data_folder, new_pins)
    stored = len(new_corrections) + len(new_pins) + (unlabelled is not None)
    return ImportedDrawings(len(new_corrections), len(new_pins), len(drawings) - stored, unlabelled)


def _write_line(drawing: SharedDrawing) -> str:
    if isinstance(drawing, Pin):
        return json.dumps(drawing.to_object(), ensure_ascii=False)
    return drawing.to_json()


def _parse_line(line: bytes) -> SharedDrawing:
    """Raises BadInput."""
    if len(line) > MAX_LINE_BYTES:
        raise BadPicture(
            _("The drawing has {size:.1f} MB, but at most {most:.0f} MB are allowed; leave out points.").format(
                size=len(line) / 1e6, most=MAX_LINE_BYTES / 1e6
            )
        )
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPicture(_("This is no UTF-8 text; save the file as UTF-8.")) from error
    drawing = Drawing.from_json(text)
    content: dict[str, object] = json.loads(text)
    if "name" in content:
        return Pin.from_object({"id": secrets.token_hex(4), **content})
    if "label" in content:
        return Correction.from_json(text)
    if drawing.is_empty:
        raise BadPicture(_("The drawing has no strokes; leave its line out."))
    return drawing


def _find_lines(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if b"\0" in content[:1000]:
        raise BadInput(
            _(
                "'{file}' is neither text nor a ZIP; choose a file that NN Lab exported: JSON Lines, or a ZIP of PNG."
            ).format(file=name)
        )
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield _("line {number}").format(number=number), line.strip()


def _find_pictures(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the path of each PNG of a ZIP with the line in it. Raises BadInput before anything is unpacked, if the ZIP is dangerous."""
    damaged = BadInput(_("'{file}' is a damaged ZIP; export the drawings again.").format(file=name))
    try:
        directory = read_central_directory(io.BytesIO(content))
        if directory.files > MAX_ENTRIES or directory.size > MAX_DIRECTORY_BYTES:
            raise BadInput(
                _(
                    "'{file}' lists {count:,} files, but at most {most:,} are allowed; split it into several ZIPs."
                ).format(file=name, count=directory.files, most=MAX_ENTRIES)
            )
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise damaged from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_hidden(entry.filename)]
    _check_entries(entries, name)
    for entry in entries:
        try:
            picture = archive.read(entry)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
            raise damaged from error
        yield f"'{entry.filename[:100]}'", _read_text_block(picture, entry.filename[:100], name)


def _is_hidden(path: str) -> bool:
    """Whether it is a file that macOS adds."""
    return path.startswith("__MACOSX/") or path.rpartition("/")[2].startswith(".")


def _check_entries(entries: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Raise BadInput for an entry that an export never has."""
    seen: set[str] = set()
    for entry in entries:
        reason = ""
        if entry.flag_bits & 1:
            reason = _("is encrypted; pack it without a password")
        elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            reason = _("is compressed with a rare method; pack it as an ordinary ZIP")
        elif entry.file_size > MAX_PICTURE_BYTES:
            reason = _("has {size:.1f} MB unpacked, but at most {most:.0f} MB are allowed; leave it out").format(
                size=entry.file_size / 1e6, most=MAX_PICTURE_BYTES / 1e6
            )
        elif entry.filename.startswith("/") or ".." in entry.filename.split("/"):
            reason = _("leaves the folder; export the drawings again")
        elif not entry.filename.lower().endswith(".png"):
            reason = _("is no PNG; leave it out")
        elif entry.filename in seen:
            reason = _("is there twice; leave one out")
        seen.add(entry.filename)
        if reason:
            raise BadInput(_("{file}: '{path}' {reason}.").format(file=name, path=entry.filename[:100], reason=reason))


def _draw_picture(drawing: SharedDrawing) -> bytes:
    strokes = drawing if isinstance(drawing, Drawing) else drawing.drawing
    scale = _SIDE / strokes.size
    width = max(1, round(strokes.pen_width * scale))
    image = Image.new("L", (_SIDE, _SIDE))
    pen = ImageDraw.Draw(image)
    for stroke in strokes.strokes:
        points = [(x * scale, y * scale) for x, y in stroke]
        pen.line(points, fill=255, width=width, joint="curve")
        for x, y in (points[:1] + points[-1:]) if points else []:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    text = PngImagePlugin.PngInfo()
    text.add_itxt(_TEXT_BLOCK, _write_line(drawing))
    content = io.BytesIO()
    image.save(content, "PNG", pnginfo=text)
    return content.getvalue()


def _read_text_block(picture: bytes, path: str, name: str) -> bytes:
    """Return the line in a PNG; its pixels are not decoded."""
    try:
        with Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
            line = image.info.get(_TEXT_BLOCK)
    except Exception as error:  # Pillow raises many kinds of errors for damaged files
        raise BadInput(_("{file}: '{path}' is no readable PNG; leave it out.").format(file=name, path=path)) from error
    if not isinstance(line, str):
        raise BadInput(
            _(
                "{file}: '{path}' has no strokes in it, so it was not exported by NN Lab; pictures from elsewhere can become a data "
                "set on the Data page."
            ).format(file=name, path=path)
        )
    return line.encode("utf-8", "replace")
