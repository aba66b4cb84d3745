"""Accuracy of the shipped network on pen digits, by the pen's width, position, size and tilt on the canvas.

Each drawing is placed on a canvas of 280 × 280 in each way, its points in whole pixels, as a mouse gives them. The drawings
are preprocessed one by one and read in batches; some are compared with `predict_drawing`. NN_LAB_PEN_DIGITS names a file
(.jsonl or .jsonl.gz, `{"label": 7, "strokes": [[[x, y], …], …]}`) with digits of people who are not in the training data.
"""

import gzip
import io
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.harness import Bench
from bench.table import Row, log, skip
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.drawings import Drawing
from nn_core.drawings.preprocess import Prepared, prepare_drawing, prepare_picture
from nn_core.drawings.rasterize import render_canvas
from nn_core.inference import TrainedNetwork, load_network, predict_drawing, predict_picture, read_drawing
from nn_core.runs import get_shipped_run

__all__ = ["FILE", "Way", "laid", "measure", "read_drawings_file"]

_WHAT = "Pen digits read"
FILE = "NN_LAB_PEN_DIGITS"
_SIZE = 280
_MOST = 1_000  # of the included drawings; of another file all
_PAINTED_EVERY = 4  # finding the ink in pixels takes a hundred times longer
_HELD_AGAINST = 20
_TARGET_SPREAD = 0.5  # points
_TARGET = 98.5  # per cent, of people who are not in the training data
_PLACES: dict[str, tuple[float, float] | None] = {
    "centre": (0.5, 0.5),
    "top left": (0, 0),
    "top right": (1, 0),
    "bottom left": (0, 1),
    "bottom right": (1, 1),
    "random": None,
}

Labelled = tuple[Drawing, str]


@dataclass(frozen=True)
class Way:
    """How drawings are placed on the canvas. place: a name of `_PLACES`; share: fraction of the canvas that the longer side takes,
    ink included; tilt: degrees clockwise; painted: passed as pixels instead of strokes."""

    pen: float = 18
    share: float = 0.6
    tilt: float = 0
    place: str = "centre"
    painted: bool = False


_BY = {
    "pen width, px": {str(pen): Way(pen=pen) for pen in (6, 12, 18, 24, 36)},
    "place": {place: Way(place=place, share=0.4) for place in _PLACES},
    "share of the canvas's height": {f"{share:g}": Way(share=share) for share in (0.2, 0.4, 0.6, 0.8, 1.0)},
    "tilt, °": {f"{tilt:+d}": Way(tilt=tilt) for tilt in (-15, 0, 15)},
    "pen width, px, from the canvas's pixels alone": {
        str(pen): Way(pen=pen, painted=True) for pen in (6, 12, 18, 24, 36)
    },
}


def measure(_bench: Bench) -> list[Row]:
    run = get_shipped_run()
    if run is None:
        return skip(_WHAT, "there is no shipped network")
    network = load_network(run, Path())
    named = os.environ.get(FILE)
    drawings = read_drawings_file(Path(named)) if named else _of_package()
    _hold_against(network, drawings)
    return [_plain_row(network, drawings, named), *(_row(by, ways, network, drawings) for by, ways in _BY.items())]


def _plain_row(network: TrainedNetwork, drawings: list[Labelled], named: str | None) -> Row:
    right = _right(network, drawings, Way())
    readings = [read_drawing(network, laid(drawing, Way(), number)) for number, (drawing, _) in enumerate(drawings)]
    as_page = [
        reading is not None and reading.label == label for reading, (_, label) in zip(readings, drawings, strict=True)
    ]
    who = f"`{Path(named).name}`" if named else "people it learned from"
    return Row(
        f"{_WHAT}: {len(drawings):,} drawings, {who}",
        f"{right:.2f} % (as the page reads, which looks for several digits: {100 * sum(as_page) / len(as_page):.2f} %)",
        figure=f"{right:.2f} %",
        target=f"≥ {_TARGET} %" if named else "",
        met=right >= _TARGET if named else None,
    )


def _row(by: str, ways: dict[str, Way], network: TrainedNetwork, drawings: list[Labelled]) -> Row:
    right = {name: _right(network, drawings, way) for name, way in ways.items()}
    spread = max(right.values()) - min(right.values())
    log(f"{_WHAT} by {by}: spread {spread:.2f} points")
    return Row(
        f"{_WHAT}, by {by}",
        ", ".join(f"{name}: {share:.2f} %" for name, share in right.items()),
        figure=f"{spread:.2f} points apart",
        target=f"≤ {_TARGET_SPREAD} points",
        met=spread <= _TARGET_SPREAD,
    )


def _right(network: TrainedNetwork, drawings: list[Labelled], way: Way) -> float:
    """Per cent."""
    if way.painted:
        drawings = drawings[::_PAINTED_EVERY]
    pictures = [_picture(laid(drawing, way, number), way) for number, (drawing, _) in enumerate(drawings)]
    answers = network.compute_tta_outputs(torch.from_numpy(np.stack(pictures))).argmax(dim=1).tolist()
    hits = [network.spec.classes[answer] == label for answer, (_, label) in zip(answers, drawings, strict=True)]
    return 100.0 * sum(hits) / len(hits)


def _picture(drawing: Drawing, way: Way) -> Prepared:
    picture = prepare_picture(_painted(drawing)) if way.painted else prepare_drawing(drawing)
    assert picture is not None
    return picture


def _hold_against(network: TrainedNetwork, drawings: list[Labelled]) -> None:
    """Check that the batches give the app's answers."""
    for way in (Way(), Way(pen=36, share=0.2, place="random"), Way(painted=True)):
        for number, (drawing, _) in enumerate(drawings[:_HELD_AGAINST]):
            there = laid(drawing, way, number)
            app = predict_picture(network, _painted(there)) if way.painted else predict_drawing(network, there)
            batched = network.compute_tta_outputs(torch.from_numpy(_picture(there, way)).unsqueeze(0)).argmax()
            assert app is not None
            assert app.label == network.spec.classes[int(batched)]


def laid(drawing: Drawing, way: Way, number: int) -> Drawing:
    """The drawing on the canvas, its points in whole pixels. number: of the drawing, so that a random position stays the same."""
    cos, sin = math.cos(math.radians(way.tilt)), math.sin(math.radians(way.tilt))
    strokes = [np.array(stroke) @ np.array([[cos, sin], [-sin, cos]]) for stroke in drawing.strokes if stroke]
    everything = np.concatenate(strokes)
    low, extent = everything.min(axis=0), np.ptp(everything, axis=0)
    scale = max(way.share * _SIZE - way.pen, 1) / max(float(extent.max()), 1e-9)
    place = _PLACES[way.place] or np.random.default_rng(number).random(2)
    corner = way.pen / 2 + (_SIZE - way.pen - extent * scale) * np.array(place)
    placed = [np.rint((stroke - low) * scale + corner) for stroke in strokes]
    return Drawing(_SIZE, way.pen, tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in placed))


def _painted(drawing: Drawing) -> bytes:
    """A PNG file of the canvas."""
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * render_canvas(drawing)).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def _of_package() -> list[Labelled]:
    everything = [(drawing, str(label)) for drawing, label in read_pen_drawings()]
    return everything[:: max(1, len(everything) // _MOST)]


def read_drawings_file(file: Path) -> list[Labelled]:
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as lines:
        contents = [json.loads(line) for line in lines]
    return [
        (Drawing.from_object({"size": _SIZE, "pen_width": 18, "strokes": content["strokes"]}), str(content["label"]))
        for content in contents
    ]
