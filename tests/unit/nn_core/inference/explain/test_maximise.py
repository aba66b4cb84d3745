"""The input that excites a unit most."""

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.data import Dataset
from nn_core.errors import BadInput
from nn_core.inference import TrainedNetwork, compute_responses, find_exciting_input, list_layers, load_network
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import find_run


def test_a_made_picture_excites_every_layer_more_than_any_test_picture(
    shipped_network: TrainedNetwork, sample: Dataset
) -> None:
    layers = list_layers(shipped_network)
    for layer in layers:
        responses = compute_responses(shipped_network, sample.test.inputs[::4], layer.name).values
        for unit in (0, layer.shape[0] - 1):
            made = find_exciting_input(shipped_network, layer.name, unit)
            best, spread = float(responses[:, unit].max()), float(responses[:, unit].std())
            # Pixels are limited to black and white, so the first layers have little room above a picture of ink.
            margin = 0.5 if layer is not layers[0] else -0.5
            assert made.response > best + margin * spread, (layer.name, unit)
            assert made.response > made.start


@pytest.mark.parametrize(
    ("run", "layer"), [("pretrained-map", "decoder.2"), ("pretrained-attention", "0.blocks.0.dense.1")]
)
def test_autoencoders_and_transformers_can_be_excited_too(sample: Dataset, run: str, layer: str) -> None:
    """In the decoder, a search that begins with a single noise ends in a poor local optimum."""
    network = load_network(find_run(get_runs_folder(), run), get_data_folder())
    responses = compute_responses(network, sample.test.inputs[::4], layer).values[:, 0]
    assert find_exciting_input(network, layer, 0).response > float(responses.max()) + float(responses.std())


def test_a_made_picture_of_a_class_is_of_that_class_and_repeats(shipped_network: TrainedNetwork) -> None:
    last = list_layers(shipped_network)[-1].name
    done: list[float] = []
    made = find_exciting_input(shipped_network, last, 3, on_progress=done.append)
    again = find_exciting_input(shipped_network, last, 3)
    other = find_exciting_input(shipped_network, last, 3, seed=1)
    assert torch.equal(made.picture, again.picture)
    assert made.response == again.response
    assert not torch.equal(made.picture, other.picture)
    assert int(shipped_network.compute_outputs(made.picture.unsqueeze(0)).argmax()) == 3
    assert done == sorted(done)
    assert done[-1] == 1


def test_wrong_units_are_sentences(shipped_network: TrainedNetwork, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(BadInput, match="Unknown layer"):
        find_exciting_input(shipped_network, "x", 0)
    with pytest.raises(BadInput, match="no unit 10: choose one from 0 to 9"):
        find_exciting_input(shipped_network, list_layers(shipped_network)[-1].name, 10)
    names = load_network(untrained_run(tmp_path_factory.mktemp("runs"), "text_cnn"), get_data_folder())
    with pytest.raises(BadInput, match="trained on pictures"):
        find_exciting_input(names, "1", 0)
