"""An activation function that the user types, such as `x*tanh(log(1+exp(x)))`, read without ever running the text.

`Formula.parse` lets Python's own grammar (`ast`) take the text apart and keeps only what is on a list: numbers, x, pi, e,
+ - * / ** and the functions in FUNCTIONS. What comes out is a tree of our own (`Node`). Everything else works on that
tree: the value here, with `math`; the torch expressions in `formula_activation`; the derivative, for which the tree is
handed to sympy node by node and the answer turned back into a tree.

A few shapes are replaced while reading, because float32 overflows in them at |x| = 89 although their value is harmless:
log(1+exp(u)) becomes softplus(u) and a/(1+exp(u)) becomes a*sigmoid(-u). sympy is told of sigmoid, softplus and whatever
has a kink as functions of our own, so that it keeps them whole: their slope is never written as a ratio of exponentials,
and no Dirac delta can appear. At a kink one side's slope counts: 0 for relu and abs, the last argument's for min and max,
where an argument without x counts as the last.
"""

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from importlib import import_module
from itertools import pairwise
from typing import Any

from nn_core.errors import ConfigError, one_of
from nn_core.i18n import _

__all__ = ["FUNCTIONS", "Formula", "Node", "write"]

MAX_CHARACTERS = 200
MAX_DEPTH = 40
MAX_EXPONENT = 64
MAX_NUMBER = 1e30
MAX_DERIVATIVE_NODES = 1500
FLOAT32_MAX = 3.4e38

# From 0 outwards, so that the failing point that a sentence names is the one nearest to 0.
SAMPLES = [0.0] + [sign * step / 20 for step in range(1, 201) for sign in (1, -1)]


@dataclass(frozen=True, slots=True)
class Node:
    """`op` is "x", "number", a key of OPERATIONS; args are what it is applied to."""

    op: str
    args: tuple["Node", ...] = ()
    number: float = 0.0

    def walk(self) -> Iterator["Node"]:
        yield self
        for arg in self.args:
            yield from arg.walk()

    def at(self, x: float) -> float:
        """The value at x by the rules of floating point: infinite on overflow, NaN where no real number is."""
        if self.op == "x":
            return x
        if self.op == "number":
            return self.number
        return OPERATIONS[self.op](*[arg.at(x) for arg in self.args])


X = Node("x")


@dataclass(frozen=True)
class Formula:
    """text: as typed, with single spaces; tree: what is computed. Make one with `Formula.parse`."""

    text: str
    tree: Node

    @classmethod
    def parse(cls, text: str) -> "Formula":
        """The formula, found usable for training: finite and with a finite slope at 0 and all over [-10, 10].

        Raises ConfigError, with what is wrong and what to type instead."""
        return _parse(text)

    def value(self, x: float) -> float:
        """May be infinite or NaN outside [-10, 10]."""
        return self.tree.at(x)

    def derivative(self) -> "Formula":
        """The slope as a formula. Its text may hold `where(a > b, p, q)`: p where a is greater than b, else q."""
        return _derivative(self.text, self.tree)

    @property
    def derivative_text(self) -> str:
        return self.derivative().text

    def sides(self, x: float) -> tuple[bool, ...]:
        """For each abs, relu, sign, min and max, on which side of its kink x lies."""
        last = {"min": 1, "max": 1}
        return tuple(
            node.args[0].at(x) > (node.args[1].at(x) if node.op in last else 0)
            for node in self.tree.walk()
            if node.op in ("abs", "relu", "sign", "min", "max")
        )


# What a node computes


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _log(u: float) -> float:
    return math.log(u) if u > 0 else -math.inf if u == 0 else math.nan


