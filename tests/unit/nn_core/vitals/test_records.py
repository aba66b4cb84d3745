"""vitals.jsonl: damaged lines are left out, and the histograms say what they count."""

import base64
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from nn_core.vitals.pictures import NumberBlock
from nn_core.vitals.records import (
    HISTOGRAM_BINS,
    LayerVitals,
    VitalsRecord,
    append_vitals,
    cut_vitals,
    get_latest,
    list_by_layer,
    read_vitals,
)
from nn_core.vitals.weights import WeightMeter

RECORDS = [
    VitalsRecord(step=step, epoch=step / 10, layers={"1": LayerVitals(weight_norm=step, dead_share=0.5)})
    for step in (1, 5, 9)
]


def heights(text: str) -> list[int]:
    return list(base64.b64decode(text))


def test_damaged_and_incomplete_lines_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "vitals.jsonl"
    assert read_vitals(file) == []
    append_vitals(file, RECORDS[:2])
    with file.open("ab") as stream:
        stream.write(b'{"step": -1}\nno json\n' + b"x" * 400_000 + b"\n")
    append_vitals(file, RECORDS[2:])
    with file.open("ab") as stream:
        stream.write(RECORDS[2].model_copy(update={"step": 12}).model_dump_json().encode())
    assert read_vitals(file) == RECORDS
    assert cut_vitals(file, 5) == RECORDS[:2]
    assert read_vitals(file) == RECORDS[:2]
    later = VitalsRecord(step=10, epoch=1, layers={"1": LayerVitals(weight_norm=10)})
    latest = get_latest([*RECORDS, later])
    assert latest is not None
    assert (latest.step, latest.layers["1"].weight_norm, latest.layers["1"].dead_share) == (10, 10, 0.5)
    assert get_latest([]) is None
    points = list_by_layer(RECORDS)["1"]
    assert [(point.step, point.weight_norm, point.dead_share) for point in points] == [
        (1, 1, 0.5),
        (5, 5, 0.5),
        (9, 9, 0.5),
    ]


def test_a_histogram_counts_weights_by_value_and_gradients_by_size() -> None:
    model = nn.Linear(64, 8, bias=False)
    with torch.no_grad():
        model.weight.fill_(0.1)
        model.weight[:2] = -0.3
    model.weight.grad = torch.full((8, 64), 2.0**-6)
    model.weight.grad[0] = 0
    layer = WeightMeter(model).measure(1)["network"]
    rms = (0.75 * 0.1**2 + 0.25 * 0.3**2) ** 0.5
    assert layer.weights is not None
    assert layer.weights.limit / 2 < 4 * rms <= layer.weights.limit
    bins = heights(layer.weights.heights)
    centre, width = HISTOGRAM_BINS // 2, 2 * layer.weights.limit / HISTOGRAM_BINS
    assert bins[centre + int(0.1 / width)] == 255
    assert bins[centre - 1 - int(0.3 / width)] == 85
    assert sum(map(bool, bins)) == 2
    assert layer.gradients is not None
    sizes = heights(layer.gradients.heights)
    assert sizes[40 - 6] == 255
    assert sizes[0] == 37
    assert sum(map(bool, sizes)) == 2


def test_weights_that_are_not_finite_have_no_figures() -> None:
    model = nn.Linear(4, 2)
    with torch.no_grad():
        model.weight[0, 0] = torch.inf
        model.bias[0] = torch.nan
    layer = WeightMeter(model).measure(1)["network"]
    assert layer.weight_norm is None
    assert layer.gradient_norm is None
    assert layer.update_ratio is None
    VitalsRecord(step=1, epoch=1, layers={"1": layer}).model_dump_json()


@pytest.mark.parametrize("symmetric", [False, True])
def test_numbers_come_back_from_their_bytes(symmetric: bool) -> None:
    numbers = torch.linspace(-1, 3, 24).reshape(2, 3, 4)
    block = NumberBlock.encode(numbers, symmetric=symmetric)
    assert (block.low, block.high) == ((-3, 3) if symmetric else (-1, 3))
    steps = np.frombuffer(base64.b64decode(block.take(1).values), np.uint8)
    back = block.low + steps * (block.high - block.low) / 255
    assert back == pytest.approx(numbers[1].flatten().numpy(), abs=0.013)
    assert block.take(1).shape == (3, 4)
