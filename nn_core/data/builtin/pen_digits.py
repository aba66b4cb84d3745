"""`pen_digits`: 7,494 digits written with a pen on a tablet by 30 people, rasterized like drawings on the Draw page.

Source: Alpaydin & Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI Machine Learning Repository, 1996, CC BY 4.0.
The writers are not recorded and the digits are shuffled, so the same people wrote the training and the test digits.

`mnist_and_pen` and `mnist_and_pen_styles` combine MNIST and pen digits, for networks that read digits from both paper and tablets.
The second adds writing styles that are rare among the pen digits, such as a slash through the zero. It is a separate data set, so
that a run on the first resumes with exactly the data that it started with. The test split of both is MNIST's.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from nn_core import drawings
from nn_core.atomic_io import replace_file
from nn_core.data.builtin.mnist import MNIST
from nn_core.data.dataset import DatasetSpec, Split, join_splits
from nn_core.drawings import Drawing
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = [
    "MNIST_AND_PEN",
    "MNIST_AND_PEN_STYLES",
    "PEN_DIGITS",
    "get_styles_file",
    "get_variant_file",
    "load_pen_split",
    "load_styles_split",
    "read_pen_drawings",
    "read_pen_test_drawings",
]

_FILE = Path(__file__).with_suffix(".jsonl.gz")
_BOX = 500  # side of the tablet, in the unit of the strokes
_PEN_WIDTH = 18
_TEST_COUNT = 1_494  # the last ones
_STYLES_SEED = 100  # different from those of the variants


def read_pen_drawings(file: Path = _FILE) -> Iterator[tuple[Drawing, int]]:
    """Yield each drawing with its digit. `file` may be another file of the same format."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(_parse_drawing, lines)


def _parse_drawing(line: str) -> tuple[Drawing, int]:
    content = json.loads(line)
    drawing = Drawing.from_object({"size": _BOX, "pen_width": _PEN_WIDTH, "strokes": content["strokes"]})
    return drawing, int(content["label"])


@cache
def read_pen_test_drawings(each: int = 20) -> dict[str, list[Drawing]]:
    """Return this many example drawings of each digit, by label, from the test split."""
    examples: dict[str, list[Drawing]] = {label: [] for label in PEN_DIGITS.classes}
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        for drawing, digit in map(_parse_drawing, deque(lines, maxlen=_TEST_COUNT)):
            if len(examples[str(digit)]) < each:
                examples[str(digit)].append(drawing)
    return examples


def load_pen_split(folder: Path, variant: int = 0) -> Split:
    """Return all drawings as images: unchanged (variant 0), or each varied at random (other variants).

    Rasterizing them takes some seconds, so the images are stored in the data folder.
    """
    import numpy as np

    from nn_core.drawings.writing_styles import vary_drawing

    def versions() -> Iterator[tuple[Drawing, int, int]]:
        for number, (drawing, label) in enumerate(read_pen_drawings()):
            version = vary_drawing(drawing, np.random.default_rng((variant, number))) if variant else drawing
            yield version, label, number

    return replace(_load_or_rasterize(get_variant_file(folder, variant), versions), group_ids=None)


def load_styles_split(folder: Path) -> Split:
    """Return the drawings with an added writing style (`ADDED_STYLES`), each varied as well.

    Returns:
        The images; their group ids are the indices of the original drawings, counted as in `load_pen_split`.
    """
    import numpy as np

    from nn_core.drawings.writing_styles import ADDED_STYLES, vary_drawing

    def versions() -> Iterator[tuple[Drawing, int, int]]:
        for number, (drawing, label) in enumerate(read_pen_drawings()):
            for which, add_style in enumerate(ADDED_STYLES.get(label, ())):
                random = np.random.default_rng((_STYLES_SEED, which, number))
                yield vary_drawing(add_style(drawing, random), random), label, number

    return _load_or_rasterize(get_styles_file(folder), versions)


def _load_or_rasterize(file: Path, versions: Callable[[], Iterator[tuple[Drawing, int, int]]]) -> Split:
    """Load the images from the file; if that fails, rasterize the versions (drawing, label, index of the original) and store them."""
    import numpy as np
    import torch

    from nn_core.drawings.preprocess import prepare_drawing

    with suppress(OSError, ValueError, KeyError, BadZipFile), np.load(file) as arrays:
        group_ids = torch.from_numpy(arrays["numbers"]) if "numbers" in arrays else None
        return Split(torch.from_numpy(arrays["pictures"]), torch.from_numpy(arrays["labels"]), group_ids=group_ids)
    prepared = [
        (picture, digit, number)
        for drawing, digit, number in versions()
        if (picture := prepare_drawing(drawing)) is not None
    ]
    pictures, labels, numbers = map(np.array, zip(*prepared, strict=True))
    with suppress(OSError):  # on a full disk they are rasterized again each time
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, lambda stream: np.savez(stream, pictures=pictures, labels=labels, numbers=numbers))
    return Split(torch.from_numpy(pictures), torch.from_numpy(labels), group_ids=torch.from_numpy(numbers))


