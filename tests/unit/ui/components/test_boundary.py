"""The plane on the pages: the same axes everywhere, its text equivalent, and one epoch for all of a run."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nn_core.data import DATASETS, Dataset, DataSettings, PlaneSettings, Split, load_dataset
from nn_core.jobs.previews import Boundary, compute_square_extent
from nn_core.runs import RunFolder
from scripts.plane_sketches import SKETCHES, make_sketches
from ui.components.boundary.points import FILLED, HOLLOW, WRONG, PlanePoints, compute_extent, make_points
from ui.components.boundary.summary import describe_regions, find_regions
from ui.playground.stage import _take_snapshot

PLANAR = [name for name, spec in DATASETS.items() if spec.kind == "points" and spec.extent is None]
SIZE = 20
Inside = Callable[[float, float], bool]


def plane_of(name: str, noise: float = 0.1) -> Dataset:
    return load_dataset(DataSettings(name=name, plane=PlaneSettings(noise=noise)), Path("/nowhere"))


def training_square(data: Dataset) -> tuple[float, float, float, float]:
    x, y = data.train.inputs.unbind(dim=1)
    return compute_square_extent(x.tolist(), y.tolist())


@pytest.mark.parametrize("name", PLANAR)
def test_all_pages_show_the_square_of_the_boundary(name: str) -> None:
    data = plane_of(name)
    assert compute_extent(data) == training_square(data)


def test_a_test_point_outside_widens_the_square() -> None:
    data = plane_of("moons")
    far = Split(
        torch.cat([data.test.inputs, torch.tensor([[9.0, 0.0]])]), torch.cat([data.test.labels, data.test.labels[:1]])
    )
    x_from, x_to, _y_from, _y_to = compute_extent(Dataset(data.spec, data.train, far))
    assert x_from < training_square(data)[0] + 1
    assert x_to > 9


def test_the_sketches_of_the_choice_show_the_data() -> None:
    assert json.loads(SKETCHES.read_text(encoding="utf-8")) == make_sketches()


def test_all_wrong_points_are_drawn_even_if_others_are_thinned() -> None:
    inputs, labels = torch.rand(9000, 2), torch.zeros(9000, dtype=torch.int64)
    looks = torch.full((9000,), FILLED)
    looks[7::1001] = WRONG
    points = make_points(inputs, labels, looks, ("A",), (0, 1, 0, 1))
    assert points.count == 9000
    assert points.style.count(WRONG) == 9
    assert 1000 < len(points.x) <= 1509


def division(classes: list[list[int]]) -> Boundary:
    """Rows from the top down, as they are seen."""
    cells = bytes(cell for row in reversed(classes) for cell in row)
    packed = base64.b64encode(cells).decode()
    sure = base64.b64encode(bytes([200] * len(cells))).decode()
    return Boundary(step=1, epoch=1, extent=(0, 1, 0, 1), size=len(classes), classes=packed, confidence=sure)


def places(*points: tuple[float, float, int], style: int = HOLLOW) -> PlanePoints:
    x, y, label = zip(*points, strict=True)
    return PlanePoints(list(x), list(y), list(label), [style] * len(x), ("A", "B"), (0, 1, 0, 1), len(x), "")


def grid(inside: Inside) -> list[list[int]]:
    return [[int(inside(column / (SIZE - 1), 1 - row / (SIZE - 1))) for column in range(SIZE)] for row in range(SIZE)]


@pytest.mark.parametrize(
    ("inside", "first", "second"),
    [
        (lambda x, y: x > 0.5, "at the left", "at the right"),
        (lambda x, y: y > 0.5, "at the bottom", "at the top"),
        (lambda x, y: x + y > 1.2, "at the bottom left", "at the top right"),
        (lambda x, y: (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1, "all around", "in the middle"),
        (lambda x, y: abs(y - 0.5) < 0.2, "all around", "across the middle"),
    ],
)
def test_a_region_is_described(inside: Inside, first: str, second: str) -> None:
    regions = find_regions(division(grid(inside)), places((0.1, 0.9, 0)))
    assert [region.location for region in regions] == [first, second]
    assert sum(region.area for region in regions) == pytest.approx(1)


def test_the_share_of_held_out_points_in_their_region_is_stated() -> None:
    half = division(grid(lambda x, y: x > 0.5))
    points = places((0.1, 0.1, 0), (0.2, 0.9, 0), (0.9, 0.5, 0), (0.8, 0.2, 1))
    said = describe_regions(points.classes, find_regions(half, points), "validation")
    assert said == (
        "A: 50 % of the plane, at the left; 66.7 % of its validation points are there. "
        "B: 50 % of the plane, at the right; 100.0 % of its validation points are there."
    )
    learned = places((0.1, 0.1, 0), style=FILLED)
    assert [region.correct for region in find_regions(half, learned)] == [None, None]
    everywhere = division([[0] * SIZE] * SIZE)
    assert describe_regions(("A", "B"), find_regions(everywhere, learned), "validation").endswith(
        "B: no part of the plane."
    )


def test_status_plane_and_curves_are_of_the_same_epoch(run_ahead_of_its_status: RunFolder) -> None:
    moment = _take_snapshot(run_ahead_of_its_status, run_ahead_of_its_status.status())
    assert moment
    assert moment.epoch == 200
    assert moment.accuracy == 0.2
    assert (moment.curves.train_epoch[-1], moment.curves.validation_epoch[-1]) == (200, 200)
    assert len(moment.curves.train_loss) == len(moment.curves.validation_accuracy) == 200
