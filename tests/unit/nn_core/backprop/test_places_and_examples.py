"""What the place of a weight is called, and which example is shown first."""

from pathlib import Path

import pytest
import torch
from backprop_cases import make_case
from torch import nn

from nn_core.backprop import find_hardest_example, name_weight_axes, take_test_example
from nn_core.data import load_dataset


def test_the_numbers_of_a_place_are_named() -> None:
    model = nn.ModuleDict(
        {
            "conv": nn.Conv2d(2, 3, 3),
            "back": nn.ConvTranspose2d(2, 3, 3),
            "line": nn.Conv1d(2, 3, 3),
            "dense": nn.Linear(2, 3),
            "norm": nn.BatchNorm2d(3),
            "letters": nn.Embedding(5, 2),
            "memory": nn.LSTM(2, 3),
        }
    )
    model.register_parameter("positions", nn.Parameter(torch.zeros(1, 2, 3)))
    assert {name: ", ".join(name_weight_axes(model, name)) for name, _each in model.named_parameters()} == {
        "positions": "place, place, place",
        "conv.weight": "unit, input, row, column",
        "conv.bias": "unit",
        "back.weight": "input, unit, row, column",
        "back.bias": "unit",
        "line.weight": "unit, input, position",
        "line.bias": "unit",
        "dense.weight": "unit, input",
        "dense.bias": "unit",
        "norm.weight": "unit",
        "norm.bias": "unit",
        "letters.weight": "row, column",
        "memory.weight_ih_l0": "gate row, input",
        "memory.weight_hh_l0": "gate row, memory unit",
        "memory.bias_ih_l0": "gate row",
        "memory.bias_hh_l0": "gate row",
    }


@pytest.mark.parametrize(
    "name", ["layers", "autoencoder", "rnn", "attention", "text_cnn", "text_attention", "plane values"]
)
def test_every_weight_has_a_place_and_the_hardest_example_the_largest_loss(name: str, tmp_path: Path) -> None:
    case = make_case(name, tmp_path)
    for parameter, value in case.network.model.named_parameters():
        assert len(name_weight_axes(case.network.model, parameter)) == value.dim(), parameter
    dataset = load_dataset(case.network.config.data, tmp_path)
    losses = {}
    for index in range(0, len(dataset.test), len(dataset.test) // 20):
        example = take_test_example(case.network, dataset, index)
        losses[index] = case.loss(case.network.model(example.inputs), example.target).item()
        if len(losses) == 20:
            break
    hardest = find_hardest_example(case.network, dataset, most=20)
    assert losses[hardest] == pytest.approx(max(losses.values()), rel=1e-5)
