"""From tree to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nn_core.models.formula.tree import Node

__all__ = ["write"]

_LEVELS = {"+": 1, "-": 1, "neg": 1, "*": 2, "/": 2, "**": 3}


def _call_text(part: Node, args: list[str]) -> str:
    if part.op == "where":
        left, right, then, other = args
        return f"where({left} > {right}, {then}, {other})"
    return f"{part.op}({', '.join(args)})"


def _number_text(value: float) -> str:
    return f"{value:.10g}"


def write(
    tree: Node,
    call: Callable[[Node, list[str]], str] = _call_text,
    number: Callable[[float], str] = _number_text,
    names: Mapping[Node, str] | None = None,
    spaced: bool = False,
) -> str:
    """The tree as text. `call` writes a function and `number` a number; a node in `names` is written as its name; spaced: with
    spaces around * and /."""
    names = names or {}

    def put(part: Node, level: int) -> str:
        """In brackets if the sign binds looser than `level`."""
        if part in names:
            return names[part]
        if part.op == "x":
            return "x"
        if part.op == "number":
            text, own = number(part.number), 1 if part.number < 0 else 4
        else:
            own = _LEVELS.get(part.op, 4)
            text = signed(part) if part.op in _LEVELS else call(part, [put(arg, 0) for arg in part.args])
        return text if own >= level else f"({text})"

    def signed(part: Node) -> str:
        first = part.args[0]
        match part.op:
            case "neg":
                return "-" + put(first, 2)
            case "**":
                return f"{put(first, 4)}**{put(part.args[1], 4)}"
            case "*" | "/" as sign:
                return put(first, 2) + (f" {sign} " if spaced else sign) + put(part.args[1], 3)
            case sign:
                return f"{put(first, 1)} {sign} {put(part.args[1], 2)}"

    return put(tree, 0)
