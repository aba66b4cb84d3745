"""Several digits on one canvas are separated and read in order, and the strokes of one digit stay together."""

import gzip
import json
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from pen_digits import PEN_DIGITS, SEVEN

from nn_core.drawings import Drawing
from nn_core.drawings.rasterize import MIN_STROKE_EXTENT
from nn_core.drawings.segment import segment_drawing
from nn_core.inference import predict_drawing, read_drawing

real = pytest.mark.skipif(not PEN_DIGITS.exists(), reason=f"real pen drawings are not at {PEN_DIGITS}")

ONE = (((20.0, 0.0), (20.0, 100.0)),)
ONE_WITH_A_FOOT = (((5.0, 20.0), (20.0, 0.0), (20.0, 100.0)), ((0.0, 104.0), (40.0, 104.0)))
FOUR = (((30.0, 0.0), (0.0, 60.0), (55.0, 60.0)), ((58.0, 20.0), (58.0, 100.0)))
FIVE = (((5.0, 2.0), (2.0, 45.0), (50.0, 60.0), (45.0, 95.0), (0.0, 98.0)), ((12.0, -6.0), (55.0, -8.0)))
CROSSED_SEVEN = tuple(tuple((x / 2 - 30, y / 2 - 30) for x, y in stroke) for stroke in SEVEN)
EIGHT_OF_TWO_RINGS = tuple(
    tuple((20 + 20 * np.cos(turn), y + 22 * np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 30)) for y in (22, 75)
)
ALONE = {
    "a 1": ONE,
    "a 1 with a foot": ONE_WITH_A_FOOT,
    "an open 4": FOUR,
    "a 5 with its bar apart": FIVE,
    "a crossed 7": CROSSED_SEVEN,
    "an 8 of two rings": EIGHT_OF_TWO_RINGS,
}


def at(strokes, right, down=0.0, scale=1.0):
    return tuple(tuple((x * scale + right, y * scale + down) for x, y in stroke) for stroke in strokes)


def drawn(*digits):
    return Drawing(280, 18, tuple(stroke for digit in digits for stroke in digit))


def separate(drawing):
    """The strokes of each candidate, in reading order."""
    return [sorted(candidate.source.strokes) for candidate in segment_drawing(drawing)]


@cache
def pen_digits():
    with gzip.open(PEN_DIGITS, "rt") as file:
        return [json.loads(line) for line in file]


def as_drawn(digit):
    return Drawing(500, 18, tuple(tuple(map(tuple, stroke)) for stroke in digit["strokes"]))


@pytest.mark.parametrize("name", ALONE)
def test_the_strokes_of_one_digit_stay_together(name):
    (candidate,) = segment_drawing(drawn(ALONE[name]))
    assert candidate.source == drawn(ALONE[name])


@pytest.mark.parametrize("name", ALONE)
def test_each_digit_stays_in_one_piece_between_others(name):
    digits = [at(ONE_WITH_A_FOOT, 0), at(ALONE[name], 70), at(FIVE, 160)]
    assert separate(drawn(*digits[::-1])) == [sorted(digit) for digit in digits]


def test_two_lines_are_read_from_the_top():
    digits = [at(FIVE, 0), at(FOUR, 80, 5), at(CROSSED_SEVEN, 10, 140), at(ONE, 110, 130)]
    assert separate(drawn(*digits[::-1])) == [sorted(digit) for digit in digits]


def test_a_stray_dot_belongs_to_no_digit():
    dot = (((250.0, 270.0), (251.0, 270.0)),)
    assert separate(drawn(at(FIVE, 0), at(FOUR, 100), dot)) == [sorted(at(FIVE, 0)), sorted(at(FOUR, 100))]
    assert len(segment_drawing(drawn(FIVE, dot))) == 1


def test_unusual_drawings_are_not_split():
    scribble = [(((float(x), 0.0), (float(x), 100.0)),) for x in range(0, 2000, 20)]
    dot, other_dot, dash, other_dash = (
        ((5.0, 5.0),),
        ((200.0, 5.0),),
        ((0.0, 0.0), (50.0, 3.0)),
        ((90.0, 0.0), (140.0, 2.0)),
    )
    for drawing in (drawn(), drawn((dot,)), drawn((dot, other_dot)), drawn((dash, other_dash)), drawn(*scribble)):
        (candidate,) = segment_drawing(drawing)
        assert candidate.source == drawing
        assert not candidate.parts


