"""The memory of recurrent networks, step by step."""

from pathlib import Path

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.data.encode_text import encode
from nn_core.errors import BadInput
from nn_core.inference import TrainedNetwork, follow_memory, follow_text_memory, has_memory, load_network, predict_text
from nn_core.models.parts import CharacterReader, RowReader
from nn_core.paths import get_data_folder


def network_of(root: Path, preset: str, *settings: str) -> TrainedNetwork:
    return load_network(untrained_run(root, preset, *settings), get_data_folder())


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("both", ["false", "true"])
def test_the_states_of_a_picture_are_those_of_the_network(tmp_path: Path, cell: str, both: str) -> None:
    settings = (f"model.cell={cell}", f"model.both_directions={both}", "model.layers=2", "model.hidden=8")
    network = network_of(tmp_path, "rnn", *settings)
    picture = torch.randint(0, 256, (1, 28, 28), dtype=torch.uint8)
    trace = follow_memory(network, picture)
    directions = 2 if both == "true" else 1
    assert trace.hidden.shape == (2, directions, 28, 8)
    assert (trace.cells is not None) == (cell == "lstm")
    recurrent = next(part for part in network.model.modules() if isinstance(part, RowReader)).reader
    with torch.inference_mode():
        from nn_core.data.transforms import normalize

        rows = normalize(picture.unsqueeze(0), network.spec)[:, 0]
        outputs, memory = recurrent(rows)
    torch.testing.assert_close(torch.cat(tuple(trace.hidden[1]), dim=1), outputs[0])
    hidden, cells = memory if isinstance(memory, tuple) else (memory, None)
    torch.testing.assert_close(trace.hidden[0, 0, -1], hidden[0, 0])
    if cells is not None and trace.cells is not None:
        torch.testing.assert_close(trace.cells[0, 0, -1], cells[0, 0])
    torch.testing.assert_close(trace.probabilities.sum(dim=1), torch.ones(28))
    expected = network.calibration.compute_probabilities(network.compute_outputs(picture.unsqueeze(0)))[0]
    torch.testing.assert_close(trace.probabilities[-1], expected)
    assert trace.find_turning_points()[0] == 0


@pytest.mark.parametrize("both", ["false", "true"])
def test_the_states_of_a_text_are_those_of_the_network(tmp_path: Path, both: str) -> None:
    network = network_of(tmp_path, "text_rnn", f"model.both_directions={both}", "model.hidden=8")
    trace = follow_text_memory(network, "Kowalski")
    assert trace.hidden.shape == (1, 2 if both == "true" else 1, 8, 8)
    reader = next(part for part in network.model.modules() if isinstance(part, CharacterReader))
    with torch.inference_mode():
        text = encode(["Kowalski"], network.spec.alphabet, network.spec.shape[0]).long()
        outputs = reader.reader(reader.letters(text))[0][0, :8]
    torch.testing.assert_close(torch.cat(tuple(trace.hidden[0]), dim=1), outputs)
    for step, beginning in ((0, "K"), (3, "Kowa"), (7, "Kowalski")):
        prediction = predict_text(network, beginning)
        assert prediction
        assert trace.probabilities[step].tolist() == pytest.approx(list(prediction.probabilities.values()), abs=1e-5)


def test_other_networks_have_no_memory(shipped_network: TrainedNetwork, tmp_path: Path) -> None:
    assert not has_memory(shipped_network)
    with pytest.raises(BadInput, match="has no memory"):
        follow_memory(shipped_network, torch.zeros(1, 28, 28, dtype=torch.uint8))
    with pytest.raises(BadInput, match="at least one letter"):
        follow_text_memory(network_of(tmp_path, "text_rnn"), " ")
