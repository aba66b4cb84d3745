"""A typed activation function: f and f' are correct everywhere, also as a layer."""

import copy
import math
import pickle
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from gradients import gradient
from torch import Tensor, nn

from nn_core.models.formula import Formula
from nn_core.models.formula.activation import FormulaActivation, prove
from nn_core.models.formula.tree import FUNCTIONS

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


# What is computed


@pytest.mark.parametrize("text", KNOWN)
def test_a_formula_and_its_derivative_equal_those_of_torch(text: str) -> None:
    layer = FormulaActivation(text)
    for dtype, value_tolerance, slope_tolerance in ((torch.float64, 2e-9, 2e-8), (torch.float32, 1e-6, 1e-5)):
        x = BESIDE_KINKS.to(dtype)
        y, slope = gradient(layer, x)
        expected_y, expected_slope = gradient(KNOWN[text], BESIDE_KINKS)
        assert y.dtype == slope.dtype == dtype
        torch.testing.assert_close(y.double(), expected_y, rtol=value_tolerance, atol=value_tolerance)
        torch.testing.assert_close(slope.double(), expected_slope, rtol=slope_tolerance, atol=slope_tolerance)


@pytest.mark.parametrize("text", KNOWN)
def test_plotted_curves_equal_the_layer(text: str) -> None:
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
def test_large_inputs_do_not_overflow(text: str) -> None:
    x = torch.cat([torch.linspace(-100, 100, 4001), torch.tensor([-9000.0, -500.0, 500.0, 9000.0])])
    y, slope = gradient(FormulaActivation(text), x)
    assert torch.isfinite(y).all()
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("text", [MISH, "x*((1+exp(x))**2-1)/((1+exp(x))**2+1)", "x*exp(x)/(1+exp(x))"])
def test_beyond_float32_the_function_continues_linearly(text: str) -> None:
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


def test_the_second_derivative_exists() -> None:
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


def test_only_x_is_saved_for_backward() -> None:
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor.shape), lambda shape: shape):
        FormulaActivation(MISH)(torch.ones(3, 5, requires_grad=True))
    assert kept == [(3, 5)]


def test_the_input_is_not_modified() -> None:
    for text in ("x", MISH, "relu(x)"):
        x = torch.linspace(-2, 2, 5)
        y = FormulaActivation(text)(x)
        y += 1
        assert torch.equal(x, torch.linspace(-2, 2, 5))


def test_it_can_be_copied_pickled_and_created_on_the_meta_device() -> None:
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


def test_several_exported_formulas_work_in_one_program() -> None:
    """Also where they differ by a sign alone, or far behind."""
    layers = [FormulaActivation(text) for text in ("x+tanh(x)", "x-tanh(x)", "exp(-x**2)", "+".join(["x"] * 90), "x")]
    sources = [layer.source() for layer in layers]
    space = {"torch": torch, "nn": nn, "F": F}
    exec("\n\n".join(definitions for definitions, _ in sources), space)
    for layer, (_, constructor) in zip(layers, sources, strict=True):
        torch.testing.assert_close(eval(constructor, space)(BESIDE_KINKS), layer(BESIDE_KINKS))
