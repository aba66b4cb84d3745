"""`pen_digits`: 7,494 digits that 30 people wrote with a pen on a tablet, as strokes, drawn as the Draw page draws them.

Source: Alpaydin & Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI Machine Learning Repository, 1996, CC BY 4.0.
Who wrote which is not recorded, and they are shuffled: the same people wrote what is learned from and what is tested.
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
from nn_core.data.dataset import DatasetSpec, Split
from nn_core.drawings import Drawing
from nn_core.files import replace_file
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["PEN_DIGITS", "kept_drawn", "pen_drawings", "pen_split", "pen_test_drawings", "styles_file", "styles_split"]

_FILE = Path(__file__).with_suffix(".jsonl.gz")
_BOX = 500  # the tablet's, in the unit of the strokes
_PEN_WIDTH = 18
_TEST = 1_494  # the last ones
_STYLES_SEED = 100  # apart from those of the variants


def pen_drawings(file: Path = _FILE) -> Iterator[tuple[Drawing, int]]:
    """Each drawing with the digit that it was meant to be. `file`: another one of the same form."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(_drawing, lines)


def _drawing(line: str) -> tuple[Drawing, int]:
    content = json.loads(line)
    drawing = Drawing.from_object({"size": _BOX, "pen_width": _PEN_WIDTH, "strokes": content["strokes"]})
    return drawing, int(content["label"])


@cache
def pen_test_drawings(each: int = 20) -> dict[str, list[Drawing]]:
    """This many drawings of each digit, from the test split: to start from one instead of drawing."""
    found: dict[str, list[Drawing]] = {label: [] for label in PEN_DIGITS.classes}
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        for drawing, digit in map(_drawing, deque(lines, maxlen=_TEST)):
            if len(found[str(digit)]) < each:
                found[str(digit)].append(drawing)
    return found


def pen_split(folder: Path, variant: int = 0) -> Split:
    """All of them, as pictures: as they were drawn (0), or each varied in one way for every further number. Drawing them
    takes some seconds, so the pictures are kept in the data folder."""
    import numpy as np

    from nn_core.drawings.variation import varied

    def versions() -> Iterator[tuple[Drawing, int, int]]:
        for number, (drawing, label) in enumerate(pen_drawings()):
            version = varied(drawing, np.random.default_rng((variant, number))) if variant else drawing
            yield version, label, number

    return replace(_kept_or_drawn(kept_drawn(folder, variant), versions), origins=None)


def styles_split(folder: Path) -> Split:
    """The drawings that get a writing style added (`ADDED_STYLES`), each varied as well.

    Returns:
        The pictures; their origins are the numbers of the drawings they were made from, counted as in `pen_split`.
    """
    import numpy as np

    from nn_core.drawings.styles import ADDED_STYLES
    from nn_core.drawings.variation import varied

    def versions() -> Iterator[tuple[Drawing, int, int]]:
        for number, (drawing, label) in enumerate(pen_drawings()):
            for which, add_style in enumerate(ADDED_STYLES.get(label, ())):
                random = np.random.default_rng((_STYLES_SEED, which, number))
                yield varied(add_style(drawing, random), random), label, number

    return _kept_or_drawn(styles_file(folder), versions)


def _kept_or_drawn(kept: Path, versions: Callable[[], Iterator[tuple[Drawing, int, int]]]) -> Split:
    """The pictures in that file, or those of the versions (drawing, label, number of its original), stored there."""
    import numpy as np
    import torch

    from nn_core.drawings.prepare import prepare_drawing

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


def kept_drawn(folder: Path, variant: int) -> Path:
    """Where the pictures of a variant are kept. The name says which code drew them, so that other code draws anew."""
    return folder / "pen_digits" / f"drawn-{_code('rasterise.py', 'variation.py'):08x}-{variant}.npz"


def styles_file(folder: Path) -> Path:
    """Where the pictures with added styles are stored, named after the code that drew them as well."""
    return folder / "pen_digits" / f"styles-{_code('rasterise.py', 'variation.py', 'styles.py'):08x}.npz"


@cache
def _code(*modules: str) -> int:
    folder = Path(drawings.__file__).parent
    return zlib.crc32(b"".join((folder / module).read_bytes() for module in modules))


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    whole = pen_split(folder)
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
