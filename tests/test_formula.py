"""The activation function that the user types: what is read, what is refused, and that f and f' are right everywhere."""

import copy
import math
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nn_core.errors import ConfigError
from nn_core.models.formula import Formula
from nn_core.models.formula.activation import FormulaActivation, prove
from nn_core.models.formula.tree import FUNCTIONS
from nn_core.models.formula.usable import SAMPLES

MISH = "x*tanh(log(1+exp(x)))"

KNOWN: dict[str, Callable[[Tensor], Tensor]] = {
    "x": lambda x: x * 1,
    "-x": lambda x: -x,
    MISH: F.mish,
    "x * tanh(softplus(x))": F.mish,
    "x*((1+exp(x))**2-1)/((1+exp(x))**2+1)": F.mish,
    "1/(1+exp(-x))": torch.sigmoid,
    "exp(x)/(exp(x)+1)": torch.sigmoid,
    "sigmoid(x)": torch.sigmoid,
    "x/(1+exp(-x))": F.silu,
    "x*exp(x)/(1+exp(x))": F.silu,
    "log(1+exp(x))": F.softplus,
    "ln(1 + e^x)": F.softplus,
    "relu(x)": torch.relu,
    "max(x, 0)": torch.relu,
    "max(0, x)": torch.relu,
    "(x + abs(x))/2": lambda x: (x + x.abs()) / 2,
    "max(x, 0.01*x)": F.leaky_relu,
    "max(0,x) + min(0,exp(x)-1)": F.elu,
    "min(max(x,0),6)": F.relu6,
    "x*min(max(x+3,0),6)/6": F.hardswish,
    "x/(1+abs(x))": F.softsign,
    "0.5*x*(1+erf(x/sqrt(2)))": F.gelu,
    "0.5·x·(1+tanh(sqrt(2/π)·(x+0.044715·x³)))": lambda x: F.gelu(x, approximate="tanh"),
    "(exp(x)-exp(-x))/(exp(x)+exp(-x))": torch.tanh,
    "sinh(x)/cosh(x)": torch.tanh,
    "log(cosh(x))": lambda x: x.abs() + F.softplus(-2 * x.abs()) - math.log(2),
    "arctan(x)": torch.atan,
    "atan(x)": torch.atan,
    "sin(x) + cos(2*x)": lambda x: torch.sin(x) + torch.cos(2 * x),
    "tan(sin(x))": lambda x: torch.tan(torch.sin(x)),
    "exp(−x²)": lambda x: torch.exp(-(x**2)),
    "-x^2/10": lambda x: -(x**2) / 10,
    "2^-3*x": lambda x: x / 8,
    "0.5**x/1000": lambda x: 0.5**x / 1000,
    "abs(x)**1.5": lambda x: x.abs() ** 1.5,
    "sqrt(x**2 + 1) - 1": lambda x: torch.sqrt(x**2 + 1) - 1,
    "relu(x)**2/20": lambda x: torch.relu(x) ** 2 / 20,
    "x - tanh(x)*sign(x)": lambda x: x - torch.tanh(x) * torch.sign(x),
    "1e-1*x + .5": lambda x: 0.1 * x + 0.5,
}

BESIDE_KINKS = torch.linspace(-9.87, 9.91, 400, dtype=torch.float64)


def gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    x = x.clone().requires_grad_()
    y = function(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slope


# What is computed


@pytest.mark.parametrize("text", KNOWN)
def test_a_formula_and_its_slope_are_those_of_torch(text: str) -> None:
    layer = FormulaActivation(text)
    for dtype, value_tolerance, slope_tolerance in ((torch.float64, 2e-9, 2e-8), (torch.float32, 1e-6, 1e-5)):
        x = BESIDE_KINKS.to(dtype)
        y, slope = gradient(layer, x)
        expected_y, expected_slope = gradient(KNOWN[text], BESIDE_KINKS)
        assert y.dtype == slope.dtype == dtype
        torch.testing.assert_close(y.double(), expected_y, rtol=value_tolerance, atol=value_tolerance)
        torch.testing.assert_close(slope.double(), expected_slope, rtol=slope_tolerance, atol=slope_tolerance)


@pytest.mark.parametrize("text", KNOWN)
def test_the_curves_that_a_page_draws_are_those_of_the_layer(text: str) -> None:
    formula = Formula.parse(text)
    slope = formula.derivative()
    y, steep = gradient(FormulaActivation(text), BESIDE_KINKS)
    for x, at_x, slope_at_x in zip(BESIDE_KINKS.tolist(), y.tolist(), steep.tolist(), strict=True):
        assert formula.value(x) == pytest.approx(at_x, rel=2e-9, abs=2e-9)
        assert slope.value(x) == pytest.approx(slope_at_x, rel=2e-8, abs=2e-8)


@pytest.mark.parametrize("text", KNOWN)
def test_the_proof_holds(text: str) -> None:
    prove(text)


@pytest.mark.parametrize("text", KNOWN)
def test_nothing_overflows_far_from_0(text: str) -> None:
    x = torch.cat([torch.linspace(-100, 100, 4001), torch.tensor([-9000.0, -500.0, 500.0, 9000.0])])
    y, slope = gradient(FormulaActivation(text), x)
    assert torch.isfinite(y).all()
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("text", [MISH, "x*((1+exp(x))**2-1)/((1+exp(x))**2+1)", "x*exp(x)/(1+exp(x))"])
def test_beyond_what_float32_holds_the_function_goes_on_straight(text: str) -> None:
    y, slope = gradient(FormulaActivation(text), torch.tensor([50.0, 100.0, 1000.0]))
    torch.testing.assert_close(y, torch.tensor([50.0, 100.0, 1000.0]), rtol=1e-5, atol=0)
    torch.testing.assert_close(slope, torch.ones(3))


def test_the_derivative_is_written_out() -> None:
    expected = {
        "x": "1",
        "x^2": "2*x",
        "exp(-x**2)": "-2*x*exp(-x**2)",
        MISH: "x*(1 - tanh(softplus(x))**2)*sigmoid(x) + tanh(softplus(x))",
        "1/(1+exp(-x))": "(1 - sigmoid(x))*sigmoid(x)",
        "max(x, 0.1*x)": "where(x > 0.1*x, 1, 0.1)",
        "2**x": "0.6931471806*2**x",
        "x - (x - sin(x))/2": "0.5*cos(x) + 0.5",
    }
    for text, derivative in expected.items():
        assert Formula.parse(text).derivative().text == derivative


def test_at_a_kink_one_side_counts() -> None:
    slopes = {"relu(x)": 0, "max(0, x)": 0, "max(x, 0)": 0, "min(x, 0)": 0, "abs(x)": 0, "max(x, 0.1*x)": 0.1}
    for text, slope in slopes.items():
        assert Formula.parse(text).derivative().value(0.0) == slope
        assert gradient(FormulaActivation(text), torch.zeros(1))[1].item() == pytest.approx(slope)


def test_a_slope_has_a_slope() -> None:
    """And no Dirac delta comes of a kink."""
    for text in (MISH, "abs(x)*x", "max(x, x**2)", "relu(x)**2", "x*sign(x)", "sqrt(x**2)"):
        second = Formula.parse(text).derivative().derivative()
        for x in (-1.3, 0.4, 2.2):
            step = 1e-5
            first = Formula.parse(text).derivative().value
            assert second.value(x) == pytest.approx((first(x + step) - first(x - step)) / (2 * step), abs=1e-4)


def test_the_text_stays_as_typed() -> None:
    assert Formula.parse("  x ^ 2 \n + 1 ").text == "x ^ 2 + 1"
    assert Formula.parse("x²").tree == Formula.parse("x^2").tree == Formula.parse("x**2").tree
    assert Formula.parse("-x^2").value(3.0) == -9
    assert Formula.parse("2^x^2").value(2.0) == 16


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_reaches_torch(name: str) -> None:
    inner = {"log": "x**2 + 1", "sqrt": "x**2 + 1", "tan": "x/10"}.get(name, "x")
    text = f"x + {name}({inner}{', x/2' if FUNCTIONS[name] == 2 else ''})"
    prove(text)
    y = FormulaActivation(text)(BESIDE_KINKS)
    for x, value in zip(BESIDE_KINKS.tolist(), y.tolist(), strict=True):
        assert Formula.parse(text).value(x) == pytest.approx(value, rel=1e-8, abs=1e-8)


# The layer


def test_half_precision_is_computed_in_float32() -> None:
    layer = FormulaActivation(MISH)
    for dtype in (torch.bfloat16, torch.float16):
        x = torch.linspace(-8, 8, 100).to(dtype)
        y, slope = gradient(layer, x)
        exact_y, exact_slope = gradient(F.mish, x.float())
        assert y.dtype == slope.dtype == dtype
        assert torch.equal(y, layer(x.float()).to(dtype))
        torch.testing.assert_close(y.float(), exact_y, rtol=8e-3, atol=1e-4)
        torch.testing.assert_close(slope.float(), exact_slope, rtol=8e-3, atol=1e-3)


def test_it_trains_under_autocast_and_predicts_under_inference_mode() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), FormulaActivation(MISH), nn.Linear(8, 2))
    x = torch.randn(16, 4)
    with torch.autocast("cpu", torch.bfloat16):
        F.cross_entropy(model(x), torch.arange(16) % 2).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    with torch.inference_mode():
        same = nn.Sequential(model[0], nn.Mish(), model[2])
        torch.testing.assert_close(model(x), same(x))