@real
def test_real_digits_are_almost_never_split(shipped_network):
    doubtful, cut = [], 0
    for digit in pen_digits():
        candidates = segment_drawing(as_drawn(digit))
        cut += len(candidates) > 1
        if len(candidates) == 1 and candidates[0].parts:
            doubtful.append(digit)
    cut += sum(len(read_drawing(shipped_network, as_drawn(digit)).parts) > 1 for digit in doubtful)
    assert cut <= 0.001 * len(pen_digits())


def composed(random_state, count, least_gap, most_gap):
    """Real digits side by side on the canvas: of several sizes, up and down a little; and their labels. Gaps are shares of
    the larger neighbour's height."""
    digits, labels, right, last_height = [], "", 0.0, 0.0
    for place in range(count):
        digit = random_state.choice(pen_digits())
        strokes = [np.array(stroke, dtype=float) for stroke in digit["strokes"]]
        everything = np.concatenate(strokes)
        height = random_state.uniform(0.75, 1.3)
        scale = height / np.ptp(everything[:, 1])
        gap = random_state.uniform(least_gap, most_gap) * max(height, last_height) if place else 0.0
        corner = np.array([right + gap, random_state.uniform(-0.1, 0.1) - height / 2])
        digits.append([(stroke - everything.min(axis=0)) * scale + corner for stroke in strokes])
        right, last_height = right + gap + np.ptp(everything[:, 0]) * scale, height
        labels += str(digit["label"])
    everything = np.concatenate([stroke for digit in digits for stroke in digit])
    scale = 240 / np.ptp(everything, axis=0).max()
    moved = [[(stroke - everything.min(axis=0)) * scale + 20 for stroke in digit] for digit in digits]
    return [tuple(tuple(map(tuple, stroke.tolist())) for stroke in digit) for digit in moved], labels


def without_dots(digits):
    extents = {stroke: np.ptp(np.array(stroke), axis=0).max() for digit in digits for stroke in digit}
    least = MIN_STROKE_EXTENT * max(extents.values())
    return [sorted(stroke for stroke in digit if extents[stroke] >= least) for digit in digits]


@real
@pytest.mark.parametrize(("count", "floor"), [(2, 0.985), (3, 0.985), (4, 0.985)])
def test_real_digits_side_by_side_are_separated_in_order(count, floor):
    random_state, right = random.Random(count), 0
    for _trial in range(200):
        digits, _labels = composed(random_state, count, 0.15, 0.5)
        right += separate(drawn(*digits)) == without_dots(digits)
    assert right / 200 >= floor


@real
def test_numbers_are_read(shipped_network):
    random_state, right = random.Random(0), 0
    for _trial in range(60):
        digits, labels = composed(random_state, 3, 0.15, 0.4)
        reading = read_drawing(shipped_network, drawn(*digits))
        right += reading.label == labels
        assert reading.probabilities[reading.label] <= min(
            part.prediction.probabilities[part.prediction.label] for part in reading.parts
        )
    assert right / 60 >= 0.85


@real
def test_one_digit_is_read_as_before(shipped_network):
    for digit in pen_digits()[:30]:
        drawing = as_drawn(digit)
        reading, directly = read_drawing(shipped_network, drawing), predict_drawing(shipped_network, drawing)
        assert reading.parts[0].source == drawing
        assert (reading.label, reading.probabilities) == (directly.label, directly.probabilities)
    assert read_drawing(shipped_network, drawn()) is None


def test_a_network_for_other_objects_does_not_split_a_drawing(shipped_network):
    things = replace(
        shipped_network, spec=replace(shipped_network.spec, classes=tuple(f"thing {place}" for place in range(10)))
    )
    drawing = drawn(at(FIVE, 0), at(FOUR, 100))
    assert len(read_drawing(shipped_network, drawing).parts) == 2
    assert [part.source for part in read_drawing(things, drawing).parts] == [drawing]
