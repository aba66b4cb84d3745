"""Parses the text of a formula into a tree, and formats a tree as text.

`ast` parses the text. Only numbers, the variables, pi, e, + - * / ** and the functions in FUNCTIONS are accepted.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping

from nn_core.errors import ConfigError, suggest_one_of
from nn_core.i18n import _
from nn_core.models.formula.tree import FUNCTIONS, Node, X, describe_too_large, make_node, make_number

__all__ = ["VARIABLES", "convert", "format_formula", "parse", "parse_syntax"]

_MAX_CHARACTERS = 200
_MAX_DEPTH = 40
VARIABLES: Mapping[str, Node] = {"x": X}
"""The names of the variable of an activation function."""
_ALIASES = {"arctan": "atan", "ln": "log"}
_CONSTANTS = {"pi": math.pi, "e": math.e}
_SIGNS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3", "π": "pi"}
_FOREIGN = re.compile(r"[^0-9A-Za-z_.+\-*/(), ]")
_NUMBER_THEN_NAME = re.compile(r"(?<![\w.])((?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+)([A-Za-z_]\w*)")
_OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def parse(text: str) -> Node:
    """Parse a formula.

    Raises:
        ConfigError: the text is not a formula, or has a number beyond the limits.
        RecursionError: it is nested too deeply.
        MemoryError: it is nested too deeply.
    """
    if not text:
        raise ConfigError(_("The formula is empty. Type one with x in it, such as x*tanh(log(1+exp(x)))."))
    expression = parse_syntax(text, VARIABLES, "x*tanh(x)")
    try:
        return convert(expression, VARIABLES)
    except OverflowError:
        raise ConfigError(describe_too_large(text)) from None


def parse_syntax(text: str, variables: Mapping[str, Node], example: str, more: str = "") -> ast.expr:
    """Parse the syntax of a text that is not empty, without checking its names and operators.

    Args:
        text: what the user typed; `^`, `²`, `×` and others stand for operators.
        variables: the names that may occur, for error messages.
        example: a formula, for error messages.
        more: further characters that may occur.

    Raises:
        ConfigError: it is not a formula.
        RecursionError, MemoryError: it is nested too deeply.
    """
    if len(text) > _MAX_CHARACTERS:
        raise ConfigError(
            _("The formula '{start}…' has {count} characters. Shorten it to at most {most}.").format(
                start=text[:20], count=len(text), most=_MAX_CHARACTERS
            )
        )
    plain = "".join(_SIGNS.get(character, character) for character in text)
    if foreign := next((found[0] for found in _FOREIGN.finditer(plain) if found[0] not in more), ""):
        raise ConfigError(_describe_unsupported(foreign, variables))
    if near := _NUMBER_THEN_NAME.search(plain):
        raise ConfigError(
            _("'{together}' has no operator between number and name. Write {number}*{name} for the product.").format(
                together=near[0], number=near[1], name=near[2]
            )
        )
    try:
        return ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError):
        raise ConfigError(
            _("'{text}' is not a formula. Check operators, commas and brackets, as in {example}.").format(
                text=text, example=example
            )
        ) from None


def convert(expression: ast.expr, variables: Mapping[str, Node], depth: int = 0) -> Node:
    """Convert a parsed expression into a tree. variables: the node of each name that may occur.

    Raises:
        ConfigError: something in it is not allowed.
        OverflowError: a number is beyond the limits.
        RecursionError: it is nested too deeply.
    """
    if depth > _MAX_DEPTH:
        raise RecursionError
    match expression:
        case ast.Constant(value=bool()):
            raise ConfigError(_describe_unknown(str(expression.value), variables))
        case ast.Constant(value=int() | float() as value):
            return make_number(value)
        case ast.Name(id=name) if name in variables:
            return variables[name]
        case ast.Name(id=name) if name in _CONSTANTS:
            return make_number(_CONSTANTS[name])
        case ast.Name(id=name) if _ALIASES.get(name, name) in FUNCTIONS:
            raise ConfigError(
                _("The function '{name}' has no brackets. Write {name}({x}).").format(
                    name=name, x=next(iter(variables))
                )
            )
        case ast.Name(id=name):
            raise ConfigError(_describe_unknown(name, variables))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return convert(operand, variables, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return make_node("neg", convert(operand, variables, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            # A long sum or product is a left-leaning tree and does not count as nesting.
            level = depth if isinstance(left, ast.BinOp) and not isinstance(op, ast.Pow) else depth + 1
            operands = convert(left, variables, level), convert(right, variables, depth + 1)
            return make_node(_OPERATORS[type(op)], *operands)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            function = _get_function(name, len(args), variables)
            return make_node(function, *[convert(arg, variables, depth + 1) for arg in args])
    raise ConfigError(_describe_unsupported(ast.unparse(expression), variables))


def _get_function(name: str, count: int, variables: Mapping[str, Node]) -> str:
    """Return the function's key in OPERATIONS. Raises ConfigError if it does not take that many arguments."""
    if name in variables or name in _CONSTANTS:
        raise ConfigError(
            _("'{name}(' looks like a function, but '{name}' is not one. Write {name}*( for the product.").format(
                name=name
            )
        )
    function = _ALIASES.get(name, name)
    if function not in FUNCTIONS:
        raise ConfigError(_describe_unknown(name, variables))
    needed = FUNCTIONS[function]
    if count != needed:
        x = next(iter(variables))
        example = f"({x}, 0)" if needed == 2 else f"({x})"
        raise ConfigError(
            _("'{name}' has {count} instead of {needed} values in its brackets. Write it like {example}.").format(
                name=name, count=count, needed=needed, example=name + example
            )
        )
    return function


