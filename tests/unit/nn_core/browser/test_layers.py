"""The description of a network for layers.js: batch norm becomes part of the layer before it, and an unknown layer is refused."""

import pytest
import torch
from torch import nn

from nn_core.browser.layers import describe_network
from nn_core.errors import BadInput


def make_norm(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> nn.Module:
    random = torch.Generator().manual_seed(0)
    for tensor in norm.state_dict().values():
        if tensor.dim():
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=random))
    return norm.eval()


def test_batch_norm_becomes_a_part_of_the_convolution() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 2, bias=False), make_norm(nn.BatchNorm2d(3)), nn.Dropout2d(0.5)).eval()
    (layer,) = describe_network(model, (1, 4, 5))
    picture = torch.rand(1, 1, 4, 5)
    computed = nn.functional.conv2d(picture, layer.tensors["weight"].float(), layer.tensors["bias"].float())
    assert torch.allclose(computed, model(picture), atol=1e-6)
    assert layer.settings["output"] == [3, 3, 4]


def test_batch_norm_of_single_pixels_stays_a_layer() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.Flatten(), make_norm(nn.BatchNorm1d(36)), nn.Linear(36, 2)).eval()
    assert [layer.kind for layer in describe_network(model, (1, 4, 5))] == ["conv2d", "affine", "dense"]


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(BadInput, match="The layer Softsign cannot run in a browser: draw on the Draw page"):
        describe_network(nn.Sequential(nn.Flatten(), nn.Softsign()), (1, 2, 2))