def _sigmoid(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u >= 0 else math.exp(u) / (1 + math.exp(u)) if u < 0 else math.nan


def _quiet(function: Callable[[float], float]) -> Callable[[float], float]:
    """Infinite with the argument's sign on overflow (exp, sinh), NaN where the argument is not allowed."""

    def calm(u: float) -> float:
        try:
            return function(u)
        except OverflowError:
            return math.copysign(math.inf, u)
        except ValueError:
            return math.nan

    return calm


def _or_nan(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """NaN goes through, as it does in torch."""
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else function(a, b)


OPERATIONS: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "**": _power,
    "neg": lambda u: -u,
    "where": lambda left, right, then, other: then if left > right else other,
    "exp": _quiet(math.exp),
    "log": _log,
    "sqrt": _quiet(math.sqrt),
    "abs": abs,
    "sin": _quiet(math.sin),
    "cos": _quiet(math.cos),
    "tan": _quiet(math.tan),
    "tanh": math.tanh,
    "sinh": _quiet(math.sinh),
    "cosh": lambda u: _quiet(math.cosh)(abs(u)),
    "sigmoid": _sigmoid,
    "relu": lambda u: max(u, 0.0),
    "softplus": lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "sign": lambda u: u if math.isnan(u) else float((u > 0) - (u < 0)),
    "atan": math.atan,
    "erf": math.erf,
    "min": _or_nan(min),
    "max": _or_nan(max),
}
FUNCTIONS: dict[str, int] = {
    name: 2 if name in ("min", "max") else 1 for name in OPERATIONS if name.isalpha() and name not in ("neg", "where")
}
"""What may be called in a formula, and with how many arguments."""

ALIASES = {"arctan": "atan", "ln": "log"}
CONSTANTS = {"pi": math.pi, "e": math.e}


# From text to tree


_SIGNS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3", "π": "pi"}
_FOREIGN = re.compile(r"[^0-9A-Za-z_.+\-*/(), ]")
_NUMBER_THEN_NAME = re.compile(r"(?<![\w.])((?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+)([A-Za-z_]\w*)")
_OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@lru_cache(maxsize=256)
def _parse(text: str) -> Formula:
    text = " ".join(text.split())
    if not text:
        raise ConfigError(_("The formula is empty. Type one with x in it, such as x*tanh(log(1+exp(x)))."))
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(
            _("The formula '{start}…' has {count} characters. Shorten it to at most {most}.").format(
                start=text[:20], count=len(text), most=MAX_CHARACTERS
            )
        )
    try:
        formula = Formula(text, _read(text))
        _check(formula)
    except (RecursionError, MemoryError):
        raise ConfigError(_too_deep(text)) from None
    return formula


def _read(text: str) -> Node:
    plain = "".join(_SIGNS.get(character, character) for character in text)
    if foreign := _FOREIGN.search(plain):
        raise ConfigError(
            _("'{sign}' has no meaning in a formula. Use numbers, x, pi, e, + - * / ** ( ) and functions.").format(
                sign=foreign[0]
            )
        )
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
    return _grow(tree.body, text, 0)


def _grow(node: ast.expr, text: str, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ConfigError(_too_deep(text))
    match node:
        case ast.Constant(value=bool()):
            raise ConfigError(_unknown(str(node.value)))
        case ast.Constant(value=int() | float() as number):
            return _number(number, text)
        case ast.Name(id="x"):
            return X
        case ast.Name(id=name) if name in CONSTANTS:
            return Node("number", number=CONSTANTS[name])
        case ast.Name(id=name) if ALIASES.get(name, name) in FUNCTIONS:
            raise ConfigError(_("The function '{name}' lacks its brackets. Write {name}(x).").format(name=name))
        case ast.Name(id=name):
            raise ConfigError(_unknown(name))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _grow(operand, text, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _node("neg", (_grow(operand, text, depth + 1),), text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            # A long sum or product leans to the left and is no nesting.
            level = depth if isinstance(left, ast.BinOp) and not isinstance(op, ast.Pow) else depth + 1
            return _node(_OPERATORS[type(op)], (_grow(left, text, level), _grow(right, text, depth + 1)), text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, text, depth)
    raise ConfigError(
        _("'{part}' has no meaning in a formula. Use numbers, x, pi, e, + - * / ** ( ) and functions.").format(
            part=ast.unparse(node)
        )
    )


def _call(name: str, args: list[ast.expr], text: str, depth: int) -> Node:
    if name == "x" or name in CONSTANTS:
        raise ConfigError(
            _("'{name}(' reads as a function, and '{name}' is none. Write {name}*( for the product.").format(name=name)
        )
    function = ALIASES.get(name, name)
    if function not in FUNCTIONS:
        raise ConfigError(_unknown(name))
    needed = FUNCTIONS[function]
    if len(args) != needed:
        example = "(x, 0)" if needed == 2 else "(x)"
        raise ConfigError(
            _("'{name}' has {count} instead of {needed} values in its brackets. Write it like {example}.").format(
                name=name, count=len(args), needed=needed, example=name + example
            )
        )
    return _node(function, tuple(_grow(arg, text, depth + 1) for arg in args), text)


def _unknown(name: str) -> str:
    known = ["x", *CONSTANTS, *FUNCTIONS]
    meant = name.lower()
    # Letters in the wrong order are nearer to 'tanh' than the shorter 'tan' that a comparison of texts would take.
    meant = next((other for other in known if sorted(other) == sorted(meant)), meant)
    return _("Unknown name '{name}' in the formula. {remedy}").format(name=name, remedy=one_of(meant, known))


def _too_deep(text: str) -> str:
    return _("The formula '{start}…' is nested too deeply. Use fewer brackets within brackets.").format(start=text[:20])


# Making a node: constants are worked out, and shapes that overflow are replaced


def _number(number: float, text: str) -> Node:
    if not -MAX_NUMBER <= number <= MAX_NUMBER:  # also catches NaN
        raise ConfigError(
            _("'{text}' holds a number that is too large or not real. Keep all of them within ±{most:g}.").format(
                text=text, most=MAX_NUMBER
            )
        )
    return Node("number", number=float(number))


def _node(op: str, args: tuple[Node, ...], text: str) -> Node:
    if op == "**" and args[1].op == "number" and abs(args[1].number) > MAX_EXPONENT:
        raise ConfigError(
            _("The exponent {exponent:g} in the formula is too large. Use one from -{most} to {most}.").format(
                exponent=args[1].number, most=MAX_EXPONENT
            )
        )
    if all(arg.op == "number" for arg in args):
        return _number(OPERATIONS[op](*[arg.number for arg in args]), text)
    match op, args:
        case "neg", (Node("neg", (inner,)),):
            return inner
        case "**", (Node("number", number=math.e), exponent):
            return Node("exp", (exponent,))
        case "log", (inner,) if power := _one_plus_exp(inner):
            return Node("softplus", (power,))
        case "/", (top, below) if power := _one_plus_exp(below):
            if top == Node("exp", (power,)):
                return Node("sigmoid", (power,))
            falling = Node("sigmoid", (_node("neg", (power,), text),))
            return falling if top == Node("number", number=1.0) else Node("*", (top, falling))
        case "where", (Node("number", number=left), Node("number", number=right), then, other):
            return then if left > right else other
        case (("min" | "max"), (Node("number"), second)):
            return Node(op, (second, args[0]))
    return Node(op, args)


def _one_plus_exp(node: Node) -> Node | None:
    """u, if the node is 1+exp(u)."""
    match node:
        case Node(
            "+", (Node("number", number=1.0), Node("exp", (u,))) | (Node("exp", (u,)), Node("number", number=1.0))
        ):
            return u
    return None


# Whether it can be trained with


def _check(formula: Formula) -> None:
    text = formula.text
    if X not in formula.tree.walk():
        raise ConfigError(
            _("'{text}' is the same for every input, so nothing could be learned. Put x into it.").format(text=text)
        )
    zero = formula.value(0.0)
    if not _usable(zero):
        raise ConfigError(
            _(
                "'{text}' has no finite value at 0, where it is {value}. Keep what is divided by or put into log away "
                "from 0, as in log(1 + abs(x))."
            ).format(text=text, value=_in_words(zero))
        )
    if (bad := _first_bad(formula)) is not None:
        raise ConfigError(
            _(
                "'{text}' has no finite value at x = {x:.4g}, where it is {value}. Change it so that it is finite from "
                "-10 to 10, for instance with abs(x) in place of x."
            ).format(text=text, x=bad, value=_in_words(formula.value(bad)))
        )
    slope = formula.derivative()
    if (bad := _first_bad(slope)) is not None:
        raise ConfigError(
            _(
                "The slope of '{text}' is not finite at x = {x:.4g}. Smooth the formula there, as in sqrt(x**2 + 0.01) "
                "in place of sqrt(abs(x))."
            ).format(text=text, x=bad)
        )
    if (pole := _first_pole(formula)) is not None or (pole := _first_pole(slope)) is not None:
        raise ConfigError(
            _(
                "'{text}' has no finite value or slope at x = {x:.4g}, near which it grows without end. Keep what is "
                "divided by away from 0, as in 1/(1 + x**2)."
            ).format(text=text, x=pole)
        )
    if all(slope.value(x) == 0 for x in SAMPLES):
        raise ConfigError(
            _(
                "The slope of '{text}' is 0 everywhere, so nothing could be learned. Add a part that rises or falls."
            ).format(text=text)
        )


def _usable(value: float) -> bool:
    return abs(value) <= FLOAT32_MAX


def _in_words(value: float) -> str:
    if math.isnan(value):
        return _("not a real number")
    if math.isinf(value):
        return _("infinite") if value > 0 else _("minus infinity")
    return _("{value:.3g}, more than float32 can hold").format(value=value)


def _first_bad(formula: Formula) -> float | None:
    """The sample nearest to 0 where the formula has no finite value."""
    return next((x for x in SAMPLES if not _usable(formula.value(x))), None)


def _first_pole(formula: Formula) -> float | None:
    """Where between two samples the formula changes its sign by way of infinity. A pole that leaves the sign of the value
    alone changes that of the slope."""
    values = {x: formula.value(x) for x in SAMPLES}
    ordered = sorted(SAMPLES)
    for left, right in sorted(pairwise(ordered), key=lambda pair: abs(pair[0] + pair[1])):
        if values[left] * values[right] < 0 and (pole := _pole(formula, left, right)) is not None:
            return pole
    return None


def _pole(formula: Formula, left: float, right: float) -> float | None:
    """Halves the interval about the change of sign: at a zero the values shrink, at a jump they stay, at a pole they grow
    without end."""
    before = formula.value(left)
    limit = 200 * max(abs(before), abs(formula.value(right)))
    value = before
    for _step in range(24):
        middle = (left + right) / 2
        value = formula.value(middle)
        if value * before > 0:
            left = middle
        else:
            right = middle
    return right if not abs(value) <= limit else None


# The derivative


def _sympy() -> Any:
    """Takes a third of a second the first time; torch brings it along."""
    return import_module("sympy")


@lru_cache(maxsize=256)
def _derivative(text: str, tree: Node) -> Formula:
    sympy = _sympy()
    x = sympy.Symbol("x", real=True)
    slope = _from_sympy(sympy.diff(_to_sympy(tree, x), x), text)
    if sum(1 for _node in slope.walk()) > MAX_DERIVATIVE_NODES:
        raise ConfigError(
            _("The derivative of '{text}' is too long to train with. Shorten the formula.").format(text=text)
        )
    return Formula(write(slope), slope)


@lru_cache(maxsize=1)
def _own_functions() -> dict[str, Any]:
    """What sympy does not know or would differentiate into deltas and overflowing ratios, with its slope."""
    sympy = _sympy()
    real = type("Real", (sympy.Function,), {"is_real": True})

    def where(left: Any, right: Any, then: Any, other: Any) -> Any:
        return then if then == other else own["where"](left, right, then, other)

    slopes: dict[str, Callable[..., Any]] = {
        "sigmoid": lambda x, u: own["sigmoid"](u) * (1 - own["sigmoid"](u)) * u.diff(x),
        "softplus": lambda x, u: own["sigmoid"](u) * u.diff(x),
        "relu": lambda x, u: where(u, sympy.S.Zero, u.diff(x), sympy.S.Zero),
        "abs": lambda x, u: own["sign"](u) * u.diff(x),
        "sign": lambda x, u: sympy.S.Zero,
        "max": lambda x, a, b: where(a, b, a.diff(x), b.diff(x)),
        "min": lambda x, a, b: where(b, a, a.diff(x), b.diff(x)),
        "where": lambda x, a, b, then, other: where(a, b, then.diff(x), other.diff(x)),
    }
    own: dict[str, Any] = {}
    for name, slope in slopes.items():
        own[name] = type(name, (real,), {"_eval_derivative": lambda self, x, slope=slope: slope(x, *self.args)})
    return own


def _to_sympy(node: Node, x: Any) -> Any:
    sympy = _sympy()
    if node.op == "x":
        return x
    if node.op == "number":
        top, below = node.number.as_integer_ratio()
        # Exact where that stays small, so that x**2 becomes 2*x and sqrt is known as the power 1/2.
        return sympy.Rational(top, below) if abs(top) < 10**6 and below <= 64 else sympy.Float(node.number)
    args = [_to_sympy(arg, x) for arg in node.args]
    match node.op, args:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b]:
            return a / b
        case "**", [a, b]:
            return a**b
        case "neg", [a]:
            return -a
    own = _own_functions()
    return own[node.op](*args) if node.op in own else getattr(sympy, node.op)(*args)


def _from_sympy(expression: Any, text: str) -> Node:
    def turned(part: Any) -> Node:
        return _from_sympy(part, text)

    if expression.is_Symbol:
        return X
    if expression.is_Rational or expression.is_Float or expression.is_NumberSymbol:
        try:
            return _number(float(expression), text)
        except OverflowError:
            return _number(math.inf, text)
    if expression.is_Add:
        return _sum(expression.as_ordered_terms(), text)
    if expression.is_Mul:
        return _product(expression.as_ordered_factors(), text)
    if expression.is_Pow:
        base, exponent = expression.as_base_exp()
        if exponent.is_number and exponent.is_negative:
            return _node("/", (_number(1, text), turned(base**-exponent)), text)
        if exponent == 0.5:
            return _node("sqrt", (turned(base),), text)
        return _node("**", (turned(base), turned(exponent)), text)
    name = type(expression).__name__.lower()
    if name in OPERATIONS:
        return _node(name, tuple(turned(arg) for arg in expression.args), text)
    raise ConfigError(_("'{text}' has no derivative that could be trained with. Change the formula.").format(text=text))


def _sum(terms: list[Any], text: str) -> Node:
    # A first term without minus saves a sign.
    terms = sorted(terms, key=lambda term: term.could_extract_minus_sign())
    total = _from_sympy(terms[0], text)
    for term in terms[1:]:
        falls = term.could_extract_minus_sign() and (term.is_Mul or term.is_Number)
        total = _node("-" if falls else "+", (total, _from_sympy(-term if falls else term, text)), text)
    return total


def _product(factors: list[Any], text: str) -> Node:
    """coefficient * above / below, all numbers in the coefficient."""
    coefficient = 1.0
    above: list[Node] = []
    below: list[Node] = []
    for factor in factors:
        divides = factor.is_Pow and factor.exp.is_number and factor.exp.is_negative
        node = _from_sympy(factor.base**-factor.exp if divides else factor, text)
        if node.op == "number":
            coefficient = OPERATIONS["/" if divides else "*"](coefficient, node.number)
        else:
            (below if divides else above).append(node)
    size = _number(abs(coefficient), text)
    product = _times([size, *above] if size.number != 1 or not above else above, text)
    if below:
        product = _node("/", (product, _times(below, text)), text)
    return _node("neg", (product,), text) if coefficient < 0 else product


def _times(nodes: list[Node], text: str) -> Node:
    return reduce(lambda product, node: _node("*", (product, node), text), nodes)


# From tree to text


_LEVELS = {"+": 1, "-": 1, "neg": 1, "*": 2, "/": 2, "**": 3}


def _call_text(name: str, args: list[str]) -> str:
    return f"where({args[0]} > {args[1]}, {args[2]}, {args[3]})" if name == "where" else f"{name}({', '.join(args)})"


def _number_text(number: float) -> str:
    return f"{number:.10g}"


def write(
    node: Node,
    call: Callable[[str, list[str]], str] = _call_text,
    number: Callable[[float], str] = _number_text,
    names: Mapping[Node, str] | None = None,
    times: str = "*",
    over: str = "/",
) -> str:
    """The tree as text. `call` and `number` write functions and numbers; a node in `names` is written as its name;
    `times` and `over` are the signs with the spaces that shall be around them."""
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
            text = infix(part) if part.op in _LEVELS else call(part.op, [put(arg, 0) for arg in part.args])
        return text if own >= level else f"({text})"

    def infix(part: Node) -> str:
        first = part.args[0]
        match part.op:
            case "neg":
                return "-" + put(first, 2)
            case "**":
                return f"{put(first, 4)}**{put(part.args[1], 4)}"
            case "*" | "/":
                return put(first, 2) + (times if part.op == "*" else over) + put(part.args[1], 3)
            case sign:
                return f"{put(first, 1)} {sign} {put(part.args[1], 2)}"

    return put(node, 0)
