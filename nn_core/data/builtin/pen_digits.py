"""`pen_digits`: 7,494 digits written with a pen on a tablet by 30 people, rasterized like drawings on the Draw page.

Source: Alpaydin & Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI Machine Learning Repository, 1996, CC BY 4.0.
The writers are not recorded and the digits are shuffled, so the same people wrote the training and the test digits.

`mnist_and_pen` and `mnist_and_pen_styles` join MNIST and pen digits, for networks that read both paper and tablets. The second adds
writing styles that are rare among the pen digits, such as a slash through the zero. It is a data set of its own, so that a run on the
first resumes with exactly the data that it started with. The test split of both is MNIST's.
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
from nn_core.data.dataset import DatasetSpec, Split
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
_BOX = 500  # the tablet's, in the unit of the strokes
_PEN_WIDTH = 18
_TEST = 1_494  # the last ones
_STYLES_SEED = 100  # apart from those of the variants


def read_pen_drawings(file: Path = _FILE) -> Iterator[tuple[Drawing, int]]:
    """Each drawing with the digit that it was meant to be. `file`: another one of the same form."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(_drawing, lines)


def _drawing(line: str) -> tuple[Drawing, int]:
    content = json.loads(line)
    drawing = Drawing.from_object({"size": _BOX, "pen_width": _PEN_WIDTH, "strokes": content["strokes"]})
    return drawing, int(content["label"])


@cache
def read_pen_test_drawings(each: int = 20) -> dict[str, list[Drawing]]:
    """This many drawings of each digit, from the test split: to start from one instead of drawing."""
    found: dict[str, list[Drawing]] = {label: [] for label in PEN_DIGITS.classes}
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        for drawing, digit in map(_drawing, deque(lines, maxlen=_TEST)):
            if len(found[str(digit)]) < each:
                found[str(digit)].append(drawing)
    return found


def load_pen_split(folder: Path, variant: int = 0) -> Split:
    """All of them, as pictures: as they were drawn (0), or each varied in one way for every further number. Drawing them
    takes some seconds, so the pictures are kept in the data folder."""
    import numpy as np

    from nn_core.drawings.writing_styles import vary_drawing

    def versions() -> Iterator[tuple[Drawing, int, int]]:
        for number, (drawing, label) in enumerate(read_pen_drawings()):
            version = vary_drawing(drawing, np.random.default_rng((variant, number))) if variant else drawing
            yield version, label, number

    return replace(_kept_or_drawn(get_variant_file(folder, variant), versions), origins=None)


def load_styles_split(folder: Path) -> Split:
    """The drawings that get a writing style added (`ADDED_STYLES`), each varied as well.

    Returns:
        The pictures; their origins are the numbers of the drawings they were made from, counted as in `load_pen_split`.
    """
    import numpy as np

    from nn_core.drawings.writing_styles import ADDED_STYLES, vary_drawing

    def versions() -> Iterator[tuple[Drawing, int, int]]:
        for number, (drawing, label) in enumerate(read_pen_drawings()):
            for which, add_style in enumerate(ADDED_STYLES.get(label, ())):
                random = np.random.default_rng((_STYLES_SEED, which, number))
                yield vary_drawing(add_style(drawing, random), random), label, number

    return _kept_or_drawn(get_styles_file(folder), versions)


def _kept_or_drawn(kept: Path, versions: Callable[[], Iterator[tuple[Drawing, int, int]]]) -> Split:
    """The pictures in that file, or those of the versions (drawing, label, number of its original), stored there."""
    import numpy as np
    import torch

    from nn_core.drawings.preprocess import prepare_drawing

    with suppress(OSError, ValueError, KeyError, BadZipFile), np.load(kept) as arrays:
        origins = torch.from_numpy(arrays["numbers"]) if "numbers" in arrays else None
        return Split(torch.from_numpy(arrays["pictures"]), torch.from_numpy(arrays["labels"]), origins=origins)
    pictures, digits, originals = [], [], []
    for drawing, digit, number in versions():
        if (picture := prepare_drawing(drawing)) is not None:
            pictures.append(picture)
            digits.append(digit)
            originals.append(number)
    drawn, labels, numbers = np.stack(pictures), np.array(digits, dtype=np.int64), np.array(originals, dtype=np.int64)
    with suppress(OSError):  # without room they are drawn again each time
        kept.parent.mkdir(parents=True, exist_ok=True)
        replace_file(kept, lambda stream: np.savez(stream, pictures=drawn, labels=labels, numbers=numbers))
    return Split(torch.from_numpy(drawn), torch.from_numpy(labels), origins=torch.from_numpy(numbers))