def test_x_alone_is_kept_for_the_way_back() -> None:
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor.shape), lambda shape: shape):
        FormulaActivation(MISH)(torch.ones(3, 5, requires_grad=True))
    assert kept == [(3, 5)]


def test_the_input_is_left_alone() -> None:
    for text in ("x", MISH, "relu(x)"):
        x = torch.linspace(-2, 2, 5)
        y = FormulaActivation(text)(x)
        y += 1
        assert torch.equal(x, torch.linspace(-2, 2, 5))


def test_it_can_be_copied_pickled_and_made_without_room_for_numbers() -> None:
    layer = FormulaActivation(MISH)
    x = torch.linspace(-3, 3, 7)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(twin(x), layer(x))
    assert repr(layer) == f"FormulaActivation({MISH})"
    assert not layer.state_dict()
    with torch.device("meta"):
        for text in ("sinh(x)/(1.5+cosh(x))", MISH):
            assert FormulaActivation(text)(torch.zeros(2, 3)).shape == (2, 3)
            prove(text)


@pytest.mark.parametrize("text", KNOWN)
def test_the_exported_source_does_the_same_without_nn_lab(text: str) -> None:
    layer = FormulaActivation(text)
    definitions, constructor = layer.source()
    assert "nn_core" not in definitions
    space = {"torch": torch, "nn": nn, "F": F}
    exec(definitions, space)
    exported = eval(constructor, space)
    assert isinstance(exported, nn.Module)
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        x = torch.linspace(-120, 120, 961).to(dtype)
        for ours, theirs in zip(gradient(layer, x), gradient(exported, x), strict=True):
            assert theirs.dtype == dtype
            torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-6)


def test_the_sources_of_several_formulas_stand_in_one_program() -> None:
    """Also where they differ by a sign alone, or far behind."""
    layers = [FormulaActivation(text) for text in ("x+tanh(x)", "x-tanh(x)", "exp(-x**2)", "+".join(["x"] * 90), "x")]
    sources = [layer.source() for layer in layers]
    space = {"torch": torch, "nn": nn, "F": F}
    exec("\n\n".join(definitions for definitions, _ in sources), space)
    for layer, (_, constructor) in zip(layers, sources, strict=True):
        torch.testing.assert_close(eval(constructor, space)(BESIDE_KINKS), layer(BESIDE_KINKS))


# What is refused

