"""Every number of the graph is torch.autograd's, to the bit, for every preset and for every kind of layer."""

from pathlib import Path

import pytest
import torch
from backprop_cases import CASES, Case, make_case
from torch import Tensor, nn

from nn_core.backprop import INPUT, LOSS, TARGET, explain_weight, trace
from nn_core.backprop.record import Recorder


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Nothing that is tested changes the network."""
    return make_case(request.param, tmp_path_factory.mktemp("run"))


def test_every_number_is_that_of_a_plain_pass(case: Case) -> None:
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                seen[name] = output
                if output.requires_grad:
                    output.retain_grad()

        return hook

    model = case.network.model
    hooks = [module.register_forward_hook(keep(name)) for name, module in model.named_modules() if name]  # type: ignore[arg-type]
    outputs = model(case.example.inputs)
    loss = case.loss(outputs, case.example.target)
    loss.backward()
    for hook in hooks:
        hook.remove()
    exact = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad(set_to_none=True)

    graph = trace(model, case.example, case.loss)

    assert graph.loss == loss.item()
    assert torch.equal(graph.outputs, outputs)
    assert all(parameter.grad is None for parameter in model.parameters()), "the network itself is not touched"
    for name, parameter in graph.parameters.items():
        assert (parameter.gradient is None) == (exact[name] is None), name
        assert parameter.gradient is None or torch.equal(parameter.gradient, exact[name]), name  # type: ignore[arg-type]
    for name, output in seen.items():
        same = [node for node in graph.nodes if node.module.startswith(name) and torch.equal(node.output, output)]
        if not list(model.get_submodule(name).children()):
            assert same, f"no node has the output of {name}"
        if output.grad is not None and same:
            assert any(node.gradient is not None and torch.equal(node.gradient, output.grad) for node in same), name


def test_the_graph_leads_from_the_input_to_the_loss(case: Case) -> None:
    graph = trace(case.network.model, case.example, case.loss)
    seen = set[str]()
    for node in graph.nodes:
        assert node.name not in seen, f"{node.name} occurs twice"
        assert set(node.inputs) <= seen, f"{node.name} comes before its inputs"
        assert node.gradient is None or node.gradient.shape == node.output.shape
        seen.add(node.name)
    first, second, *_others, last = graph.nodes
    assert (first.name, second.name) == (INPUT, TARGET)
    assert last.module == LOSS
    assert last.gradient is not None
    assert last.gradient.item() == 1
    reached = {last.name}
    for node in reversed(graph.nodes):
        if node.name in reached:
            reached |= set(node.inputs)
    assert reached == seen, "every node matters for the loss"
    used = {name for node in graph.nodes for name in node.parameters}
    assert used == set(graph.parameters) - set(graph.without_gradient)


def test_leaf_modules_all_appear(case: Case) -> None:
    """Also those that compute nothing in evaluation mode, such as dropout."""
    graph = trace(case.network.model, case.example, case.loss)
    modules = {node.module for node in graph.nodes}
    for name, module in case.network.model.named_modules():
        if name and not list(module.children()):
            assert name in modules, f"{name}, {type(module).__name__}"


def test_the_recorder_does_not_import_the_compiler() -> None:
    """torch wraps the method of a mode in a guard that imports `torch._dynamo`; see `nn_core.dynamo_workaround`."""
    assert not hasattr(Recorder.__torch_dispatch__, "__wrapped__")


def test_a_parameter_that_does_not_reach_the_loss_is_named(tmp_path: Path) -> None:
    case = make_case("plane", tmp_path)
    case.network.model.register_parameter("unused", nn.Parameter(torch.ones(3)))
    assert trace(case.network.model, case.example, case.loss).without_gradient == ("unused",)
    weight = explain_weight(case.network.model, case.example, case.loss, "unused", (1,), None)
    assert (weight.terms, weight.total, weight.finite_difference) == ((), 0, 0)
