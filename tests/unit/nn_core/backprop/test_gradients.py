"""Finite differences, the chain rule's sum and the optimizer's step."""

from pathlib import Path

import pytest
import torch
from backprop_cases import CASES, Case, make_case

from nn_core.backprop import TOLERANCE, check_gradients, explain_weight, take_optimizer_step, trace
from nn_core.backprop.operations import describe_operation
from nn_core.errors import BadInput


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Nothing that is tested changes the network."""
    return make_case(request.param, tmp_path_factory.mktemp("run"))


def test_finite_differences_confirm_the_gradients(case: Case) -> None:
    checks = check_gradients(case.network.model, case.example, case.loss)
    assert set(checks) == set(dict(case.network.model.named_parameters()))
    worst = {name: check.difference for name, check in checks.items() if check.difference > TOLERANCE}
    assert not worst


def test_the_terms_of_the_chain_rule_add_up_to_the_gradient(case: Case) -> None:
    graph = trace(case.network.model, case.example, case.loss)
    for name, parameter in graph.parameters.items():
        gradient = parameter.gradient
        assert gradient is not None
        index = tuple(int(each) for each in torch.unravel_index(gradient.abs().argmax(), gradient.shape))
        weight = explain_weight(case.network.model, case.example, case.loss, name, index, gradient)
        assert weight.gradient == gradient[index].item()
        assert weight.total == pytest.approx(weight.gradient_double, abs=1e-12, rel=1e-9), name
        assert weight.gradient_double == pytest.approx(weight.gradient, abs=1e-6, rel=1e-3), name
        assert weight.finite_difference == pytest.approx(weight.gradient_double, abs=1e-6, rel=1e-6), name
        sizes = [abs(term.product) for term in weight.terms]
        assert sizes == sorted(sizes, reverse=True)


def test_the_step_is_that_of_the_optimizer(case: Case) -> None:
    step = take_optimizer_step(case.network, case.example, case.loss)
    graph = trace(case.network.model, case.example, case.loss)
    assert step.loss_before == graph.loss
    assert step.lr == case.network.config.optimizer.lr
    assert set(step.moves) == set(graph.parameters)
    assert sum(move.moved for move in step.moves.values()) > 0
    tiny = take_optimizer_step(case.network, case.example, case.loss, lr=1e-4)
    assert tiny.loss_after < tiny.loss_before


def test_unusual_requests_are_refused(tmp_path: Path) -> None:
    case = make_case("plane", tmp_path)
    with pytest.raises(BadInput, match="no parameter 'x'"):
        explain_weight(case.network.model, case.example, case.loss, "x", (0,), None)
    with pytest.raises(BadInput, match="is not in"):
        explain_weight(case.network.model, case.example, case.loss, "1.weight", (0, 9), None)
    with pytest.raises(BadInput, match="learning rate"):
        take_optimizer_step(case.network, case.example, case.loss, lr=0.0)


def test_every_operation_is_explained(case: Case) -> None:
    unknown = describe_operation("no such operation")
    for node in trace(case.network.model, case.example, case.loss).nodes:
        assert describe_operation(node.op) != unknown, node.op
