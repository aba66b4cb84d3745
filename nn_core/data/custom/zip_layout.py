"""Finds the images of a ZIP and their classes. Also makes a small example ZIP."""

import io
import random
import unicodedata
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from PIL import Image, ImageDraw

from nn_core.data.custom.validation import Limits, check_enough_samples, make_natural_key, quote_names, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "Picture",
    "PictureArchive",
    "SplitName",
    "check_classes",
    "decode_entry_path",
    "make_example_zip",
    "sort_entries",
]

SplitName = Literal["any", "train", "test"]

_EXTENSIONS = {"", "png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm", "pbm", "pnm"}
_IGNORED = {"__macosx", "thumbs.db", "desktop.ini"}
_SPLITS: dict[str, SplitName] = {
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
    """A file with the extension of an image.

    Attributes:
        path: in the ZIP.
        label: its class.
        split: given by a top folder such as `train`; `any` if there are no such folders.
        entry: the entry in the central directory.
    """

    path: str
    label: str
    split: SplitName
    entry: zipfile.ZipInfo


@dataclass(frozen=True)
class PictureArchive:
    """A ZIP of images.

    Attributes:
        archive: the open ZIP.
        pictures: the images.
        classes: the labels, sorted.
        skipped: paths of files that are not images or not in the folder of a class, by reason (see `metadata.SKIPPED`).
    """

    archive: zipfile.ZipFile
    pictures: list[Picture]
    classes: list[str]
    skipped: dict[str, list[str]] = field(default_factory=dict)


def sort_entries(archive: zipfile.ZipFile) -> PictureArchive:
    """Give each file a class or a reason to be skipped; see `zip_images.open_archive` for the rules."""
    files: list[tuple[zipfile.ZipInfo, tuple[str, ...]]] = []
    folders: list[tuple[str, ...]] = []
    skipped: dict[str, list[str]] = {}
    for entry in archive.infolist():
        names = decode_entry_path(entry).strip("/").split("/")
        if any(name.startswith(".") or name.casefold() in _IGNORED for name in names):
            continue
        is_folder = decode_entry_path(entry).endswith("/")
        folders.append(tuple(names if is_folder else names[:-1]))
        if not is_folder:
            extension = names[-1].rpartition(".")[2].casefold() if "." in names[-1] else ""
            if extension in _EXTENSIONS:
                files.append((entry, tuple(names)))
            else:
                skipped.setdefault("not_picture", []).append("/".join(names))
    columns = zip(*(path[:-1] for _entry, path in files), strict=False)
    top = tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, columns))  # around all files
    top_names = {_SPLITS.get(path[len(top)].casefold()) for _entry, path in files if len(path) > len(top) + 2}
    has_splits = {"train", "test"} <= top_names
    pictures = []
    for entry, path in files:
        below = path[len(top) :]
        split: SplitName = (_SPLITS.get(below[0].casefold()) if has_splits and len(below) > 1 else None) or "any"
        inner = below[1:] if split != "any" else below
        if len(inner) < 2 or (has_splits and split == "any"):
            skipped.setdefault("no_class", []).append("/".join(path))
            continue
        pictures.append(Picture("/".join(path), inner[0].strip(), split, entry))
    if top and not pictures and files:  # all files are in the same folder
        pictures = [Picture("/".join(path), top[-1], "any", entry) for entry, path in files]
        return PictureArchive(archive, pictures, [top[-1]], skipped)
    below_top = [folder[len(top) :] for folder in folders if folder[: len(top)] == top]
    if has_splits:
        below_top = [folder[1:] for folder in below_top if folder and folder[0].casefold() in _SPLITS]
    labels = {folder[0].strip() for folder in below_top if folder}
    return PictureArchive(archive, pictures, sorted(labels, key=make_natural_key), skipped)


def check_classes(images: PictureArchive, limits: Limits) -> None:
    """Raise BadInput unless there are at least two classes, with enough images each."""
    if not images.pictures:
        if any(entry.filename.startswith("[Content_Types]") for entry in images.archive.infolist()):
            raise BadInput(_("This is an Office file, not a ZIP of pictures. A table can be saved as CSV (UTF-8)."))
        count = len(images.skipped.get("no_class", ()))
        raise BadInput(
            _("The ZIP contains {count} pictures but no folders of pictures. Make a folder for each class.").format(
                count=count
            )
            if count
            else _("The ZIP contains no pictures. Make a folder for each class, with PNG or JPEG pictures in it.")
        )
    if len(images.classes) == 1:
        raise BadInput(
            _(
                "All pictures are in one folder, '{label}'. A network needs two classes: add a folder for another class."
            ).format(label=shorten(images.classes[0]))
        )
    if len(images.classes) > limits.classes:
        raise BadInput(
            _("The ZIP contains {count:,} folders, at most {most:,} classes are allowed. Leave some out.").format(
                count=len(images.classes), most=limits.classes
            )
        )
    if long := [label for label in images.classes if len(label) > limits.label_characters]:
        raise BadInput(
            _("The folder name '{label}' is too long for a class: use at most {most} characters.").format(
                label=shorten(long[0]), most=limits.label_characters
            )
        )
    counts = Counter(picture.label for picture in images.pictures)
    if empty := [label for label in images.classes if not counts[label]]:
        raise BadInput(
            _("There is no picture in the folder {names}. Add at least {least}, or delete the folder.").format(
                names=quote_names(empty), least=limits.smallest_class
            )
        )
    check_enough_samples(counts, limits)


def decode_entry_path(entry: zipfile.ZipInfo) -> str:
    """Return the path in the ZIP, with '/' between folders. Many programs write UTF-8 without setting its flag."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = "".join(character if character.isprintable() else "�" for character in name)
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


_COUNT = 30
_SIDE = 48
_COLOURS = ("#4f46e5", "#ea580c", "#0d9488", "#db2777", "#ca8a04")


def make_example_zip() -> bytes:
    """Make a ZIP with three folders (circles, squares, crosses) of 30 images each; always the same bytes."""
    generator = random.Random(0)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in ("circles", "squares", "crosses"):
            for number in range(1, _COUNT + 1):
                picture = io.BytesIO()
                _draw_shape(label, generator).save(picture, "PNG")
                # Without the current time, so that the bytes are always the same.
                archive.writestr(zipfile.ZipInfo(f"shapes/{label}/{number:02}.png"), picture.getvalue())
    return content.getvalue()


def _draw_shape(label: str, generator: random.Random) -> Image.Image:
    image = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(image)
    half = generator.randint(9, 17)
    x, y = generator.randint(half + 3, _SIDE - half - 4), generator.randint(half + 3, _SIDE - half - 4)
    colour, width = generator.choice(_COLOURS), generator.randint(2, 5)
    box = (x - half, y - half, x + half, y + half)
    if label == "circles":
        draw.ellipse(box, outline=colour, width=width)
    elif label == "squares":
        draw.rectangle(box, outline=colour, width=width)
    else:
        draw.line(box, fill=colour, width=width)
        draw.line((box[0], box[3], box[2], box[1]), fill=colour, width=width)
    return image
