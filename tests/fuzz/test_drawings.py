"""Any drawing or image is preprocessed, or refused with a message."""

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzzing import DRAWING, sound_or_sentence, tries
from hostile import json_values, mutated, tampered
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nn_core.drawings.canvas import read_canvas
from nn_core.drawings.corrections import Correction, read_corrections
from nn_core.drawings.image_files import MAX_SIDE, open_picture
from nn_core.drawings.pins import Pin
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.drawings.segment import segment_drawing
from nn_core.drawings.strokes import Drawing

pytestmark = pytest.mark.usefixtures("little_memory_for_files")


def must_be_a_picture(drawing: Drawing) -> None:
    picture = prepare_drawing(drawing)
    assert drawing.is_empty == (picture is None)
    assert picture is None or (picture.shape == (1, 28, 28) and picture.dtype == np.uint8)
    assert segment_drawing(drawing)
    assert Drawing.from_json(drawing.to_json()) == drawing


@tries(150)
@given(st.one_of(tampered({**DRAWING, "label": "7"}), tampered(DRAWING), json_values()))
def test_any_drawing(place: Path, value: Any) -> None:
    line = json.dumps(value)
    drawing = sound_or_sentence(lambda: Drawing.from_json(line))
    if drawing is not None:
        must_be_a_picture(drawing)
    file = place / "corrections.jsonl"
    file.write_text(line + "\n")
    for correction in read_corrections(file):
        assert Correction.from_json(correction.to_json()) == correction
        correction.to_json().encode()
    sound_or_sentence(lambda: Pin.from_object(value))


NUMBER = st.one_of(st.floats(-1e7, 1e7), st.sampled_from([0, 10**400, float("nan"), "1", None, 1e308]))
COMMANDS = st.one_of(
    st.tuples(st.sampled_from("MLQCZ"), st.lists(NUMBER, max_size=8)).map(lambda parts: [parts[0], *parts[1]]),
    st.lists(st.sampled_from(["C", 1, 2]), min_size=500, max_size=600),
    json_values(3),
)
ITEMS = st.fixed_dictionaries(
    {"type": st.sampled_from(["path", "Path", "rect"]), "path": st.lists(COMMANDS, max_size=5)},
    optional=dict.fromkeys(("left", "top", "scaleX", "angle", "strokeWidth", "originX", "flipX"), NUMBER),
)


@tries(120)
@given(
    st.one_of(st.fixed_dictionaries({"objects": st.lists(st.one_of(ITEMS, json_values(3)), max_size=3)}), json_values())
)
def test_any_canvas(value: Any) -> None:
    drawing = sound_or_sentence(lambda: read_canvas(value))
    if drawing is not None:
        must_be_a_picture(drawing)


@cache
def pictures() -> list[bytes]:
    """One of each kind, with all that may hang on it."""
    shades = np.random.default_rng(0).integers(0, 256, (20, 24, 4), np.uint8)
    colour = Image.fromarray(shades)
    exif = Image.Exif()
    exif[0x0112] = 6
    made = []
    for kind, mode, options in (
        ("PNG", "RGBA", {"exif": exif, "icc_profile": b"\0" * 128}),
        ("PNG", "I;16", {}),
        ("PNG", "P", {}),
        ("JPEG", "RGB", {"exif": exif, "progressive": True}),
        ("GIF", "P", {"save_all": True, "append_images": [colour.convert("P")] * 2}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("TIFF", "RGB", {"compression": "tiff_lzw", "exif": exif}),
        ("TIFF", "F", {}),
        ("PPM", "L", {}),
        ("MPO", "RGB", {"save_all": True, "append_images": [colour.convert("RGB")]}),
    ):
        stream = io.BytesIO()
        image = Image.fromarray(shades[..., 0].astype(np.uint16) * 257) if mode == "I;16" else colour.convert(mode)
        image.save(stream, kind, **options)  # type: ignore[arg-type]
        made.append(stream.getvalue())
    return [
        *made,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>1</script>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ]


@tries(250)
@given(mutated(pictures()))
def test_any_picture(content: bytes) -> None:
    picture = sound_or_sentence(lambda: open_picture(content, "x.png"))
    if picture is not None:
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        assert max(picture.shape[:2]) <= MAX_SIDE
