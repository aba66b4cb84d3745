"""reader.js in Node gives the answers of the server's single view: every preset that reads pictures, every kind of layer, hostile names."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from example_drawings import DRAWINGS, drawing_of, scribbles
from hostile import EVIL_TEXTS
from untrained_runs import untrained_run

from nn_core.browser import get_browser_scripts, join_browser_scripts
from nn_core.browser.network import MAX_DIFFERENCE, build_browser_network, convert_network
from nn_core.config import PRESETS
from nn_core.drawings import Drawing, Steps
from nn_core.inference import TrainedNetwork, load_network, predict_drawing
from nn_core.paths import get_data_folder
from scripts.browser_parity import BrowserAnswer, find_node, read_in_node

DOT, TOUCH = ((140.0, 140.0),), ((20.0, 20.0), (21.0, 20.5))
DRAWN = [
    *map(drawing_of, DRAWINGS),
    *scribbles(6),
    Drawing(280, 18, (DOT,)),
    Drawing(280, 18, (DRAWINGS["barred seven"][0], TOUCH, ())),
    Drawing(10, 1, (((-4.25, 3.0), (1e6, 2.5)),)),
]
PICTURES = [name for name, config in PRESETS.items() if config.data.name == "mnist_sample" and name != "autoencoder"]
RESIDUAL = (
    '[{"channels": 4, "residual": true, "stride": 2}, {"channels": 4, "residual": true, "norm": false, "kernel": 5}]'
)
ROWS = [
    {"name": "conv", "channels": 3, "kernel": 4, "stride": 3, "padded": False},
    {"name": "layer_norm"},
    {"name": "batch_norm"},
    {"name": "pool", "kind": "mean", "size": 2},
    {"name": "activation", "activation": "formula", "formula": "max(x, 0.1*x) + erf(x)*sin(x)**2"},
    {"name": "residual", "rows": 1},
    {"name": "flatten"},
    {"name": "linear", "neurons": 5},
    {"name": "batch_norm"},
    {"name": "activation", "activation": "formula", "formula": "log(1 + exp(x)**2)"},
]
CASES = [
    *((name, ()) for name in PICTURES),
    *(
        ("mlp", ("model.hidden=[9]", "model.norm=layer", "data.name=digits_8x8", f"model.activation={activation}"))
        for activation in (
            "leaky_relu",
            "elu",
            "selu",
            "gelu",
            "silu",
            "mish",
            "tanh",
            "sigmoid",
            "softplus",
            "formula",
        )
    ),
    ("cnn", (f"model.blocks={RESIDUAL}", "model.head=mean")),
    ("rnn", ("model.cell=gru", "model.hidden=7", "model.layers=2", "model.both_directions=true")),
    ("rnn", ("model.cell=rnn", "model.hidden=7")),
    ("layers", (f"model.rows={json.dumps(ROWS)}",)),
]


@pytest.mark.parametrize(
    ("preset", "settings"), CASES, ids=lambda value: value if isinstance(value, str) else "+".join(value)[:60]
)
def test_the_answers_are_those_of_the_single_view(preset: str, settings: tuple[str, ...], tmp_path: Path) -> None:
    network = stir(load_network(untrained_run(tmp_path, preset, *settings), get_data_folder()))
    answers = read(convert_network(network, "float32").payload)
    for answer, drawing in zip(answers, DRAWN, strict=True):
        expected = predict_drawing(network, drawing, Steps(again=False))
        assert expected is not None
        assert expected.picture is not None
        np.testing.assert_array_equal(answer.pixels, expected.picture.flatten())
        np.testing.assert_allclose(answer.probabilities, list(expected.probabilities.values()), rtol=0, atol=1e-5)
        assert answer.label == expected.label


def test_the_precision_that_is_chosen_gives_the_same_answers(tmp_path: Path) -> None:
    run = untrained_run(tmp_path, "quick")
    built = build_browser_network(run, get_data_folder())
    assert built.precision != "float32"
    network = load_network(run, get_data_folder())
    assert len(built.payload) < len(convert_network(network, "float32").payload) / 1.8
    for answer, drawing in zip(read(built.payload), DRAWN, strict=True):
        expected = predict_drawing(network, drawing, Steps(again=False))
        assert expected is not None
        np.testing.assert_allclose(
            answer.probabilities, list(expected.probabilities.values()), rtol=0, atol=MAX_DIFFERENCE
        )


def test_class_names_are_data(tmp_path: Path) -> None:
    network = load_network(untrained_run(tmp_path, "simple_net"), get_data_folder())
    names = [*EVIL_TEXTS, "</script>", "__proto__", "constructor"][-10:]
    hostile = replace(network, spec=replace(network.spec, classes=tuple(names)))
    assert {answer.label for answer in read(convert_network(hostile, "int8").payload)} <= set(names)


def test_damaged_bytes_are_refused_with_a_sentence(tmp_path: Path) -> None:
    network = load_network(untrained_run(tmp_path, "simple_net"), get_data_folder())
    payload = convert_network(network, "int8").payload
    for damaged in (b"", b"NNLB", b"<html>not found</html>", payload[:100], payload[:-1]):
        with pytest.raises(RuntimeError, match="Error: The network did not arrive in full: reload the page"):
            read(damaged)


def test_nothing_drawn_has_no_answer(tmp_path: Path) -> None:
    network = load_network(untrained_run(tmp_path, "simple_net"), get_data_folder())
    payload = convert_network(network, "int8").payload
    empty = [{"size": 280, "pen_width": 18, "strokes": strokes} for strokes in ([], [[]])]
    assert list(read_in_node(payload, empty)) == []


def test_the_modules_joined_to_one_give_the_same_answers(tmp_path: Path) -> None:
    network = load_network(untrained_run(tmp_path, "attention"), get_data_folder())
    payload = convert_network(network, "int8").payload
    joined = tmp_path / "joined"
    joined.mkdir()
    (joined / "reader.js").write_text(join_browser_scripts(), encoding="utf-8")
    (joined / "package.json").write_text('{"type": "module"}')
    alone = [answer.probabilities for answer in read_in_node(payload, map(vars, DRAWN), joined)]
    assert alone == [answer.probabilities for answer in read(payload)]


@pytest.mark.parametrize("name", get_browser_scripts())
def test_the_scripts_are_valid_and_evaluate_no_text(name: str) -> None:
    source = get_browser_scripts()[name]
    assert not re.search(r"\b(eval|Function|import|setTimeout)\(|WebAssembly|innerHTML", source)
    check = subprocess.run([find_node(), "--check", "--input-type=module", "-"], input=source, text=True, check=False)
    assert check.returncode == 0


def read(payload: bytes) -> list[BrowserAnswer]:
    return list(read_in_node(payload, map(vars, DRAWN)))


def stir(network: TrainedNetwork) -> TrainedNetwork:
    """Give norms, which a new network leaves as they are, something to do."""
    random = torch.Generator().manual_seed(1)
    for name, tensor in network.model.state_dict().items():
        if tensor.dim() == 1 and tensor.dtype == torch.float32:
            noise = torch.rand(tensor.shape, generator=random)
            tensor.copy_(0.5 + noise if "var" in name else tensor + noise / 4)
    return network
