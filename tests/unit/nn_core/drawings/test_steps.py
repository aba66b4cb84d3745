"""The X-ray: each preprocessing step does what it says, and with all steps on nothing changes."""

import gzip
import io
import itertools
import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from photos import photo
from PIL import Image
from processes import SHARED_DATA

from nn_core.drawings import ALL_STEPS, STEPS, Drawing, Steps
from nn_core.drawings.preprocess import prepare_drawing, prepare_picture
from nn_core.inference import TrainedNetwork, make_xray, predict_drawing, predict_picture

# A seven with its bar, in the lower right corner of the canvas.
STROKES = (((160.0, 180.0), (230.0, 180.0), (190.0, 262.0)), ((175.0, 222.0), (222.0, 218.0)))
SEVEN = Drawing(280, 18, STROKES)
NOTHING = Steps(*[False] * len(STEPS))
PEN_DIGITS = SHARED_DATA / "pen_digits" / "train.jsonl.gz"

coordinates = st.floats(-1e6, 1e6, allow_nan=False) | st.floats(-50, 330, allow_nan=False)
strokes = st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def pen_digits() -> list[tuple[str, Drawing]]:
    """Every thirtieth of the real drawings, made a fifth to a half of the canvas large and put anywhere on it."""
    if not PEN_DIGITS.exists():
        pytest.skip(f"real pen drawings are not at {PEN_DIGITS}")
    random = np.random.default_rng(0)
    with gzip.open(PEN_DIGITS, "rt") as file:
        digits = [json.loads(line) for line in itertools.islice(file, 0, None, 30)]
    return [(str(digit["label"]), placed(digit["strokes"], random)) for digit in digits]


def placed(digit: list[list[list[float]]], random: np.random.Generator, pen: float = 18) -> Drawing:
    points = np.array([point for stroke in digit for point in stroke])
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = 280 * random.uniform(0.2, 0.5) / extent.max()
    corner = pen / 2 + random.uniform(0, 1, 2) * (280 - pen - extent * scale)
    moved = [(np.array(stroke) - low) * scale + corner for stroke in digit]
    return Drawing(280, pen, tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in moved))


def but(*left_out: str) -> Steps:
    return replace(ALL_STEPS, **dict.fromkeys(left_out, False))


def seen(drawing: Drawing, steps: Steps) -> npt.NDArray[np.int64]:
    picture = prepare_drawing(drawing, steps)
    assert picture is not None
    assert (picture.shape, picture.dtype) == ((1, 28, 28), np.uint8)
    return picture[0].astype(np.int64)


