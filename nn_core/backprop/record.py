"""Records the operations of a forward pass as autograd sees them, without changing a bit of their results.

A dispatch mode sees every operation with its arguments, which still know the node of the autograd graph that made them. So each
result is read exactly where the next operation takes it. Autograd numbers its nodes, so its count at the beginning and end of a
module says which nodes belong to the module.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node as GradFn
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["Memory", "PassThrough", "PlainOperation", "Position", "Recorder", "Source", "get_source", "watch_modules"]

_COPIES = {"detach", "detach_"}  # what operations do inside; nothing that the network computes

Memory = tuple[int, int, tuple[int, ...], tuple[int, ...]]
"""Where a tensor is and how it is read. Tensors with the same memory contain the same numbers."""
Source = tuple[GradFn, int] | Memory
"""A result: a node of the autograd graph with the number of its output, or the memory of one that autograd does not record."""
Position = tuple[int, int]
"""When something happened: the number of autograd's last node, and of the operations that the recorder had seen."""


@dataclass(frozen=True)
class PlainOperation:
    """An operation that autograd does not record, because no parameter comes before it. output: where its result is."""

    module: str
    op: str
    position: Position
    output: Memory
    inputs: tuple[Memory, ...]


@dataclass
class PassThrough:
    """A module that returned its input unchanged. scope: the module inside which later operations take its result."""

    module: str
    position: Position
    source: Source
    scope: str


class Recorder(TorchDispatchMode):
    """Sees every operation while it is entered.

    Attributes:
        results: a copy of each result.
        operations: those that autograd does not record and that depend on the start.
        taken: the inputs of a node of autograd that autograd does not record, by the node's number.
        passed: the modules that returned their input.
    """

    def __init__(self, *starts: Tensor) -> None:
        """starts: the tensors with which the computation begins."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.results: dict[Source, Tensor] = {get_source(start): start for start in starts}
        self.operations: list[PlainOperation] = []
        self.taken: dict[int, tuple[Memory, ...]] = {}
        self.passed: list[PassThrough] = []
        self._modules: list[str] = []
        self._marks: list[tuple[int, str]] = []
        self._kept: list[torch.UntypedStorage] = []
        self._last, self._count = _get_next_number() - 1, 0
        self.enter_module("")

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler at the first operation, which takes over a second."""
        return False

    def __torch_dispatch__(  # type: ignore[no-untyped-def]
        self, func: torch._ops.OpOverload, types, args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None
    ) -> object:
        number = _get_next_number() - 1
        is_recorded, self._last = number > self._last, number
        self._count += 1
        op = func.overloadpacket.__name__
        arguments = list(_list_tensors([args, (kwargs or {}).values()]))
        inputs: tuple[Memory, ...] = ()
        if op not in _COPIES:
            for tensor in arguments:
                self.keep_result(tensor)
            plain = [_locate(tensor) for tensor in arguments if not tensor.requires_grad]
            inputs = tuple(dict.fromkeys(memory for memory in plain if memory in self.results))
        result = func(*args, **(kwargs or {}))
        if is_recorded:
            self.taken[number] = inputs
        elif inputs:
            for output in _list_tensors([result]):
                self._add_operation(op, inputs, output)
        return result

    def enter_module(self, module: str) -> None:
        """Begin a module."""
        self._modules.append(module)
        self._marks.append((_get_next_number(), module))

    def leave_module(self) -> None:
        """Return to the module around it."""
        self._modules.pop()
        self._marks.append((_get_next_number(), self._modules[-1]))

    def find_module(self, number: int) -> str:
        """Return the module in which autograd made the node with this number."""
        return self._marks[bisect_right(self._marks, number, key=lambda mark: mark[0]) - 1][1]

    def keep_result(self, tensor: Tensor) -> None:
        """Copy a tensor that an operation has made, if autograd recorded it."""
        if tensor.grad_fn is not None and get_source(tensor) not in self.results:
            self.results[get_source(tensor)] = tensor.detach().clone()

    def add_pass_through(self, module: str, output: Tensor) -> None:
        """Record that a module has returned its input."""
        self.keep_result(output)
        scope = module.rpartition(".")[0]
        self.passed.append(PassThrough(module, (self._last, self._count), get_source(output), scope))

    def widen_scope(self, module: str, output: Tensor) -> None:
        """Record that a module has returned what the last module inside it passed through."""
        source = get_source(output)
        for passed in self.passed:
            if passed.source == source and module and passed.scope == module:
                passed.scope = module.rpartition(".")[0]

    def _add_operation(self, op: str, inputs: tuple[Memory, ...], output: Tensor) -> None:
        memory = _locate(output)
        position = self._last, self._count
        self.operations.append(PlainOperation(self._modules[-1], op, position, memory, inputs))
        self.results[memory] = output.detach().clone()
        self._kept.append(output.untyped_storage())  # no later tensor gets the same memory


def get_source(tensor: Tensor) -> Source:
    """Return what made the tensor."""
    return (tensor.grad_fn, tensor.output_nr) if tensor.grad_fn is not None else _locate(tensor)


def _locate(tensor: Tensor) -> Memory:
    return tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()), tuple(tensor.shape), tensor.stride()


def _get_next_number() -> int:
    """Return the number of the next node that autograd makes in this thread; torch's profiler uses it too."""
    number: int = torch._C._autograd._get_sequence_nr()
    return number


def _list_tensors(values: Iterable[object]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Iterable) and not isinstance(value, str):
            yield from _list_tensors(value)


@contextmanager
def watch_modules(model: nn.Module, recorder: Recorder) -> Iterator[None]:
    """Tell the recorder when each module begins and ends, and which return their input."""

    def begin(path: str, _module: nn.Module, _arguments: tuple[object, ...]) -> None:
        recorder.enter_module(path)

    def end(path: str, module: nn.Module, arguments: tuple[object, ...], output: object) -> None:
        recorder.leave_module()
        if isinstance(output, Tensor):
            if arguments and output is arguments[0] and not list(module.children()):
                recorder.add_pass_through(path, output)
            recorder.widen_scope(path, output)

    hooks = []
    for path, module in model.named_modules():
        hooks.append(module.register_forward_pre_hook(partial(begin, path)))
        hooks.append(module.register_forward_hook(partial(end, path)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