def get_variant_file(folder: Path, variant: int) -> Path:
    """Where the pictures of a variant are kept. The name says which code drew them, so that other code draws anew."""
    return folder / "pen_digits" / f"drawn-{_code('rasterize.py', 'writing_styles.py'):08x}-{variant}.npz"


def get_styles_file(folder: Path) -> Path:
    """Where the pictures with added styles are stored, named after the code that drew them as well."""
    return folder / "pen_digits" / f"styles-{_code('rasterize.py', 'writing_styles.py'):08x}.npz"


@cache
def _code(*modules: str) -> int:
    folder = Path(drawings.__file__).parent
    return zlib.crc32(b"".join((folder / module).read_bytes() for module in modules))


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    whole = load_pen_split(folder)
    return (
        Split(whole.inputs[:-_TEST], whole.labels[:-_TEST]),
        Split(whole.inputs[-_TEST:], whole.labels[-_TEST:]),
    )


PEN_DIGITS = DatasetSpec(
    name="pen_digits",
    title=N_("Pen digits (7,494 drawn on a tablet)"),
    about=N_(
        "Digits that 30 people drew with a pen, as you do on the Draw page: 6,000 to learn from, 1,494 to test, by the same "
        "people. They come with NN Lab, so no network is needed."
    ),
    classes=tuple("0123456789"),
    shape=(1, 28, 28),
    mean=(0.1132,),
    std=(0.2715,),
    ink=True,
    read=_read,
)


_VARIANTS = 4
"""Of each drawing: as it was drawn, and three more as it might have been. Thirty people write in few ways."""


def _drawn_files(folder: Path) -> list[Path]:
    return [get_variant_file(folder, variant) for variant in range(_VARIANTS)]


def _draw(folder: Path) -> list[Split]:
    """All variants, with the numbers of the drawings as their origins."""
    import torch

    splits = [load_pen_split(folder, variant) for variant in range(_VARIANTS)]
    return [replace(split, origins=torch.arange(len(split))) for split in splits]


def _drawn_files_with_styles(folder: Path) -> list[Path]:
    return [*_drawn_files(folder), get_styles_file(folder)]


def _draw_with_styles(folder: Path) -> list[Split]:
    return [*_draw(folder), load_styles_split(folder)]


def _with_mnist(
    name: str, title: str, about: str, draw: Callable[[Path], list[Split]], files: Callable[[Path], list[Path]]
) -> DatasetSpec:
    """MNIST and the pictures that `draw` makes and stores in `files`."""

    def read(folder: Path, settings: DataSettings) -> tuple[Split, Split]:
        import torch

        train, test = MNIST.read(folder, settings)
        drawn = draw(folder)
        # All versions of a drawing are learned from, or all are held out.
        origins = [part.origins + len(train) for part in drawn if part.origins is not None]
        return Split(
            torch.cat([train.inputs, *(part.inputs for part in drawn)]),
            torch.cat([train.labels, *(part.labels for part in drawn)]),
            origins=torch.cat([torch.arange(len(train)), *origins]),
        ), test

    def drawn_share(folder: Path) -> float:
        return sum(file.exists() for file in files(folder)) / len(files(folder))

    def fetch(folder: Path) -> None:
        MNIST.download(folder)
        draw(folder)

    return replace(
        MNIST,
        name=name,
        title=title,
        about=about,
        read=read,
        is_present=lambda folder: MNIST.is_present(folder) and drawn_share(folder) == 1,
        download=fetch,
        downloaded_share=lambda folder: (MNIST.downloaded_share(folder) + drawn_share(folder)) / 2,
    )


MNIST_AND_PEN = _with_mnist(
    "mnist_and_pen",
    N_("MNIST and pen digits (77,494)"),
    N_(
        "MNIST's 60,000 digits from paper and 7,494 that were drawn with a pen on a tablet, each in four versions, to learn "
        "from; MNIST's 10,000 to test. For reading what people draw. An 11 MB download, and half a minute to draw them."
    ),
    _draw,
    _drawn_files,
)

MNIST_AND_PEN_STYLES = _with_mnist(
    "mnist_and_pen_styles",
    N_("MNIST and pen digits, more writing styles (77,494)"),
    N_(
        "The digits of mnist_and_pen, and more versions of two: each of the 780 pen-drawn zeros three times with a slash through "
        "it, each of the 779 ones with another flag. pretrained-digits was trained on it. An 11 MB download, and half a minute to "
        "draw them."
    ),
    _draw_with_styles,
    _drawn_files_with_styles,
)