REFUSED = {
    "": "The formula is empty",
    "   ": "The formula is empty",
    "1" * 201: "Shorten it to at most 200",
    "x+" * 5000 + "x": "Shorten it to at most 200",
    "__import__('os')": "has no meaning in a formula",
    "x.__class__": "'x.__class__' has no meaning",
    "(lambda: 1)()": "':' has no meaning",
    "x if x else 1": "'x if x else 1' has no meaning",
    "[x for x in (1,)]": "'[' has no meaning",
    "'x'": "has no meaning",
    "x or 1": "'x or 1' has no meaning",
    "(x, 1)": "'(x, 1)' has no meaning",
    "x//2": "'x // 2' has no meaning",
    "max(*x, x)": "'*x' has no meaning",
    "tanh(x)(x)": "'tanh(x)(x)' has no meaning",
    "x\0": "has no meaning",
    "ｘ": "'ｘ' has no meaning",
    "x y": "does not read as a formula",
    "x +": "does not read as a formula",
    "tanh(x": "does not read as a formula",
    ")x(": "does not read as a formula",
    "2x": "Write 2*x",
    "1e3x": "Write 1e3*x",
    "0x10*x": "lacks a sign",
    "1_0*x": "lacks a sign",
    "1j*x": "lacks a sign",
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
    "(" * 99 + "x" + "^": "does not read",
    "-" * 150 + "x": "nested too deeply",
    "abs(" * 49 + "x": "does not read",
    "x**(" * 45 + "x" + ")" * 10: "does not read",
    "3": "same for every input",
    "sin(pi)/2": "same for every input",
    "x - x": "slope of 'x - x' is 0 everywhere",
    "sign(x)": "slope of 'sign(x)' is 0 everywhere",
    "x**0": "is 0 everywhere",
    "log(x)": "no finite value at 0, where it is minus infinity",
    "1/x": "no finite value at 0, where it is infinite",
    "x**-1": "no finite value at 0",
    "x/x": "no finite value at 0, where it is not a real number",
    "sqrt(x)": "no finite value at x = -0.05, where it is not a real number",
    "log(1+x)": "no finite value at x = -1, where it is minus infinity",
    "x**0.5": "no finite value at x = -0.05",
    "x**(1/3)": "no finite value at x = -0.05",
    "exp(exp(x))": "more than float32 can hold",
    "x**40": "more than float32 can hold",
    "tan(x)": "at x = -1.571, near which it grows without end",
    "1/(x-1.03)": "at x = 1.03, near which it grows",
    "1/(x-1.03)**2": "at x = 1.03, near which it grows",
    "log(abs(x+2.07))": "at x = -2.07, near which it grows",
    "sqrt(abs(x))": "slope of 'sqrt(abs(x))' is not finite at x = 0",
    "abs(x)**0.9": "is not finite at x = 0",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30].replace("\0", "NUL"))
def test_a_formula_that_cannot_be_is_refused_with_a_remedy(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ConfigError, match=re.escape(REFUSED[text])) as refused:
        Formula.parse(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500
    assert str(refused.value).endswith(".")
    assert time.perf_counter() - began < 2


def test_what_only_computing_shows_is_refused_by_the_proof() -> None:
    for text, sentence in {
        "x + 1e20 - 1e20": "could not be confirmed",
        "(cosh(x)**2 - sinh(x)**2)*x": "could not be confirmed",
        "x + 1e6 - 1e6": "loses its digits",
        "log(softplus(0.001**(x-31)))": "overflows in float32 near 0",
    }.items():
        Formula.parse(text)
        with pytest.raises(ConfigError, match=sentence):
            prove(text)


def test_steep_and_long_formulas_are_read_in_time() -> None:
    for text in ("sin(" * 35 + "x" + ")" * 35, "+".join(["x"] * 90), "*".join(["sin(x)"] * 28), "cos(60*x)"):
        began = time.perf_counter()
        FormulaActivation(text)
        assert time.perf_counter() - began < 10


def test_reading_needs_neither_torch_nor_sympy_to_be_imported_first() -> None:
    root = Path(__file__).parent.parent
    code = (
        "import sys\n"
        "from nn_core.models.formula import Formula\n"
        "assert 'sympy' not in sys.modules\n"
        "Formula.parse('x*tanh(log(1+exp(x)))').derivative()\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=120)


# Whatever is typed

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
def test_any_text_is_a_usable_formula_or_a_sentence(text: str) -> None:
    began = time.perf_counter()
    try:
        sentence, formula = "", Formula.parse(text)
    except ConfigError as refused:
        sentence = str(refused)
    else:
        slope = formula.derivative()
        assert all(math.isfinite(formula.value(x)) and math.isfinite(slope.value(x)) for x in SAMPLES)
        assert any(slope.value(x) != 0 for x in SAMPLES)
    assert not sentence or sentence.endswith(".")
    assert time.perf_counter() - began < 10


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_a_formula_that_is_proved_trains_in_float32(text: str) -> None:
    try:
        prove(text)
    except ConfigError:
        return
    layer = FormulaActivation(text)
    y, slope = gradient(layer, torch.linspace(-100, 100, 801))
    assert torch.isfinite(y).all()
    assert torch.isfinite(slope).all()