def box(picture: npt.NDArray[np.int64]) -> tuple[int, int, int, int]:
    """The first and the last row and column with ink in them."""
    rows, columns = np.flatnonzero((picture > 127).any(axis=1)), np.flatnonzero((picture > 127).any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def test_with_all_steps_the_last_stage_is_the_input_of_the_network(
    shipped_network: TrainedNetwork, pen_digits: list[tuple[str, Drawing]]
) -> None:
    sources: list[Drawing | bytes] = [SEVEN, photo(), *(drawing for _label, drawing in pen_digits[:20])]
    for source in sources:
        stages = make_xray(shipped_network, source)
        if isinstance(source, Drawing):
            prepared, expected = prepare_drawing(source), predict_drawing(shipped_network, source)
        else:
            prepared, expected = prepare_picture(source), predict_picture(shipped_network, source)
        assert [stage.step for stage in stages] == [None, *STEPS]
        assert prepared is not None
        assert expected is not None
        assert np.array_equal(stages[-1].prediction.picture, prepared)
        assert stages[-1].prediction.probabilities == expected.probabilities


def test_without_any_step_the_canvas_is_only_shrunk() -> None:
    shrunk = seen(SEVEN, NOTHING)
    assert box(shrunk) == (17, 26, 15, 23)  # the canvas's own, a tenth as large
    assert np.abs(shrunk - canvas_of(SEVEN).reshape(28, 10, 28, 10).mean(axis=(1, 3))).max() < 128
    assert shrunk.sum() == pytest.approx(canvas_of(SEVEN).sum() / 100, rel=0.02)


def canvas_of(drawing: Drawing) -> npt.NDArray[np.float64]:
    """What a browser would paint on 280 × 280 pixels, 255 for ink: a round pen along the strokes."""
    y, x = np.mgrid[0:280, 0:280] + 0.5
    nearest = np.full((280, 280), np.inf)
    for stroke in drawing.strokes:
        for start, end in itertools.pairwise(stroke):
            for at_x, at_y in np.linspace(start, end, 100):
                nearest = np.minimum(nearest, (x - at_x) ** 2 + (y - at_y) ** 2)
    return np.where(nearest <= (drawing.pen_width / 2) ** 2, 255.0, 0.0)


def test_redrawing_strokes_makes_the_pen_width_irrelevant() -> None:
    fine, broad = replace(SEVEN, pen_width=6), replace(SEVEN, pen_width=36)
    assert np.array_equal(seen(fine, ALL_STEPS), seen(broad, ALL_STEPS))
    assert seen(broad, but("strokes")).sum() > 2 * seen(fine, but("strokes")).sum()


def test_cropping_makes_position_and_size_irrelevant() -> None:
    moved = Drawing(280, 18, tuple(tuple((x / 2 - 70, y / 2 - 80) for x, y in stroke) for stroke in STROKES))
    assert np.abs(seen(moved, but("centre")) - seen(SEVEN, but("centre"))).max() <= 3
    assert np.abs(seen(moved, but("crop", "centre")) - seen(SEVEN, but("crop", "centre"))).max() > 200


@pytest.mark.parametrize("strokes_on", [True, False])
def test_without_fitting_the_crop_fills_the_image(strokes_on: bool) -> None:
    steps = Steps(strokes=strokes_on, fit=False)
    assert box(seen(SEVEN, steps)) == (0, 27, 0, 27)
    top, bottom, left, right = box(seen(SEVEN, replace(steps, fit=True, centre=False)))
    assert bottom - top == pytest.approx(19, abs=1)
    assert (right - left) / (bottom - top) == pytest.approx(70 / 82, abs=0.1), "its shape is kept"
    assert (top + bottom, left + right) == pytest.approx((27, 27), abs=1)


@pytest.mark.parametrize("strokes_on", [True, False])
@pytest.mark.parametrize("crop_on", [True, False])
def test_centring_moves_the_centre_of_mass_to_the_middle(strokes_on: bool, crop_on: bool) -> None:
    steps = Steps(strokes=strokes_on, crop=crop_on)
    y, x = np.mgrid[0:28, 0:28]
    off = []
    for picture in (seen(SEVEN, steps), seen(SEVEN, replace(steps, centre=False))):
        off.append([abs((axis * picture).sum() / picture.sum() - 13.5) for axis in (x, y)])
    assert max(off[0]) < 0.1
    assert max(off[1]) > 0.5


@pytest.mark.parametrize("left_out", STEPS)
def test_a_skipped_step_changes_nothing_and_the_others_do(shipped_network: TrainedNetwork, left_out: str) -> None:
    stages = make_xray(shipped_network, SEVEN, but(left_out))
    for before, after in itertools.pairwise(stages):
        if after.step in ("normalise", "again"):
            continue  # they are not in the picture
        same = np.array_equal(before.prediction.picture, after.prediction.picture)
        assert same == (after.step == left_out or (left_out == "fit" and after.step == "centre")), after.step


def test_for_an_image_file_the_ink_is_found_first() -> None:
    shrunk, found = (
        prepare_picture(photo(), steps=NOTHING),
        prepare_picture(photo(), steps=replace(NOTHING, strokes=True)),
    )
    assert shrunk is not None
    assert found is not None
    assert shrunk[0, 0, 0] == shrunk[0, 27, 27] == 230, "dark on light, as it was"
    assert shrunk.min() < 120
    assert found[0, 0, 0] == 0
    assert np.corrcoef(found.ravel(), -shrunk.ravel().astype(int))[0, 1] > 0.98, "nothing is cropped yet"
    cropped = prepare_picture(photo(), steps=but("fit", "centre"))
    assert cropped is not None
    assert (cropped > 100).all(), "a mere line fills the picture when its box is stretched"


@settings(deadline=None, max_examples=60)
@given(strokes, st.floats(0.01, 9999), st.floats(0.01, 9999), st.builds(Steps, *[st.booleans()] * len(STEPS)))
def test_any_strokes_work_with_any_choice_of_steps(
    drawn: list[list[tuple[float, float]]], size: float, pen_width: float, steps: Steps
) -> None:
    seen(Drawing(size, pen_width, tuple(tuple(stroke) for stroke in drawn)), steps)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9), st.builds(Steps, *[st.booleans()] * len(STEPS)))
def test_any_image_works_with_any_choice_of_steps(height: int, width: int, seed: int, steps: Steps) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    picture = prepare_picture(file.getvalue(), steps=steps)
    assert picture is None or picture.shape == (1, 28, 28)


def test_every_step_improves_accuracy_on_real_digits(
    shipped_network: TrainedNetwork, pen_digits: list[tuple[str, Drawing]]
) -> None:
    """Small digits anywhere on the canvas: a third is read when it is only shrunk, nearly all after the last step."""
    labels = torch.tensor([shipped_network.spec.classes.index(label) for label, _drawing in pen_digits])

    def accuracy(steps: Steps) -> float:
        pictures = np.stack([prepare_drawing(drawing, steps) for _label, drawing in pen_digits])
        asked = shipped_network if steps.normalise else shipped_network.skip_normalization()
        return float((asked.compute_outputs(torch.from_numpy(pictures)).argmax(dim=1) == labels).float().mean())

    after = [accuracy(ALL_STEPS.first(count)) for count in range(len(STEPS))]
    assert after[0] < 0.6
    assert after[-1] > 0.95
    assert after[2] > after[1] + 0.05, "the crop"
    assert after[3] > after[2] + 0.05, "the fit"
    assert after[4] > after[3] - 0.01, "the centring"
    assert accuracy(but("crop")) < after[-1] - 0.2


def test_without_normalization_the_network_gets_pixels_from_0_to_1(shipped_network: TrainedNetwork) -> None:
    inputs = torch.from_numpy(prepare_drawing(SEVEN)).unsqueeze(0)
    with torch.inference_mode():
        expected = shipped_network.model(inputs / 255)
    torch.testing.assert_close(
        shipped_network.skip_normalization().compute_outputs(inputs), expected, atol=1e-3, rtol=1e-4
    )
    assert not torch.allclose(shipped_network.compute_outputs(inputs), expected, atol=0.1)
    shares = torch.tensor(
        list(make_xray(shipped_network, SEVEN, but("normalise", "again"))[-1].prediction.probabilities.values())
    )
    torch.testing.assert_close(
        shares, shipped_network.calibration.compute_probabilities(expected)[0], atol=1e-4, rtol=1e-3
    )
