"""What the browser gets of a graph: exact numbers, parts of what is too large, and steps in time as folds."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from backprop_cases import make_case

from nn_core.backprop import Graph, ParameterGradient, trace
from ui.backprop.payload import make_graph_payload, make_weights_payload
from ui.backprop.weight_view import find_weight
from ui.components.backprop_graph import ChosenWeight


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    case = make_case("text_rnn", tmp_path_factory.mktemp("run"))
    return trace(case.network.model, case.example, case.loss)


def describe(graph: Graph) -> tuple[dict[str, Any], np.ndarray[Any, np.dtype[np.float32]]]:
    payload = make_graph_payload(graph, "Loss").graph
    assert isinstance(payload, dict)
    return payload, np.frombuffer(base64.b64decode(str(payload["numbers"])), np.float32)


def test_the_numbers_are_those_of_the_graph(recurrent: Graph) -> None:
    payload, numbers = describe(recurrent)
    for node, sent in zip(recurrent.nodes, payload["nodes"], strict=True):
        start, dims = sent["output"]["at"], sent["output"]["dims"]
        shown = numbers[start : start + np.prod(dims)]
        assert np.array_equal(shown, node.output.float().numpy().ravel()[: len(shown)]), node.name
        assert [recurrent.nodes[place].name for place in sent["inputs"]] == list(node.inputs)


def test_a_large_output_is_shown_in_part_and_says_so(tmp_path: Path) -> None:
    case = make_case("net", tmp_path)
    graph = trace(case.network.model, case.example, case.loss)
    wide = case.network.model.get_parameter("0.weight").new_ones(1, 3, 200, 200)
    node = type(graph.nodes[0])("input", "", "input", "", wide, None)
    payload, _numbers = describe(Graph(wide, graph.target, graph.outputs, 1.0, (node,), {}, {}))
    assert payload["nodes"][0]["output"]["dims"] == [1, 67, 67]
    assert payload["nodes"][0]["output"]["part"] == ("Shown: the first 1 of 3. Shown: one of 3 rows and columns.")


def test_a_mask_with_infinite_numbers_is_valid_json(tmp_path: Path) -> None:
    case = make_case("text_attention", tmp_path)
    payload, _numbers = describe(trace(case.network.model, case.example, case.loss))
    json.dumps(payload, allow_nan=False)
    assert any("infinite" in node["output"]["part"] for node in payload["nodes"])


def test_the_steps_of_a_recurrent_layer_are_folds(recurrent: Graph) -> None:
    payload, _numbers = describe(recurrent)
    folds = {node["module"] for node in payload["nodes"]}
    steps = {fold for fold in folds if ", step " in fold}
    length = recurrent.inputs.shape[1]
    assert len(steps) == 2 * length, "one for each letter and direction"
    assert {fold.split(", step ")[0] for fold in steps} == {"0.reader.l0", "0.reader.l0_reverse"}


def test_weights_of_one_unit_with_their_gradients() -> None:
    value = torch.arange(12.0).view(3, 4)
    gradient = torch.zeros(3, 4)
    gradient[1, 2] = -5
    payload = make_weights_payload(ParameterGradient("w", value, gradient), None)
    assert isinstance(payload, dict)
    assert (payload["units"], payload["unit"], payload["inner"]) == (3, 1, [4])
    values, gradients = payload["values"], payload["gradients"]
    assert isinstance(values, dict)
    assert isinstance(gradients, dict)
    assert np.frombuffer(base64.b64decode(str(values["numbers"])), np.float32).tolist() == [4, 5, 6, 7]
    assert (gradients["low"], gradients["high"]) == (-5, 0)
    unused = make_weights_payload(ParameterGradient("b", value[0], None), 7)
    assert isinstance(unused, dict)
    assert (unused["units"], unused["unit"], unused["gradients"]) == (1, 0, None)


def test_the_shown_weight_exists(recurrent: Graph) -> None:
    largest = find_weight(recurrent, None)
    assert largest is not None
    assert find_weight(recurrent, ChosenWeight("no such parameter", (0,))) == largest
    assert find_weight(recurrent, ChosenWeight(largest.name, (0,))) == largest, "its index has another length"
    other = ChosenWeight(largest.name, (0, 0))
    assert find_weight(recurrent, other) == other