def get_variant_file(folder: Path, variant: int) -> Path:
    """Return the file with the images of a variant."""
    return folder / "pen_digits" / f"drawn-{_compute_code_checksum():08x}-{variant}.npz"


def get_styles_file(folder: Path) -> Path:
    """Return the file with the images with added styles."""
    return folder / "pen_digits" / f"styles-{_compute_code_checksum():08x}.npz"


@cache
def _compute_code_checksum() -> int:
    """Return a checksum of the code that draws the images. With other code, they get other file names and are drawn again."""
    folder = Path(drawings.__file__).parent
    return zlib.crc32(b"".join((folder / module).read_bytes() for module in ("rasterize.py", "writing_styles.py")))


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    digits = load_pen_split(folder)
    return (
        Split(digits.inputs[:-_TEST_COUNT], digits.labels[:-_TEST_COUNT]),
        Split(digits.inputs[-_TEST_COUNT:], digits.labels[-_TEST_COUNT:]),
    )


PEN_DIGITS = DatasetSpec(
    name="pen_digits",
    licence="CC BY 4.0",
    title=N_("Pen digits (7,494 drawn on a tablet)"),
    about=N_(
        "Digits that 30 people drew with a pen, as you do on the Draw page: 6,000 for training, 1,494 for the test, by the same "
        "people. They come with NN Lab, so no download is needed."
    ),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1132,),
    std=(0.2715,),
    is_line_drawing=True,
    read=_read,
    train_counts=lambda settings: (628, 630, 627, 570, 612, 581, 581, 610, 580, 581),
)


_VARIANTS = 4
"""Versions of each drawing: unchanged, and three varied ones, because thirty people have few writing styles."""


def _combine_with_mnist(name: str, title: str, about: str, *, with_styles: bool) -> DatasetSpec:
    """MNIST and all variants of the pen digits, with the added writing styles or without."""

    def list_files(folder: Path) -> list[Path]:
        styles = [get_styles_file(folder)] if with_styles else []
        return [get_variant_file(folder, variant) for variant in range(_VARIANTS)] + styles

    def load_drawn(folder: Path) -> list[Split]:
        import torch

        variants = [load_pen_split(folder, variant) for variant in range(_VARIANTS)]
        styles = [load_styles_split(folder)] if with_styles else []
        return [replace(split, group_ids=torch.arange(len(split))) for split in variants] + styles

    def read(folder: Path, settings: DataSettings) -> tuple[Split, Split]:
        import torch

        train, test = MNIST.read(folder, settings)
        drawn = load_drawn(folder)
        # The versions of a drawing are all for training or all held out.
        drawn_ids = [split.group_ids + len(train) for split in drawn if split.group_ids is not None]
        group_ids = torch.cat([torch.arange(len(train)), *drawn_ids])
        return replace(join_splits([train, *drawn]), group_ids=group_ids), test

    def get_drawn_fraction(folder: Path) -> float:
        files = list_files(folder)
        return sum(file.exists() for file in files) / len(files)

    def download(folder: Path) -> None:
        MNIST.download(folder)
        load_drawn(folder)

    return replace(
        MNIST,
        name=name,
        title=title,
        about=about,
        licence=N_("CC BY-SA 3.0 (MNIST), CC BY 4.0 (pen digits)"),
        read=read,
        is_present=lambda folder: MNIST.is_present(folder) and get_drawn_fraction(folder) == 1,
        download=download,
        download_fraction=lambda folder: (MNIST.download_fraction(folder) + get_drawn_fraction(folder)) / 2,
        train_counts=lambda settings: (),
    )


MNIST_AND_PEN = _combine_with_mnist(
    "mnist_and_pen",
    N_("MNIST and pen digits (77,494)"),
    N_(
        "For training, MNIST's 60,000 digits from paper and 7,494 digits drawn with a pen on a tablet, each in four versions; for "
        "the test, MNIST's 10,000. Good for recognising drawings. An 11 MB download, and half a minute to draw the digits."
    ),
    with_styles=False,
)

MNIST_AND_PEN_STYLES = _combine_with_mnist(
    "mnist_and_pen_styles",
    N_("MNIST and pen digits, more writing styles (77,494)"),
    N_(
        "The digits of mnist_and_pen and more versions of two: each of the 780 pen-drawn zeros three times with a slash through "
        "it, each of the 779 ones with another flag. pretrained-digits was trained on it. An 11 MB download, and half a minute to "
        "draw the digits."
    ),
    with_styles=True,
)
