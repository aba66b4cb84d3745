"""What one training step of one example looks like: the operations of the forward pass, and the gradient at each of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

__all__ = ["INPUT", "TARGET", "Graph", "Node", "ParameterGradient"]

INPUT, TARGET = "input", "target"
"""The names of the two nodes where the graph begins."""


@dataclass(frozen=True, eq=False)
class Node:
    """An operation of the forward pass.

    Attributes:
        name: unique in its graph, such as "3.addmm".
        module: the path of the module that computes it; "loss" for the loss function, "" for the network itself.
        op: the operation, such as "addmm"; "identity" for a module that passes its input on, such as dropout in evaluation mode.
        function: autograd's name of it, such as "AddmmBackward0"; "" where autograd records nothing, because no weight comes before.
        output: the result. An operation with several results of the same shape has them in a new first dimension.
        gradient: of the loss with respect to `output`; None where autograd computes none.
        inputs: the names of the nodes whose results it takes.
        parameters: the names of the parameters that it takes.
    """

    name: str
    module: str
    op: str
    function: str
    output: Tensor
    gradient: Tensor | None
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output, with the batch dimension of 1."""
        return tuple(self.output.shape)


@dataclass(frozen=True, eq=False)
class ParameterGradient:
    """A parameter and the gradient of the loss with respect to it; None if it does not reach the loss."""

    name: str
    value: Tensor
    gradient: Tensor | None

    @property
    def is_zero(self) -> bool:
        """Whether it has a gradient, and all of it is 0."""
        return self.gradient is not None and not bool(self.gradient.any())


@dataclass(frozen=True, eq=False)
class Graph:
    """One forward and backward pass of one example in evaluation mode.

    Attributes:
        inputs: what the network sees, a batch of one.
        target: the label [1], the value [1], or the picture that should come out.
        outputs: the logits [1, classes], or the picture that comes out.
        loss: of the example.
        nodes: in the order of the computation; the last one is the loss.
        parameters: of the network, by name.
        layers: what each module is, such as "Conv2d 1 → 32, 3×3", by path.
    """

    inputs: Tensor
    target: Tensor
    outputs: Tensor
    loss: float
    nodes: tuple[Node, ...]
    parameters: dict[str, ParameterGradient]
    layers: dict[str, str] = field(default_factory=dict)

    @property
    def without_gradient(self) -> tuple[str, ...]:
        """The parameters that do not reach the loss."""
        return tuple(name for name, parameter in self.parameters.items() if parameter.gradient is None)

    @property
    def with_zero_gradient(self) -> tuple[str, ...]:
        """The parameters that reach the loss and whose whole gradient is 0, for example because all units after them are off."""
        return tuple(name for name, parameter in self.parameters.items() if parameter.is_zero)
