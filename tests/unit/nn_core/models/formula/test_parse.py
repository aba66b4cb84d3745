"""Parsing of activation functions: what is refused and why, and that any text is valid or refused."""

import math
import re

import pytest
import torch
from gradients import gradient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nn_core.errors import ConfigError
from nn_core.models.formula import Formula
from nn_core.models.formula.activation import FormulaActivation, prove
from nn_core.models.formula.formula import SAMPLES
from nn_core.models.formula.tree import FUNCTIONS

# What is refused

REFUSED = {
    "": "The formula is empty",
    "   ": "The formula is empty",
    "1" * 201: "Shorten it to at most 200",
    "x+" * 5000 + "x": "Shorten it to at most 200",
    "__import__('os')": "cannot be used in a formula",
    "x.__class__": "'x.__class__' cannot be used",
    "(lambda: 1)()": "':' cannot be used",
    "x if x else 1": "'x if x else 1' cannot be used",
    "[x for x in (1,)]": "'[' cannot be used",
    "'x'": "cannot be used",
    "x or 1": "'x or 1' cannot be used",
    "(x, 1)": "'(x, 1)' cannot be used",
    "x//2": "'x // 2' cannot be used",
    "max(*x, x)": "'*x' cannot be used",
    "tanh(x)(x)": "'tanh(x)(x)' cannot be used",
    "x\0": "cannot be used",
    "ｘ": "'ｘ' cannot be used",
    "x y": "is not a formula",
    "x +": "is not a formula",
    "tanh(x": "is not a formula",
    ")x(": "is not a formula",
    "2x": "Write 2*x",
    "1e3x": "Write 1e3*x",
    "0x10*x": "has no operator between",
    "1_0*x": "has no operator between",
    "1j*x": "has no operator between",
    "x(2)": "Write x*(",
    "pi(x)": "Write pi*(",
    "tanh": "Write tanh(x)",
    "ln*x": "Write ln(x)",
    "tahn(x)": "Did you mean 'tanh'?",
    "Tanh(x)": "Did you mean 'tanh'?",
    "sigmoyd(x)": "Did you mean 'sigmoid'?",
    "y": "Unknown name 'y'",
    "nan*x": "Unknown name 'nan'",
    "inf": "Unknown name 'inf'",
    "True + x": "Unknown name 'True'",
    "max(x)": "'max' has 1 instead of 2 values in its brackets. Write it like max(x, 0).",
    "relu(x, 1)": "'relu' has 2 instead of 1 values in its brackets. Write it like relu(x).",
    "tanh()": "'tanh' has 0 instead of 1",
    "1e999*x": "too large or not real",
    "1e31*x": "too large or not real",
    "9" * 150 + "*x": "too large or not real",
    "sqrt(-1)*x": "too large or not real",
    "x/0": "no finite value at 0, where it is not a real number",
    "x + 1/0": "too large or not real",
    "x*10**60": "too large or not real",
    "exp(100)*x": "too large or not real",
    "9**9**9**9": "Use one from -64 to 64",
    "x + 9**9**9": "Use one from -64 to 64",
    "x**1000": "Use one from -64 to 64",
    "(300000*exp(-x**2-20))**64": "too large or not real",
    "(" * 99 + "x" + "^": "is not a formula",
    "-" * 150 + "x": "nested too deeply",
    "abs(" * 49 + "x": "is not a formula",
    "x**(" * 45 + "x" + ")" * 10: "is not a formula",
    "3": "same for every input",
    "sin(pi)/2": "same for every input",
    "x - x": "derivative of 'x - x' is 0 everywhere",
    "sign(x)": "derivative of 'sign(x)' is 0 everywhere",
    "x**0": "is 0 everywhere",
    "log(x)": "no finite value at 0, where it is minus infinity",
    "1/x": "no finite value at 0, where it is infinite",
    "x**-1": "no finite value at 0",
    "x/x": "no finite value at 0, where it is not a real number",
    "sqrt(x)": "no finite value at x = -0.05, where it is not a real number",
    "log(1+x)": "no finite value at x = -1, where it is minus infinity",
    "x**0.5": "no finite value at x = -0.05",
    "x**(1/3)": "no finite value at x = -0.05",
    "exp(exp(x))": "too large for float32",
    "x**40": "too large for float32",
    "tan(x)": "at x = -1.571, near which it grows without limit",
    "1/(x-1.03)": "at x = 1.03, near which it grows",
    "1/(x-1.03)**2": "at x = 1.03, near which it grows",
    "log(abs(x+2.07))": "at x = -2.07, near which it grows",
    "sqrt(abs(x))": "derivative of 'sqrt(abs(x))' is not finite at x = 0",
    "abs(x)**0.9": "is not finite at x = 0",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30].replace("\0", "NUL"))
def test_an_invalid_formula_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(REFUSED[text])) as refused:
        Formula.parse(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500
    assert str(refused.value).endswith(".")


def test_formulas_with_numeric_errors_are_refused_by_the_proof() -> None:
    for text, sentence in {
        "x + 1e20 - 1e20": "could not be confirmed",
        "(cosh(x)**2 - sinh(x)**2)*x": "could not be confirmed",
        "x + 1e6 - 1e6": "loses precision",
        "log(softplus(0.001**(x-31)))": "overflows in float32 near 0",
    }.items():
        Formula.parse(text)
        with pytest.raises(ConfigError, match=sentence):
            prove(text)


@pytest.mark.parametrize(
    "text", ["sin(" * 35 + "x" + ")" * 35, "+".join(["x"] * 90), "*".join(["sin(x)"] * 28), "cos(60*x)"]
)
def test_steep_and_long_formulas_are_accepted(text: str) -> None:
    """`make bench` measures how long they take."""
    FormulaActivation(text)


# Any text

NUMBERS = st.sampled_from("0 1 2 3 0.5 1e-3 10 1e8 pi e 1.7".split())
TREES = st.recursive(
    st.one_of(st.just("x"), NUMBERS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+ - * / ** ^".split()), inner).map(lambda parts: f"({''.join(parts)})"),
        inner.map(lambda part: f"-{part}"),
        *[
            st.tuples(*[inner] * count).map(lambda args, name=name: f"{name}({', '.join(args)})")
            for name, count in FUNCTIONS.items()
        ],
    ),
    max_leaves=12,
)
PIECES = st.lists(
    st.sampled_from(
        [*FUNCTIONS, *"x x x 1 2 . e ( ) ( ) + - * / ** ^ , _ if else lambda : [ ] ' \\ # = @ % ~ é ² 9 E".split()]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(TREES, PIECES, st.text(max_size=40), st.text("x()+-*/.,0123456789e ", max_size=40)))
@example("(x-1.5)**-0.5**-1")
@example("sigmoid(x-x)*x")
@example("x\r\nx")
@example("\ud800")
@example("x;x")
def test_any_text_is_a_valid_formula_or_refused_with_a_message(text: str) -> None:
    try:
        sentence, formula = "", Formula.parse(text)
    except ConfigError as refused:
        sentence = str(refused)
    else:
        slope = formula.derivative()
        assert all(math.isfinite(formula.value(x)) and math.isfinite(slope.value(x)) for x in SAMPLES)
        assert any(slope.value(x) != 0 for x in SAMPLES)
    assert not sentence or sentence.endswith(".")


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_a_proven_formula_trains_in_float32(text: str) -> None:
    try:
        prove(text)
    except ConfigError:
        return
    layer = FormulaActivation(text)
    y, slope = gradient(layer, torch.linspace(-100, 100, 801))
    assert torch.isfinite(y).all()
    assert torch.isfinite(slope).all()
