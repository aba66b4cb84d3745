"""Photos of digits on paper: real handwriting in uneven light, on ruled paper, with camera noise."""

import io
import math
import random

import numpy as np
import pytest
from pen_digits import PEN_DIGITS, pen_digits
from PIL import Image, ImageDraw, ImageFilter

from nn_core.drawings import Drawing
from nn_core.inference import predict_drawing, predict_picture

pytestmark = pytest.mark.skipif(not PEN_DIGITS.exists(), reason=f"real pen drawings are not at {PEN_DIGITS}")

INKS = ((25, 25, 30), (30, 40, 120), (60, 60, 65), (120, 30, 30), (90, 90, 95))
PAPERS = ((245, 243, 238), (225, 218, 200), (200, 195, 185))
RULES = (150, 180, 220)


def photo(strokes, seed, width=360, height=480, grain=8.0, salt=0.0, blur=1.0, rules=None, edge=False):
    """The content of a JPEG file: a digit somewhere on the sheet, tilted up to 6°, in light that falls off to one side.

    grain: deviation of each pixel in grey levels. salt: share of the pixels that are black or white. blur: in pixels.
    rules: "ruled" or "squared" paper. edge: a shadow's edge lies across the sheet.
    """
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    ink = _ink(strokes, chance, width, height)[..., None]
    paper = np.ones((height, width, 3)) * chance.choice(PAPERS)
    step = round(chance.uniform(0.05, 0.08) * width)
    if rules:
        paper[::step] = RULES
    if rules == "squared":
        paper[:, ::step] = RULES
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    turn = chance.uniform(0, 2 * math.pi)
    away = x * math.cos(turn) + y * math.sin(turn)
    light = 1 - chance.uniform(0.2, 0.55) * np.clip(0.5 + 0.7 * away, 0, 1)
    if edge:
        light *= 1 - chance.uniform(0.25, 0.5) / (1 + np.exp((away - chance.uniform(-0.2, 0.2)) / -0.02))
    colours = (ink * chance.choice(INKS) + (1 - ink) * paper) * light[..., None]
    sharp = Image.fromarray(colours.clip(0, 255).astype(np.uint8))
    grainy = np.asarray(sharp.filter(ImageFilter.GaussianBlur(blur))) + noise.normal(0, grain, colours.shape)
    specks = noise.random((height, width))
    grainy[specks < salt / 2] = 0
    grainy[specks > 1 - salt / 2] = 255
    file = io.BytesIO()
    Image.fromarray(grainy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=70)
    return file.getvalue()


def _ink(strokes, chance, width, height):
    """[height, width], 0 to 1."""
    points = np.array([point for stroke in strokes for point in stroke], dtype=float)
    side = chance.uniform(0.3, 0.7) * width
    scale = side / np.ptp(points, axis=0).max()
    tilt = math.radians(chance.uniform(-6, 6))
    turned = scale * np.array([[math.cos(tilt), math.sin(tilt)], [-math.sin(tilt), math.cos(tilt)]])
    room = 0.55 * side
    middle = np.array([chance.uniform(room, width - room), chance.uniform(room, height - room)])
    pen = chance.uniform(0.03, 0.09) * side
    image = Image.new("L", (2 * width, 2 * height))
    pencil = ImageDraw.Draw(image)
    for stroke in strokes:
        corners = 2 * ((np.array(stroke) - (points.min(axis=0) + points.max(axis=0)) / 2) @ turned + middle)
        pencil.line([tuple(corner) for corner in corners], fill=255, width=max(1, round(2 * pen)), joint="curve")
        for x, y in corners:
            pencil.ellipse((x - pen, y - pen, x + pen, y + pen), fill=255)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX), dtype=float) / 255


@pytest.mark.parametrize(
    "look",
    [
        {},
        {"edge": True},
        {"grain": 30},
        {"salt": 0.02},
        {"blur": 3},
        {"rules": "ruled"},
        {"rules": "squared", "edge": True},
    ],
    ids=str,
)
def test_a_photo_is_read_like_its_strokes(shipped_network, look):
    digits = pen_digits()[::25]
    agree = 0
    for seed, strokes in enumerate(digits):
        drawn = predict_drawing(
            shipped_network, Drawing(500, 18, tuple(tuple(map(tuple, stroke)) for stroke in strokes))
        )
        taken = predict_picture(shipped_network, photo(strokes, seed, **look))
        agree += taken is not None and taken.label == drawn.label
    assert agree >= 0.9 * len(digits)


def test_a_phone_sized_photo_is_read(shipped_network):
    large = Image.open(io.BytesIO(photo(pen_digits()[0], 0))).resize((3000, 4000))
    file = io.BytesIO()
    large.save(file, "JPEG")
    prediction = predict_picture(shipped_network, file.getvalue())
    assert prediction.label == "8"
