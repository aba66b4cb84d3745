"""Names the format of a file that cannot be imported, and what to do about it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from nn_core.data.custom.archives.tar_source import is_tar
from nn_core.i18n import N_, _

__all__ = [
    "OTHER_PICTURES",
    "ForeignFormat",
    "describe_foreign",
    "identify_foreign",
    "identify_office",
    "identify_picture",
]


class ForeignFormat(NamedTuple):
    """The name of a format and the remedy, a sentence."""

    name: str
    remedy: str


_UNPACK = N_("Unpack it, and pack the folder of pictures as a ZIP.")
_PICTURES = N_("Save the pictures as JPEG or PNG.")
_HEIC = ForeignFormat(
    "HEIC",
    N_(
        "Save the pictures as JPEG; an iPhone takes JPEG with Settings › Camera › Formats › Most Compatible, and converts "
        "pictures that are sent by e-mail."
    ),
)
_AVIF = ForeignFormat("AVIF", _PICTURES)
_SIGNATURES: tuple[tuple[int, bytes, ForeignFormat], ...] = (
    (0, b"7z\xbc\xaf\x27\x1c", ForeignFormat("7z", _UNPACK)),
    (0, b"Rar!\x1a\x07", ForeignFormat("RAR", _UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", ForeignFormat("Zstandard", _UNPACK)),
    (0, b"MSCF", ForeignFormat("CAB", _UNPACK)),
    (0, b"LZIP", ForeignFormat("lzip", _UNPACK)),
    (0, b"\x04\x22\x4d\x18", ForeignFormat("LZ4", _UNPACK)),
    (2, b"-lh", ForeignFormat("LHA", _UNPACK)),
    (0, b"xar!", ForeignFormat("XAR", _UNPACK)),
    (0x8001, b"CD001", ForeignFormat("ISO", _UNPACK)),
    (
        0,
        b"%PDF",
        ForeignFormat("PDF", N_("Export its pages or pictures as PNG, and pack a folder for each class as a ZIP.")),
    ),
    (0, b"{\\rtf", ForeignFormat("RTF", N_("Save a table as CSV (UTF-8), and pack pictures as a ZIP."))),
    (0, b"\x89HDF\r\n\x1a\n", ForeignFormat("HDF5", N_("Save its pictures as PNG, in a folder for each class."))),
    (0, b"\x93NUMPY", ForeignFormat("NumPy", N_("Save its pictures as PNG, in a folder for each class."))),
    (
        0,
        b"PAR1",
        ForeignFormat("Parquet", N_("Save it as CSV (UTF-8), or its pictures as PNG in a folder for each class.")),
    ),
    (0, b"SQLite format 3\0", ForeignFormat("SQLite", N_("Export a table as CSV (UTF-8)."))),
    (
        0,
        b"version https://git-lfs",
        ForeignFormat(N_("Git LFS pointer"), N_("Fetch the file itself with git lfs pull.")),
    ),
    (
        0,
        b"MZ",
        ForeignFormat(N_("Windows program"), N_("Run it to unpack its pictures, and pack their folder as a ZIP.")),
    ),
)
_PICTURE_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
OTHER_PICTURES = {
    **dict.fromkeys(("heic", "heif", "hif"), _HEIC),
    "avif": _AVIF,
    **{
        extension: ForeignFormat(name, _PICTURES)
        for name, extensions in (
            ("JPEG XL", "jxl"),
            ("JPEG 2000", "jp2 j2k jpx"),
            ("SVG", "svg svgz"),
            ("Photoshop", "psd psb"),
            (N_("camera raw"), "raw dng cr2 cr3 nef arw orf rw2 raf pef srw"),
            ("DICOM", "dcm dicom"),
            ("EPS", "eps ai"),
            ("OpenEXR", "exr"),
            ("TGA", "tga"),
            ("ICO", "ico"),
            ("NumPy", "npy"),
            ("PDF", "pdf"),
        )
        for extension in extensions.split()
    },
}
"""Formats of pictures that cannot be read, by extension."""

_OFFICE = {"word/": "Word", "xl/": "Excel", "ppt/": "PowerPoint"}
_HEAD_BYTES = 0x8010
_DMG_TRAILER_BYTES = 512


def identify_picture(head: bytes) -> ForeignFormat | None:
    """Return the format of a picture that cannot be read, by its first bytes; its extension may be that of another."""
    if head[4:8] == b"ftyp":
        brands = {head[8:12], *(head[start : start + 4] for start in range(16, min(len(head), 64), 4))}
        if brands & {b"avif", b"avis"}:
            return _AVIF
        if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
            return _HEIC
    if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return ForeignFormat("JPEG XL", _PICTURES)
    if head.startswith(b"\0\0\0\x0cjP  "):
        return ForeignFormat("JPEG 2000", _PICTURES)
    if head.startswith(b"8BPS"):
        return ForeignFormat("Photoshop", _PICTURES)
    if head[128:132] == b"DICM":
        return ForeignFormat("DICOM", _PICTURES)
    if b"<svg" in head[:1000].lower():
        return ForeignFormat("SVG", _PICTURES)
    return None


def identify_office(paths: Iterable[str]) -> ForeignFormat | None:
    """Return the kind of a ZIP that an office program or NumPy wrote, by the paths in it."""
    paths = list(paths)
    if any(path.startswith("[Content_Types]") for path in paths):
        name = next(
            (name for start, name in _OFFICE.items() if any(path.startswith(start) for path in paths)), "Office"
        )
        return ForeignFormat(name, N_("Save a table as CSV (UTF-8), and pack pictures as a ZIP of folders."))
    if {"mimetype", "content.xml"} <= set(paths):
        return ForeignFormat("OpenDocument", N_("Save a table as CSV (UTF-8), and pack pictures as a ZIP of folders."))
    if paths and all(path.endswith(".npy") for path in paths):
        return ForeignFormat("NumPy (npz)", N_("Save its pictures as PNG, in a folder for each class."))
    if "META-INF/MANIFEST.MF" in paths or "AndroidManifest.xml" in paths:
        return ForeignFormat(N_("program (JAR or APK)"), N_("Choose a ZIP of pictures instead."))
    return None


def identify_foreign(stream: BinaryIO, name: str) -> ForeignFormat | None:
    """Return the format of a file that is neither a ZIP, a tar archive nor a table, by its content and then by its name."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _DMG_TRAILER_BYTES))
    is_dmg = stream.read(4) == b"koly"
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    if is_dmg:
        return ForeignFormat("DMG", _UNPACK)
    found = next((each for start, magic, each in _SIGNATURES if head[start : start + len(magic)] == magic), None)
    if found or (found := identify_picture(head)):
        return found
    if head[4:8] == b"ftyp" or head.startswith(b"\x1aE\xdf\xa3") or (head.startswith(b"RIFF") and head[8:11] == b"AVI"):
        return ForeignFormat(N_("video"), N_("Save single frames as PNG, in a folder for each class."))
    if picture := next((name for magic, name in _PICTURE_SIGNATURES if head.startswith(magic)), ""):
        return ForeignFormat(
            picture, N_("This is one picture: put many into a folder for each class, and pack them as a ZIP.")
        )
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ForeignFormat(
            "WebP", N_("This is one picture: put many into a folder for each class, and pack them as a ZIP.")
        )
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")) and not is_tar(stream):
        kind = {0x1F: "gzip", 0x42: "bzip2"}.get(head[0], "xz")
        return ForeignFormat(
            kind,
            N_(
                "It holds a single file and no folder: unpack it and import what is inside, or pack the folder as a ZIP."
            ),
        )
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return ForeignFormat("HTML", N_("This is a web page, perhaps of a failed download: download the file again."))
    return _identify_name(name)


def _identify_name(name: str) -> ForeignFormat | None:
    """For files whose content is damaged or encrypted."""
    extension = PurePosixPath(name.lower()).suffix.removeprefix(".")
    if extension in OTHER_PICTURES:
        return OTHER_PICTURES[extension]
    archives = {"7z": "7z", "rar": "RAR", "dmg": "DMG", "zst": "Zstandard", "iso": "ISO"}
    if extension in archives:
        return ForeignFormat(archives[extension], _UNPACK)
    if (extension.isdigit() and len(extension) == 3) or (extension[:1] in "zr" and extension[1:].isdigit()):
        return ForeignFormat(
            N_("a part of a divided archive"),
            N_("Unpack all parts together, and pack the folder of pictures as one ZIP."),
        )
    return None


def describe_foreign(name: str, found: ForeignFormat) -> str:
    """Return the sentence for a file: its format, the rule and the remedy."""
    return _("'{name}' is in the format {format}, which cannot be imported. {remedy}").format(
        name=Path(name).name, format=_(found.name), remedy=_(found.remedy)
    )
