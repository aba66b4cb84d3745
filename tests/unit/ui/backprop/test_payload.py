"""What the browser gets of a graph: exact numbers, parts of what is too large, and steps in time as folds."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from backprop_cases import make_case

from nn_core.backprop import LOSS, Graph, ParameterGradient, Term, WeightGradient, describe_loss, trace
from ui.backprop.payload import make_graph_payload, make_weights_payload
from ui.backprop.weight_view import find_weight, is_rounded
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


def rule_of(payload: dict[str, Any], op: str) -> dict[str, str]:
    node = next(each for each in payload["nodes"] if each["op"] == op)
    rule: dict[str, str] = payload["rules"][node["rule"]]
    return rule


def test_a_convolution_without_bias_has_none_in_its_rule(tmp_path: Path) -> None:
    case = make_case("cnn", tmp_path)
    payload, _numbers = describe(trace(case.network.model, case.example, case.loss))
    without = rule_of(payload, "convolution")
    assert not any("b[o]" in text for text in without.values())
    assert "no bias" in without["about"]
    case = make_case("net", tmp_path)
    payload, _numbers = describe(trace(case.network.model, case.example, case.loss))
    assert "∂b[o] = Σ g[o, p]" in rule_of(payload, "convolution")["rule"]
    assert "∂b = g" in rule_of(payload, "addmm")["rule"]


def test_a_text_is_letter_numbers_and_a_picture_is_normalised(recurrent: Graph, tmp_path: Path) -> None:
    payload, _numbers = describe(recurrent)
    assert "number of each letter" in rule_of(payload, "input")["about"]
    assert "letter numbers; 0 is padding" in payload["nodes"][0]["output"]["part"]
    case = make_case("layers", tmp_path)
    payload, _numbers = describe(trace(case.network.model, case.example, case.loss))
    assert "after normalisation" in rule_of(payload, "input")["about"]
    assert payload["nodes"][0]["output"]["part"] == ""


def test_the_loss_as_a_whole_has_its_own_rule(tmp_path: Path) -> None:
    case = make_case("layers", tmp_path)
    graph = trace(case.network.model, case.example, case.loss)
    payload = make_graph_payload(graph, "Loss", describe_loss(case.network, is_weighted=False)).graph
    assert isinstance(payload, dict)
    modules = payload["modules"]
    assert isinstance(modules, dict)
    assert "softmax(x) − t" in str(modules[LOSS])
    assert "−g for the correct class" in rule_of(dict(payload), "nll_loss")["rule"]


def test_inverted_marks_are_not_called_marks(tmp_path: Path) -> None:
    case = make_case("text_attention", tmp_path)
    payload, _numbers = describe(trace(case.network.model, case.example, case.loss))
    inverted = next(rule for name, rule in payload["rules"].items() if name in ("bitwise_not", "logical_not"))
    assert inverted["about"].startswith("Inverts")


def test_a_gradient_that_single_precision_rounds_is_noticed() -> None:
    weight = WeightGradient("w", (0,), 1.0, -2.1e-8, -4.2e-8, (Term((), -4.2e-8, 1.0),), 0, -4.2e-8, "input")
    assert is_rounded(weight)
    assert not is_rounded(replace(weight, gradient=-4.20001e-8))
    assert not is_rounded(replace(weight, gradient=0.0, terms=()))
