"""Generates the Python of a module: its constructor call, such as `nn.Conv2d(1, 16, 3, padding=1)`, and the classes that it needs.

Arguments are read from the attributes of the module: torch's modules and those of `nn_core.models.parts` store them under the same names.
Default values are left out. Classes are copied from their source, so they are exactly those that were trained.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from types import FunctionType, ModuleType

from torch import nn

__all__ = ["Call", "Definitions", "format_call", "read_arguments", "read_constructor"]

_OURS = "nn_core."
_USUAL_IMPORTS = {
    ("", "torch"),
    ("", "torch.nn.functional as F"),
    ("torch", "Tensor"),
    ("torch", "nn"),
    ("unicodedata", "normalize"),
}
"""`from module import name`, or `import name` without a module."""


class Definitions:
    """Collects classes and functions in the order in which a program must define them, and their imports."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._imports: set[tuple[str, str]] = set()
        self._copied: set[object] = set()

    def add(self, which: type | FunctionType) -> str:
        """Add a class or function, after those that it uses. Returns its name."""
        if which not in self._copied:
            self._copied.add(which)
            source = inspect.getsource(which)
            module = sys.modules[which.__module__]
            imported = _imports_of(module)
            for name in _names_in(source):
                used = getattr(module, name, None)
                if isinstance(used, type | FunctionType) and used.__module__.startswith(_OURS):
                    self.add(used)
                elif name in imported:
                    self._imports.add(imported[name])
            self.texts.append(source.strip())
        return which.__name__

    def add_text(self, text: str, expression: str) -> str:
        """Add the source of a class that a module generated itself. expression: the call that constructs it. Returns the name to
        call."""
        if text.strip() not in self.texts:
            self.texts.append(text.strip())
        return expression.removesuffix("()")

    def imports(self, program: str) -> str:
        """Return the import statements for a program that contains these definitions."""
        used = _names_in(program)
        members: dict[str, list[str]] = {}
        for module, name in sorted(self._imports | _USUAL_IMPORTS):
            if name.split()[-1].split(".")[0] in used:
                members.setdefault(module, []).append(name)
        plain = [f"import {name}" for name in members.pop("", [])]
        return "\n".join(plain + [f"from {module} import {', '.join(names)}" for module, names in members.items()])


def _names_in(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _imports_of(module: ModuleType) -> dict[str, tuple[str, str]]:
    """Name → how the module imports it, as in `_USUAL_IMPORTS`, except imports of NN Lab's own modules."""
    return {
        alias.asname or alias.name.split(".")[0]: (str(getattr(node, "module", "")), ast.unparse(alias))
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.Import | ast.ImportFrom) and not str(getattr(node, "module", "")).startswith(_OURS)
        for alias in node.names
    }


_LONGEST = 96
_SAME_FOR_EACH_SIDE = ("kernel_size", "stride", "padding", "output_padding", "dilation")
_COMMENT = "\0"


@dataclass
class Call:
    """A call, name(arguments). Each argument is its keyword, or "", and its value as source text or as another Call."""

    name: str
    arguments: list[tuple[str, str | Call]] = field(default_factory=list)
    comment: str = ""


def read_constructor(module: nn.Module, definitions: Definitions, comments: Mapping[nn.Module, str]) -> Call:
    """Return the expression that constructs a module and its children.

    Args:
        module: the module.
        definitions: classes that are not torch's own are added here.
        comments: written at the end of the lines of their modules.
    """
    comment = comments.get(module, "")
    if type(module).__module__.startswith("torch.nn."):
        call = Call(f"nn.{type(module).__name__}", comment=comment)
        if isinstance(module, nn.Sequential):
            call.arguments = [("", read_constructor(child, definitions, comments)) for child in module]
        else:
            call.arguments = list(_of_torch(module))
        return call
    source = getattr(module, "source", None)
    if source is not None:
        text, expression = source()
        return Call(definitions.add_text(text, expression), comment=comment)
    return Call(definitions.add(type(module)), read_arguments(module, definitions, comments), comment)


def read_arguments(
    module: nn.Module, definitions: Definitions, comments: Mapping[nn.Module, str]
) -> list[tuple[str, str | Call]]:
    """Return the arguments of a module that is not torch's own, all by name."""
    values = {name: getattr(module, name) for name in inspect.signature(type(module)).parameters}
    return [
        (name, read_constructor(value, definitions, comments) if isinstance(value, nn.Module) else repr(value))
        for name, value in values.items()
    ]


def _of_torch(module: nn.Module) -> Iterator[tuple[str, str | Call]]:
    """Arguments without a default by position, and those that differ from their default by name."""
    recurrent = isinstance(module, nn.RNNBase)
    signature = inspect.signature(nn.RNNBase if recurrent else type(module))
    for name, parameter in signature.parameters.items():
        variable = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if variable or name in ("device", "dtype", "mode") or name.startswith("_"):
            continue
        value = _value(module, name)
        if parameter.default is parameter.empty:
            yield "", repr(value)
        elif value != parameter.default and not (name == "stride" and value == _value(module, "kernel_size")):
            yield name, repr(value)
    if recurrent and getattr(module, "nonlinearity", "tanh") != "tanh":
        yield "nonlinearity", repr(module.nonlinearity)


def _value(module: nn.Module, name: str) -> object:
    value = getattr(module, name, None)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    if isinstance(value, tuple):
        one = name in _SAME_FOR_EACH_SIDE and len(set(value)) == 1
        return value[0] if one or len(value) == 1 else tuple(value)
    return value


# Formatting


def format_call(call: Call, indent: int) -> str:
    """Format the call over as many lines as needed, indented by `indent` spaces, with aligned comments."""
    lines = [" " * indent + line for line in _lines(call)]
    blocks = groupby(lines, key=lambda line: _COMMENT in line)
    return "\n".join(line for commented, block in blocks for line in (_in_line(list(block)) if commented else block))


def _lines(call: Call, keyword: str = "", end: str = "") -> list[str]:
    start = f"{keyword}={call.name}" if keyword else call.name
    comment = f"{_COMMENT}# {call.comment}" if call.comment else ""
    if not any(isinstance(value, Call) for _keyword, value in call.arguments):
        values = [f"{key}={value}" if key else str(value) for key, value in call.arguments]
        flat = f"{start}({', '.join(values)}){end}"
        if len(flat) <= _LONGEST:
            return [flat + comment]
    lines = [f"{start}("]
    for key, value in call.arguments:
        inner = _lines(value, key, ",") if isinstance(value, Call) else [f"{key}={value}," if key else f"{value},"]
        lines += ["    " + line for line in inner]
    return [*lines, f"){end}{comment}"]


def _in_line(lines: list[str]) -> list[str]:
    """Align the comments of neighbouring lines."""
    pairs = [line.split(_COMMENT, 1) for line in lines]
    width = max(len(code) for code, _comment in pairs)
    return [f"{code.ljust(width)}  {comment}" for code, comment in pairs]
