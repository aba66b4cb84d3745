"""Parses the text of a formula into a tree, and formats a tree as text.

Python's own grammar (`ast`) parses the text. Only numbers, x, pi, e, + - * / ** and the functions in FUNCTIONS are accepted.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping

from nn_core.errors import ConfigError, suggest_one_of
from nn_core.i18n import _
from nn_core.models.formula.tree import FUNCTIONS, Node, X, describe_too_large, make_node, make_number

__all__ = ["format_formula", "parse"]

_MAX_CHARACTERS = 200
_MAX_DEPTH = 40
_ALIASES = {"arctan": "atan", "ln": "log"}
_CONSTANTS = {"pi": math.pi, "e": math.e}
_SIGNS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3", "π": "pi"}
_FOREIGN = re.compile(r"[^0-9A-Za-z_.+\-*/(), ]")
_NUMBER_THEN_NAME = re.compile(r"(?<![\w.])((?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+)([A-Za-z_]\w*)")
_OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def parse(text: str) -> Node:
    """Raises ConfigError for a text that is no formula, or has a number beyond the limits, and RecursionError or MemoryError
    where it is nested too deeply."""
    if not text:
        raise ConfigError(_("The formula is empty. Type one with x in it, such as x*tanh(log(1+exp(x)))."))
    if len(text) > _MAX_CHARACTERS:
        raise ConfigError(
            _("The formula '{start}…' has {count} characters. Shorten it to at most {most}.").format(
                start=text[:20], count=len(text), most=_MAX_CHARACTERS
            )
        )
    plain = "".join(_SIGNS.get(character, character) for character in text)
    if foreign := _FOREIGN.search(plain):
        raise ConfigError(_without_meaning(foreign[0]))
    if near := _NUMBER_THEN_NAME.search(plain):
        raise ConfigError(
            _("'{together}' lacks a sign between number and name. Write {number}*{name} for the product.").format(
                together=near[0], number=near[1], name=near[2]
            )
        )
    try:
        tree = ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError):
        raise ConfigError(
            _("'{text}' does not read as a formula. Check its signs, commas and brackets, as in x*tanh(x).").format(
                text=text
            )
        ) from None
    try:
        return _grow(tree.body, 0)
    except OverflowError:
        raise ConfigError(describe_too_large(text)) from None


def _grow(part: ast.expr, depth: int) -> Node:
    if depth > _MAX_DEPTH:
        raise RecursionError
    match part:
        case ast.Constant(value=bool()):
            raise ConfigError(_unknown(str(part.value)))
        case ast.Constant(value=int() | float() as value):
            return make_number(value)
        case ast.Name(id="x"):
            return X
        case ast.Name(id=name) if name in _CONSTANTS:
            return make_number(_CONSTANTS[name])
        case ast.Name(id=name) if _ALIASES.get(name, name) in FUNCTIONS:
            raise ConfigError(_("The function '{name}' lacks its brackets. Write {name}(x).").format(name=name))
        case ast.Name(id=name):
            raise ConfigError(_unknown(name))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _grow(operand, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return make_node("neg", _grow(operand, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            # A long sum or product leans to the left and is no nesting.
            level = depth if isinstance(left, ast.BinOp) and not isinstance(op, ast.Pow) else depth + 1
            return make_node(_OPERATORS[type(op)], _grow(left, level), _grow(right, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return make_node(_function(name, len(args)), *[_grow(arg, depth + 1) for arg in args])
    raise ConfigError(_without_meaning(ast.unparse(part)))


def _function(name: str, count: int) -> str:
    """The function's key in OPERATIONS, if it takes that many values."""
    if name == "x" or name in _CONSTANTS:
        raise ConfigError(
            _("'{name}(' reads as a function, and '{name}' is none. Write {name}*( for the product.").format(name=name)
        )
    function = _ALIASES.get(name, name)
    if function not in FUNCTIONS:
        raise ConfigError(_unknown(name))
    needed = FUNCTIONS[function]
    if count != needed:
        example = "(x, 0)" if needed == 2 else "(x)"
        raise ConfigError(
            _("'{name}' has {count} instead of {needed} values in its brackets. Write it like {example}.").format(
                name=name, count=count, needed=needed, example=name + example
            )
        )
    return function


def _unknown(name: str) -> str:
    known = ["x", *_CONSTANTS, *FUNCTIONS]
    meant = name.lower()
    # Letters in the wrong order are nearer to 'tanh' than the shorter 'tan' that a comparison of texts would take.
    meant = next((other for other in known if sorted(other) == sorted(meant)), meant)
    return _("Unknown name '{name}' in the formula. {remedy}").format(name=name, remedy=suggest_one_of(meant, known))


def _without_meaning(part: str) -> str:
    return _("'{part}' has no meaning in a formula. Use numbers, x, pi, e, + - * / ** ( ) and functions.").format(
        part=part
    )


_LEVELS = {"+": 1, "-": 1, "neg": 1, "*": 2, "/": 2, "**": 3}


def _call_text(part: Node, args: list[str]) -> str:
    if part.op == "where":
        left, right, then, other = args
        return f"where({left} > {right}, {then}, {other})"
    return f"{part.op}({', '.join(args)})"


def _number_text(value: float) -> str:
    return f"{value:.10g}"


def format_formula(
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
