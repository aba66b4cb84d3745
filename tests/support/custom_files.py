"""Images and tables of a user, and the custom data sets made of them."""

import io
import itertools
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nn_core.data import DataSettings, Split
from nn_core.data.custom import LIMITS, Limits, read_custom_spec
from nn_core.data.custom.metadata import CustomDataset
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.custom.table_import import make_table_dataset
from nn_core.errors import BadInput

__all__ = [
    "COLOURS",
    "classes",
    "drawing",
    "eighty_six_pictures",
    "encoded",
    "greetings",
    "made",
    "made_of",
    "refused_pictures",
    "splits",
    "table",
    "uneven_pictures",
    "zipped",
]

_NUMBERS = itertools.count()
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 230)}


def drawing(colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> bytes:
    """A PNG in about that colour, unlike every other."""
    lot = np.random.default_rng(next(_NUMBERS))
    shades = np.clip(np.array(colour) + lot.integers(-40, 40, (*size[::-1], 3)), 0, 255)
    return encoded(Image.fromarray(shades.astype(np.uint8)))


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def classes(count: int = 8, names: Iterable[str] = COLOURS, above: str = "") -> dict[str, bytes]:
    """`count` pictures in a folder for each class."""
    return {
        f"{above}{name}/{i}.png": drawing(list(COLOURS.values())[n % 3])
        for n, name in enumerate(names)
        for i in range(count)
    }


def zipped(files: Mapping[str, bytes], folders: Iterable[str] = ()) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            archive.writestr(zipfile.ZipInfo(folder), b"")
        for name, content in files.items():
            archive.writestr(name, content)
    return stream


def made(files: Mapping[str, bytes], folder: Path, **options: object) -> CustomDataset:
    return make_picture_dataset(zipped(files), "Colours", folder, **options)  # type: ignore[arg-type]


def refused_pictures(files: Mapping[str, bytes] | io.BytesIO, folder: Path, limits: Limits = LIMITS) -> str:
    """The sentence about an archive that is not imported; nothing has been left behind."""
    content = files if isinstance(files, io.BytesIO) else zipped(files)
    with pytest.raises(BadInput) as refused:
        make_picture_dataset(content, "Colours", folder, limits=limits)
    assert not list(folder.glob("own/*")), "nothing is left of a data set that was refused"
    assert not list(folder.glob("own/.*"))
    return str(refused.value)


def splits(name: str, folder: Path, budget: int | None = None) -> tuple[Split, Split]:
    return read_custom_spec(name, folder, budget=budget).read(folder, DataSettings(name=name))


def table(rows: Iterable[tuple[str, str]], delimiter: str = ",") -> bytes:
    return "".join(f"{text}{delimiter}{label}\n" for text, label in rows).encode()


def greetings(count: int = 10) -> list[tuple[str, str]]:
    return [(f"hello friend {i}", "english") for i in range(count)] + [
        (f"guten Tag {i}", "deutsch") for i in range(count)
    ]


def made_of(content: bytes, folder: Path, name: str = "Greetings", **options: object) -> CustomDataset:
    return make_table_dataset(io.BytesIO(content), name, folder, **options)  # type: ignore[arg-type]


def eighty_six_pictures(folder: Path) -> CustomDataset:
    """86 pictures of two colours."""
    return made(classes(43, ("red", "green")), folder, side=28, colour=True)


def uneven_pictures(folder: Path) -> CustomDataset:
    """60 red pictures and 8 green ones."""
    files = classes(60, ("red", "green"))
    few = {
        name: picture for name, picture in files.items() if not name.startswith("green/") or int(Path(name).stem) < 8
    }
    return made(few, folder, side=28, colour=True)
