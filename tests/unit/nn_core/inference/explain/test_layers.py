"""The layers of a network, their feature maps, and the arithmetic of each pixel."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from untrained_runs import untrained_run

from nn_core.data.dataset import DatasetSpec
from nn_core.data.registry import DATASETS
from nn_core.errors import BadInput
from nn_core.inference import (
    TrainedNetwork,
    compute_feature_maps,
    compute_responses,
    explain_pixel,
    get_kernel,
    list_layers,
    load_network,
)
from nn_core.paths import get_data_folder

PRESETS = {
    "quick": (),
    "net": (),
    "cnn": ('model.blocks=[{"channels":4,"residual":true},{"channels":6,"stride":2,"kernel":5,"pool":2}]',),
    "simple_net": (),
    "mlp": (),
    "attention": (),
    "autoencoder": ("model.style=convolutional", "model.channels=4", "model.latent=2"),
    "layers": (),
    "rnn": (),
}


def network_of(root: Path, preset: str, *settings: str) -> TrainedNetwork:
    return load_network(untrained_run(root, preset, *settings), get_data_folder())


@pytest.fixture
def picture() -> Tensor:
    return torch.randint(0, 256, (1, 28, 28), dtype=torch.uint8)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_arithmetic_of_every_kernel_equals_the_modules_output(tmp_path: Path, preset: str, picture: Tensor) -> None:
    """patch × kernel + bias, for each layer with a kernel of each network, at corners, edges and inside."""
    network = network_of(tmp_path, preset, *PRESETS[preset])
    layers = list_layers(network)
    assert {layer.name for layer in layers} >= {
        name for name, part in network.model.named_modules() if isinstance(part, nn.Conv2d | nn.ConvTranspose2d)
    }, "no convolution is left out"
    checked = 0
    for layer in layers:
        maps = compute_feature_maps(network, picture, layer.name)
        assert tuple(maps.activations.shape) == layer.shape
        if not layer.has_kernel:
            continue
        units, height, width = layer.shape
        for unit, row, column in ((0, 0, 0), (units - 1, height - 1, width - 1), (units // 2, height // 2, width // 3)):
            terms = explain_pixel(maps, get_kernel(network, layer.name, unit, maps), row, column)
            expected = float(maps.maps[unit, row, column])
            size = float(terms.products.abs().sum()) + abs(terms.bias)
            assert terms.total == pytest.approx(expected, rel=0, abs=2e-6 * max(size, 1)), (
                layer.name,
                unit,
                row,
                column,
            )
            checked += 1
    assert checked >= 3


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, (3, 5), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
        nn.Conv2d(4, 6, 4, stride=3, bias=False),
        nn.ConvTranspose2d(4, 6, (3, 2), stride=(2, 3), padding=1, output_padding=(1, 0), groups=2),
        nn.ConvTranspose2d(4, 5, 3, stride=2, dilation=2),
    ],
    ids=str,
)
def test_the_arithmetic_follows_stride_padding_dilation_and_groups(
    shipped_network: TrainedNetwork, module: nn.Module
) -> None:
    from dataclasses import replace

    spec: DatasetSpec = replace(DATASETS["mnist_sample"], shape=(4, 9, 11))
    network = replace(shipped_network, spec=spec, model=nn.Sequential(module).eval(), batch_size=10)
    maps = compute_feature_maps(network, torch.randint(0, 256, spec.shape, dtype=torch.uint8), "0")
    units, height, width = maps.maps.shape
    for unit in range(units):
        kernel = get_kernel(network, "0", unit, maps)
        assert (kernel.bias is None) == (module.bias is None)
        computed = [[explain_pixel(maps, kernel, y, x).total for x in range(width)] for y in range(height)]
        torch.testing.assert_close(torch.tensor(computed), maps.maps[unit], atol=1e-5, rtol=1e-5)


def test_norm_and_activation_belong_to_their_layer(tmp_path: Path, picture: Tensor) -> None:
    network = network_of(tmp_path, "quick")
    first, *_others, last = list_layers(network)
    assert (first.kind, first.shape, first.followers) == ("convolution", (16, 12, 12), ("BatchNorm2d", "ReLU"))
    assert (last.kind, last.shape, last.followers) == ("dense", (10, 1, 1), ())
    assert (first.has_activation, last.has_activation) == (True, False)
    maps = compute_feature_maps(network, picture, first.name)
    torch.testing.assert_close(maps.activations, maps.responses.relu())
    with torch.inference_mode():
        outputs = network.compute_outputs(picture.unsqueeze(0))[0]
    torch.testing.assert_close(compute_feature_maps(network, picture, last.name).activations.flatten(), outputs)


def test_what_is_inside_a_residual_connection_stays_inside(tmp_path: Path) -> None:
    """The norm at the beginning of a branch does not belong to the layer before the branch."""
    rows = '[{"name":"conv","channels":4},{"name":"batch_norm"},{"name":"activation"},{"name":"residual","rows":2}]'
    network = network_of(tmp_path, "layers", f'model.rows={rows[:-1]},{{"name":"flatten"}}]')
    layers = {layer.name: layer for layer in list_layers(network)}
    assert [layer.kind for layer in layers.values()] == ["convolution", "residual", "dense"]
    assert layers["0"].followers == ()


def test_an_unknown_layer_or_unit_is_a_sentence(tmp_path: Path, picture: Tensor) -> None:
    network = network_of(tmp_path, "quick")
    with pytest.raises(BadInput, match="Unknown layer 'nothing'"):
        compute_feature_maps(network, picture, "nothing")
    maps = compute_feature_maps(network, picture, "0")
    with pytest.raises(BadInput, match="no unit 16: choose one from 0 to 15"):
        get_kernel(network, "0", 16, maps)
    attention = network_of(tmp_path, "attention")
    with pytest.raises(BadInput, match="has no kernels"):
        get_kernel(attention, "0", 0, maps)


def test_responses_are_the_largest_values_of_the_maps(tmp_path: Path) -> None:
    network = network_of(tmp_path, "quick")
    pictures = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    responses = compute_responses(network, pictures, "3")
    maps = compute_feature_maps(network, pictures[1], "3")
    torch.testing.assert_close(responses.values[1], maps.responses.flatten(1).amax(dim=1))
    place = int(responses.rows[1, 5]), int(responses.columns[1, 5])
    assert float(maps.responses[5][place]) == pytest.approx(float(responses.values[1, 5]))
    assert responses.find_strongest(5, 3)[0] == int(responses.values[:, 5].argmax())
