"""The layout of a ZIP of pictures: which files are pictures, and their classes. Also makes a small example ZIP."""

import io
import random
import unicodedata
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image, ImageDraw

from nn_core.data.custom.validation import Limits, check_enough_samples, make_natural_key, quote_names, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "Part",
    "Picture",
    "PictureArchive",
    "check_classes",
    "decode_entry_path",
    "make_example_zip",
    "sort_entries",
]

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


def sort_entries(archive: zipfile.ZipFile) -> PictureArchive:
    """Every file has found its class or its reason to be skipped; see `archive.open_archive` for the rules."""
    files: list[tuple[zipfile.ZipInfo, tuple[str, ...]]] = []
    folders: list[tuple[str, ...]] = []
    skipped: dict[str, list[str]] = {}
    for entry in archive.infolist():
        parts = decode_entry_path(entry).strip("/").split("/")
        if any(part.startswith(".") or part.casefold() in _NEVER for part in parts):
            continue
        is_folder = decode_entry_path(entry).endswith("/")
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
    return PictureArchive(archive, pictures, sorted(named, key=make_natural_key), skipped)


def check_classes(found: PictureArchive, limits: Limits) -> None:
    """Raises BadInput unless there are two classes or more, and enough pictures of each."""
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
            ).format(label=shorten(found.classes[0]))
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
                label=shorten(long[0]), most=limits.label_characters
            )
        )
    counts = Counter(picture.label for picture in found.pictures)
    if empty := [label for label in found.classes if not counts[label]]:
        raise BadInput(
            _("There is no picture in the folder {names}. Put at least {least} in, or delete the folder.").format(
                names=quote_names(empty), least=limits.smallest_class
            )
        )
    check_enough_samples(counts, limits)


def _common(folders: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The folders around all of them."""
    if not folders:
        return ()
    first, last = min(folders), max(folders)
    length = next((i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    return first[: min(length, len(last))]


def decode_entry_path(entry: zipfile.ZipInfo) -> str:
    """The name in the ZIP with '/' between folders. Many packers write UTF-8 without saying so."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = "".join(sign if sign.isprintable() else "�" for sign in name)
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


_COUNT = 30
_SIDE = 48
_COLOURS = ("#4f46e5", "#ea580c", "#0d9488", "#db2777", "#ca8a04")


def make_example_zip() -> bytes:
    """Three folders (circles, squares, crosses) of 30 drawings each; always the same ones."""
    lot = random.Random(0)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in ("circles", "squares", "crosses"):
            for number in range(1, _COUNT + 1):
                picture = io.BytesIO()
                _drawing(label, lot).save(picture, "PNG")
                # Not the time of now, so that the same bytes come out every time.
                archive.writestr(zipfile.ZipInfo(f"shapes/{label}/{number:02}.png"), picture.getvalue())
    return content.getvalue()


def _drawing(label: str, lot: random.Random) -> Image.Image:
    image = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(image)
    half = lot.randint(9, 17)
    x, y = lot.randint(half + 3, _SIDE - half - 4), lot.randint(half + 3, _SIDE - half - 4)
    colour, width = lot.choice(_COLOURS), lot.randint(2, 5)
    box = (x - half, y - half, x + half, y + half)
    if label == "circles":
        draw.ellipse(box, outline=colour, width=width)
    elif label == "squares":
        draw.rectangle(box, outline=colour, width=width)
    else:
        draw.line(box, fill=colour, width=width)
        draw.line((box[0], box[3], box[2], box[1]), fill=colour, width=width)
    return image
