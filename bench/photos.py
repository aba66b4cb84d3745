"""How many photos of digits are read in eleven situations, and of numbers, by the path that the Draw page uses.

The digits are those of MNIST's test split, whose writers are not in the training data, or those of the file that
NN_LAB_PEN_DIGITS names (see `bench.reading`), or else pen drawings by people whom the network learned from. NN_LAB_PHOTOS sets the
number of photos of each situation.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from digit_ink import Ink, make_ink_of_picture, make_ink_of_strokes
from digit_photos import SITUATIONS, take_photo_of_number

from bench.harness import Bench
from bench.reading import FILE, read_drawings_file
from bench.table import Row, log, skip
from nn_core.data import DataSettings, load_dataset
from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.inference import TrainedNetwork, load_network, read_picture
from nn_core.runs import get_shipped_run

__all__ = ["Result", "measure", "measure_situation"]

_COUNT = "NN_LAB_PHOTOS"
_SEED = 1_000
_MEAN_TARGET, _TARGET, _CLEAN_TARGET = 95.0, 85.0, 99.0  # per cent
_OTHERS = "the ten situations except clean photos, on average"

Labelled = tuple[Ink, str]
T = TypeVar("T")


class Result:
    """Photos that were read. wrong: (label, what was read) of the others; seconds: of the processor, for each photo."""

    def __init__(self, count: int, wrong: list[tuple[str, str]], refused: int, seconds: float) -> None:
        self.right = 100 * (count - len(wrong)) / count
        self.refused = 100 * refused / count
        self.wrong = wrong
        self.seconds = seconds / count


def measure(bench: Bench) -> list[Row]:
    run = get_shipped_run()
    if run is None:
        return skip("Photos of digits read", "there is no shipped network")
    network = load_network(run, Path())
    digits, who = _find_digits(bench.data_root)
    count = int(os.environ.get(_COUNT, 100))
    rows, shares = [], []
    for place, (name, take) in enumerate(SITUATIONS.items()):
        random = np.random.default_rng(_SEED + place)
        result = measure_situation(network, count, partial(_take, take, digits, random))
        rows.append(
            _make_row(f"{name}, {count} photos of {who}", result, _CLEAN_TARGET if name == "clean" else _TARGET)
        )
        shares += [] if name == "clean" else [result.right]
    random = np.random.default_rng(_SEED - 1)
    number = measure_situation(network, count, partial(_take_number, digits, random))
    rows.append(_make_row(f"numbers of two to four digits, {count} photos of {who}", number, _TARGET))
    mean = sum(shares) / len(shares)
    rows.append(
        Row(_OTHERS, f"{mean:.1f} %", figure=f"{mean:.1f} %", target=f"≥ {_MEAN_TARGET} %", met=mean >= _MEAN_TARGET)
    )
    return rows


def measure_situation(network: TrainedNetwork, count: int, take: Callable[[], tuple[bytes, str]]) -> Result:
    """Read this many photos. take: returns a photo and what it shows."""
    wrong, refused, seconds = [], 0, 0.0
    for _photo in range(count):
        photo, label = take()
        start = time.process_time()
        reading = read_picture(network, photo)
        seconds += time.process_time() - start
        refused += reading is None or reading.is_out_of_distribution
        if reading is None or reading.label != label:
            wrong.append((label, reading.label if reading else ""))
    return Result(count, wrong, refused, seconds)


def _make_row(what: str, result: Result, target: float) -> Row:
    log(f"{what}: {result.right:.1f} %, {1000 * result.seconds:.0f} ms, wrong: {result.wrong}")
    return Row(
        f"Photos read: {what}",
        f"{result.right:.1f} % (refused, with a best guess: {result.refused:.1f} %; {result.seconds:.2f} s each)",
        figure=f"{result.right:.1f} %",
        target=f"≥ {target} %",
        met=result.right >= target,
    )


def _take(
    take: Callable[[Ink, np.random.Generator], bytes], digits: Sequence[Labelled], random: np.random.Generator
) -> tuple[bytes, str]:
    ink, label = _choose(digits, random)
    return take(ink, random), label


def _take_number(digits: Sequence[Labelled], random: np.random.Generator) -> tuple[bytes, str]:
    chosen = [_choose(digits, random) for _place in range(random.integers(2, 5))]
    return take_photo_of_number([ink for ink, _label in chosen], random), "".join(label for _ink, label in chosen)


def _choose(options: Sequence[T], random: np.random.Generator) -> T:
    return options[int(random.integers(len(options)))]


def _find_digits(data_root: Path) -> tuple[list[Labelled], str]:
    """The digits, and whose they are."""
    if named := os.environ.get(FILE):
        drawings = read_drawings_file(Path(named))
        return [(make_ink_of_strokes(drawing.strokes), label) for drawing, label in drawings], f"`{Path(named).name}`"
    try:
        test = load_dataset(DataSettings(name="mnist"), data_root).test
    except Exception as error:  # no network connection, and the data are not there
        log(f"MNIST is not available: {error}")
        drawn = read_pen_test_drawings(100).items()
        return [(make_ink_of_strokes(each.strokes), label) for label, some in drawn for each in some], "known writers"
    pairs = zip(test.inputs[:, 0].numpy(), test.labels.tolist(), strict=True)
    return [(make_ink_of_picture(pixels), str(label)) for pixels, label in pairs], "writers of MNIST's test split"
