"""How much a file that comes from outside may ask of this machine."""

from dataclasses import dataclass

__all__ = ["LIMITS", "Limits"]


@dataclass(frozen=True)
class Limits:
    """Of a ZIP of pictures, read from its directory before anything is unpacked; and of a CSV.

    directory_bytes: of the list of files in the ZIP itself, which is read into memory.
    unpacked_bytes, file_bytes: of all files together and of one.
    ratio: how many times larger than packed a file may be, where it is larger than `harmless_bytes`.
    pixels: of one picture, read from its header before it is decoded.
    """

    files: int = 200_000
    directory_bytes: int = 50_000_000
    unpacked_bytes: int = 20_000_000_000
    file_bytes: int = 50_000_000
    ratio: int = 200
    harmless_bytes: int = 1_000_000
    pixels: int = 64_000_000
    classes: int = 1000
    smallest_class: int = 5
    label_characters: int = 100
    table_bytes: int = 200_000_000
    rows: int = 1_000_000
    cell_characters: int = 100_000
    row_characters: int = 1_000_000


LIMITS = Limits()
