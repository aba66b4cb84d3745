"""Builds the graph of one training step: what the recorder saw, and the gradients that autograd computes at each node."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node as GradFn

from nn_core.backprop.graph import INPUT, TARGET, Graph, Node, ParameterGradient
from nn_core.backprop.record import PassThrough, PlainOperation, Position, Recorder, Source, get_source, watch_modules
from nn_core.models.summary import describe_layer

if TYPE_CHECKING:
    from nn_core.backprop.example import Example
    from nn_core.training.losses import LossFunction

__all__ = ["LOSS", "copy_network", "trace"]

LOSS = "loss"
"""The module of the operations of the loss function."""
_BACKWARD = re.compile(r"_?Backward\d*$")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
_Gradients = dict[GradFn, tuple[Tensor | None, ...]]


def trace(model: nn.Module, example: Example, loss: LossFunction) -> Graph:
    """Run one example forwards and backwards.

    Args:
        model: in evaluation mode. It is copied, because other threads may use it.
        example: a batch of one.
        loss: takes the outputs and the target.
    """
    model = copy_network(model)
    recorder = Recorder(example.inputs, example.target)
    with torch.inference_mode(False), torch.enable_grad():
        with recorder, watch_modules(model, recorder):
            outputs: Tensor = model(example.inputs)
            recorder.enter_module(LOSS)
            value = loss(outputs, example.target)
        recorder.keep_result(value)
        recorder.keep_result(outputs)
        functions = _list_functions(value)
        gradients = _run_backward(value, functions)
    builder = _Builder(model, example, recorder, functions, gradients)
    return Graph(
        inputs=example.inputs,
        target=example.target,
        outputs=outputs.detach(),
        loss=value.item(),
        nodes=builder.build_nodes(get_source(value)),
        parameters={
            name: ParameterGradient(name, parameter.detach(), parameter.grad)
            for name, parameter in model.named_parameters()
        },
        layers={path: describe_layer(module) for path, module in model.named_modules() if path},
    )


def copy_network(model: nn.Module) -> nn.Module:
    """Copy a network in evaluation mode, so that its gradients are its own."""
    copied = deepcopy(model).eval().requires_grad_()
    copied.zero_grad(set_to_none=True)
    return copied


def _list_functions(loss: Tensor) -> list[GradFn]:
    """List the nodes of the autograd graph that the loss depends on, without those that collect the gradients of parameters."""
    assert loss.grad_fn is not None
    found, waiting = {loss.grad_fn}, [loss.grad_fn]
    while waiting:
        for before, _number in waiting.pop().next_functions:
            if before is not None and not hasattr(before, "variable") and before not in found:
                found.add(before)
                waiting.append(before)
    return sorted(found, key=_get_number)


def _get_number(function: GradFn) -> int:
    number: int = function._sequence_nr()
    return number


def _run_backward(loss: Tensor, functions: list[GradFn]) -> _Gradients:
    """Return the gradient of the loss with respect to each output of each node."""
    gradients: _Gradients = {}

    def watch(function: GradFn) -> None:
        def keep(outputs: tuple[Tensor | None, ...]) -> None:
            gradients[function] = tuple(None if each is None else each.detach().clone() for each in outputs)

        function.register_prehook(keep)

    for function in functions:
        watch(function)
    loss.backward()
    return gradients


@dataclass(frozen=True)
class _Item:
    """What becomes a node, and from what it is made."""

    position: Position
    module: str
    op: str
    made: GradFn | PlainOperation | PassThrough


class _Builder:
    """Joins what the recorder saw with the nodes and the gradients of autograd."""

    def __init__(
        self,
        model: nn.Module,
        example: Example,
        recorder: Recorder,
        functions: list[GradFn],
        gradients: _Gradients,
    ) -> None:
        self._example = example
        self._recorder = recorder
        self._gradients = gradients
        self._parameters = {id(parameter): name for name, parameter in model.named_parameters()}
        numbers = [(_get_number(function), function) for function in functions]
        items = [
            *(_Item((number, 0), recorder.find_module(number), _get_op(each), each) for number, each in numbers),
            *(_Item(each.position, each.module, each.op, each) for each in recorder.operations),
            *(_Item(each.position, each.module, "identity", each) for each in recorder.passed),
        ]
        self._items = sorted(items, key=lambda item: item.position)
        self._names = _make_names(self._items)
        self._makers: dict[GradFn | Source, str] = {
            get_source(example.target): TARGET,
            get_source(example.inputs): INPUT,
        }
        for item, name in zip(self._items, self._names, strict=True):
            if isinstance(item.made, PlainOperation):
                self._makers[item.made.output] = name
            elif isinstance(item.made, GradFn):
                self._makers[item.made] = name
        self._passed = [
            (item.made, name)
            for item, name in zip(self._items, self._names, strict=True)
            if isinstance(item.made, PassThrough)
        ]

    def build_nodes(self, end: Source) -> tuple[Node, ...]:
        """Return the nodes that `end` depends on, in the order of the computation."""
        example = self._example
        nodes = [Node(INPUT, "", INPUT, "", example.inputs, None), Node(TARGET, "", TARGET, "", example.target, None)]
        for item, name in zip(self._items, self._names, strict=True):
            match item.made:
                case PlainOperation() as operation:
                    output = self._recorder.results[operation.output]
                    nodes.append(self._make_node(item, name, output, None, operation.inputs))
                case PassThrough() as passed:
                    if self._find_maker(passed.source) is not None:
                        output, gradient = self._recorder.results[passed.source], self._get_gradient(passed.source)
                        nodes.append(self._make_node(item, name, output, gradient, [passed.source]))
                case function:
                    output, gradient = self._combine_outputs(function)
                    taken = self._recorder.taken.get(item.position[0], ())
                    before = [(each, number) for each, number in function.next_functions if each is not None]
                    sources: list[Source] = [each for each in before if not hasattr(each[0], "variable")]
                    sources += taken
                    variables = [each.variable for each, _number in before if hasattr(each, "variable")]
                    nodes.append(self._make_node(item, name, output, gradient, sources, variables))
        return _keep_needed(nodes, self._resolve(end, (1 << 62, 0), LOSS))

    def _make_node(
        self,
        item: _Item,
        name: str,
        output: Tensor,
        gradient: Tensor | None,
        sources: Sequence[Source],
        variables: Sequence[Tensor] = (),
    ) -> Node:
        inputs = [self._resolve(source, item.position, item.module) for source in sources]
        parameters = [self._parameters[id(variable)] for variable in variables]
        function = item.made.name() if isinstance(item.made, GradFn) else ""
        return Node(
            name,
            item.module,
            item.op,
            function,
            output,
            gradient,
            tuple(dict.fromkeys(inputs)),
            tuple(dict.fromkeys(parameters)),
        )

    def _find_maker(self, source: Source) -> str | None:
        return self._makers.get(source[0] if isinstance(source[0], GradFn) else source)

    def _resolve(self, source: Source, position: Position, module: str) -> str:
        """Return the node whose result is taken: the last module that has passed it on, or the operation that made it."""
        passed = [
            name
            for each, name in self._passed
            if each.source == source
            and each.position < position
            and (not each.scope or f"{module}.".startswith(f"{each.scope}.") or module == LOSS)
        ]
        maker = passed[-1] if passed else self._find_maker(source)
        assert maker is not None, "every result has been made by something"
        return maker

    def _get_gradient(self, source: Source) -> Tensor | None:
        if not isinstance(source[0], GradFn):
            return None
        return self._gradients.get(source[0], ())[source[1]] if source[0] in self._gradients else None

    def _combine_outputs(self, function: GradFn) -> tuple[Tensor, Tensor | None]:
        """Return the results that reach the loss and their gradients, stacked if there are several of the same shape."""
        gradients = self._gradients.get(function, ())
        numbers = [
            number
            for number, gradient in enumerate(gradients)
            if gradient is not None and (function, number) in self._recorder.results
        ]
        if not numbers:
            known = [result for source, result in self._recorder.results.items() if source[0] is function]
            return (known[0] if known else torch.empty(0)), None
        outputs = [self._recorder.results[function, number] for number in numbers]
        found = [gradient for number in numbers if (gradient := gradients[number]) is not None]
        if len(outputs) == 1 or len({output.shape for output in outputs}) > 1:
            return outputs[0], found[0]
        return torch.stack(outputs), torch.stack(found)


def _get_op(function: GradFn) -> str:
    """'AddmmBackward0' → 'addmm', 'MaxPool2DWithIndicesBackward0' → 'max_pool2d_with_indices'."""
    plain = _BACKWARD.sub("", function.name()).lstrip("_").replace("2D", "2d").replace("1D", "1d")
    return _HUMP.sub("_", plain).lower()


def _make_names(items: list[_Item]) -> list[str]:
    """Return a unique name for each: module and operation, with a number from the second one on."""
    counts: Counter[str] = Counter()
    names = []
    for item in items:
        plain = f"{item.module}.{item.op}" if item.module else item.op
        counts[plain] += 1
        names.append(plain if counts[plain] == 1 else f"{plain}.{counts[plain]}")
    return names


def _keep_needed(nodes: list[Node], end: str) -> tuple[Node, ...]:
    """Drop the operations whose result nothing takes."""
    by_name = {node.name: node for node in nodes}
    needed, waiting = {end, INPUT, TARGET}, [end]
    while waiting:
        for name in by_name[waiting.pop()].inputs:
            if name not in needed:
                needed.add(name)
                waiting.append(name)
    return tuple(node for node in nodes if node.name in needed)
