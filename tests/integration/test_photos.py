"""Photos of digits: the example files, a few generated photos of each situation, and numbers.

`python -m bench photos` measures the same situations with many more photos.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from digit_ink import Ink, make_ink_of_strokes
from digit_photos import SITUATIONS, take_photo_of_number
from processes import ROOT

from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.inference import TrainedNetwork, read_picture

CASES = sorted((ROOT / "tests" / "support" / "cases" / "pictures").glob("p-*"))
OF_EACH = 3


def choose_digits(random: np.random.Generator) -> Iterator[tuple[Ink, str]]:
    drawings = read_pen_test_drawings()
    while True:
        label = str(random.integers(10))
        yield make_ink_of_strokes(drawings[label][random.integers(len(drawings[label]))].strokes), label


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_an_example_file_is_read(shipped_network: TrainedNetwork, file: Path) -> None:
    reading = read_picture(shipped_network, file)
    assert reading is not None
    assert reading.label == file.stem.rpartition("-")[2]
    assert not reading.is_out_of_distribution


@pytest.mark.parametrize("situation", SITUATIONS)
def test_photos_of_every_situation_are_read(shipped_network: TrainedNetwork, situation: str) -> None:
    random = np.random.default_rng(list(SITUATIONS).index(situation))
    wrong = []
    for _photo, (ink, label) in zip(range(OF_EACH), choose_digits(random), strict=False):
        reading = read_picture(shipped_network, SITUATIONS[situation](ink, random))
        if reading is None or reading.label != label:
            wrong.append((label, reading.label if reading else None))
    assert len(wrong) <= (0 if situation == "clean" else 1), wrong


def test_numbers_are_read_in_order(shipped_network: TrainedNetwork) -> None:
    random, right = np.random.default_rng(0), 0
    digits = choose_digits(random)
    for _photo in range(OF_EACH):
        chosen = [next(digits) for _place in range(random.integers(2, 5))]
        reading = read_picture(shipped_network, take_photo_of_number([ink for ink, _label in chosen], random))
        right += reading is not None and reading.label == "".join(label for _ink, label in chosen)
    assert right >= OF_EACH - 1
