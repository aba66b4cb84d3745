"""Writes the expression that makes a module: `nn.Conv2d(1, 16, 3, padding=1)`, read off the living one.

torch's modules and those of `nn_core.models.parts` keep their arguments as attributes under the same names; what is at rest
is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from torch import nn

from nn_core.export.definitions import Definitions

__all__ = ["Call", "arguments_of", "constructor", "written"]

_LONGEST = 96
_SAME_FOR_EACH_SIDE = ("kernel_size", "stride", "padding", "output_padding", "dilation")
_COMMENT = "\0"


@dataclass
class Call:
    """name(arguments): each is its keyword ('' for none) and a value, written out or itself a Call."""

    name: str
    arguments: list[tuple[str, str | Call]] = field(default_factory=list)
    comment: str = ""


def constructor(module: nn.Module, definitions: Definitions, comments: Mapping[nn.Module, str]) -> Call:
    """The expression for a module and those inside it. Classes that are not torch's own go into `definitions`; `comments`
    stand behind the lines of their modules."""
    comment = comments.get(module, "")
    if type(module).__module__.startswith("torch.nn."):
        call = Call(f"nn.{type(module).__name__}", comment=comment)
        if isinstance(module, nn.Sequential):
            call.arguments = [("", constructor(child, definitions, comments)) for child in module]
        else:
            call.arguments = list(_of_torch(module))
        return call
    source = getattr(module, "source", None)
    if source is not None:
        text, expression = source()
        return Call(definitions.add_text(text, expression), comment=comment)
    return Call(definitions.add(type(module)), arguments_of(module, definitions, comments), comment)


def arguments_of(
    module: nn.Module, definitions: Definitions, comments: Mapping[nn.Module, str]
) -> list[tuple[str, str | Call]]:
    """Of a module that is not torch's: every argument by name."""
    values = {name: getattr(module, name) for name in inspect.signature(type(module)).parameters}
    return [
        (name, constructor(value, definitions, comments) if isinstance(value, nn.Module) else repr(value))
        for name, value in values.items()
    ]


def _of_torch(module: nn.Module) -> Iterator[tuple[str, str | Call]]:
    """Arguments without a default by place, those that differ from it by name."""
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


def _value(module: nn.Module, name: str) -> Any:
    value = getattr(module, name, None)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    if isinstance(value, tuple):
        one = name in _SAME_FOR_EACH_SIDE and len(set(value)) == 1
        return value[0] if one or len(value) == 1 else tuple(value)
    return value


# Laying out


def written(call: Call, indent: int) -> str:
    """The call over as many lines as it reads best on, the first of them at `indent` spaces; comments stand in line."""
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
    """Comments of neighbouring lines begin in the same column."""
    pairs = [line.split(_COMMENT, 1) for line in lines]
    width = max(len(code) for code, _comment in pairs)
    return [f"{code.ljust(width)}  {comment}" for code, comment in pairs]