def _describe_unknown(name: str, variables: Mapping[str, Node]) -> str:
    known = [*variables, *_CONSTANTS, *FUNCTIONS]
    meant = name.lower()
    # For 'tnah', suggest 'tanh'; a comparison of texts would prefer the shorter 'tan'.
    meant = next((other for other in known if sorted(other) == sorted(meant)), meant)
    return _("Unknown name '{name}' in the formula. {remedy}").format(name=name, remedy=suggest_one_of(meant, known))


def _describe_unsupported(part: str, variables: Mapping[str, Node]) -> str:
    names = ", ".join(variables)
    return _("'{part}' cannot be used in a formula. Use numbers, {names}, pi, e, + - * / ** ( ) and functions.").format(
        part=part, names=names
    )


_PRECEDENCE = {"+": 1, "-": 1, "neg": 1, "*": 2, "/": 2, "**": 3}


def _format_call(node: Node, args: list[str]) -> str:
    if node.op == "where":
        left, right, then, other = args
        return f"where({left} > {right}, {then}, {other})"
    return f"{node.op}({', '.join(args)})"


def _format_decimal(value: float) -> str:
    return f"{value:.10g}"


def format_formula(
    tree: Node,
    format_call: Callable[[Node, list[str]], str] = _format_call,
    format_decimal: Callable[[float], str] = _format_decimal,
    names: Mapping[Node, str] | None = None,
    spaced: bool = False,
) -> str:
    """Format a tree as text.

    Args:
        tree: the formula.
        format_call: formats a function with its formatted arguments.
        format_decimal: formats a number.
        names: nodes that are replaced by names.
        spaced: whether to put spaces around * and /.
    """
    names = names or {}

    def format_node(node: Node, level: int) -> str:
        """Format a node, in brackets if its precedence is below `level`."""
        if node in names:
            return names[node]
        if node.op == "x":
            return "x"
        if node.op == "number":
            text, precedence = format_decimal(node.number), 1 if node.number < 0 else 4
        else:
            precedence = _PRECEDENCE.get(node.op, 4)
            text = (
                format_operator(node)
                if node.op in _PRECEDENCE
                else format_call(node, [format_node(arg, 0) for arg in node.args])
            )
        return text if precedence >= level else f"({text})"

    def format_operator(node: Node) -> str:
        first = node.args[0]
        match node.op:
            case "neg":
                return "-" + format_node(first, 2)
            case "**":
                return f"{format_node(first, 4)}**{format_node(node.args[1], 4)}"
            case "*" | "/" as operator:
                return format_node(first, 2) + (f" {operator} " if spaced else operator) + format_node(node.args[1], 3)
            case operator:
                return f"{format_node(first, 1)} {operator} {format_node(node.args[1], 2)}"

    return format_node(tree, 0)
