"""Formulas of the plane: their values, what is refused and why, and that any text is valid or refused."""

import re
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_core.errors import ConfigError
from nn_core.models.formula.plane import PlaneFormula

RANDOM = np.random.default_rng(0)
X1, X2 = RANDOM.uniform(-2, 2, (2, 500))

BOUNDARIES = {
    "x2 > sin(3*x1)": np.sin(3 * X1) < X2,
    "x1^2 + x2^2 < 1": X1**2 + X2**2 < 1,
    "x₁² + x₂² ≤ 1": X1**2 + X2**2 <= 1,
    "y > x": X2 > X1,
    "0.5 < x1^2 + x2^2 <= 2": (X1**2 + X2**2 > 0.5) & (X1**2 + X2**2 <= 2),
    "x1 > 0 and x2 > 0 or x1 < 0 and x2 < 0": X1 * X2 > 0,
    "not (x1 > 0 or x2 > 0)": ~((X1 > 0) | (X2 > 0)),
    "x1*x2 >= 0": X1 * X2 >= 0,
    "1/x1 > x2": 1 / X1 > X2,
    "max(abs(x1), abs(x2)) < 1": np.maximum(abs(X1), abs(X2)) < 1,
}
VALUES = {"x1*x2": X1 * X2, "sin(3*x1) - x2/2": np.sin(3 * X1) - X2 / 2, "exp(-x1^2-x2^2)": np.exp(-(X1**2) - X2**2)}


@pytest.mark.parametrize("text", BOUNDARIES)
def test_a_boundary_divides_the_plane_as_numpy_does(text: str) -> None:
    formula = PlaneFormula.parse(text)
    assert formula.is_boundary
    assert (formula.compute(X1, X2) == BOUNDARIES[text]).all()


@pytest.mark.parametrize("text", VALUES)
def test_a_value_is_that_of_numpy(text: str) -> None:
    formula = PlaneFormula.parse(text)
    assert not formula.is_boundary
    assert formula.compute(X1, X2) == pytest.approx(VALUES[text])


REFUSED = {
    "": "The function is empty. Type a boundary such as x2 > sin(3*x1)",
    "x1 > 5": "'x1 > 5' is true in 0.0 % of the square from -2 to 2",
    "x1 < x1 + 1": "is true in 100.0 % of the square",
    "x1^2 + x2^2 < 0.01": "each of the two classes needs at least 1 %",
    "x1 = 2": "'x1 = 2' has an equals sign",
    "x1 == x2": "has an equals sign",
    "x1 != x2": "has an equals sign",
    "x1 and x2 > 0": "'x1' is not a comparison",
    "not x1": "'x1' is not a comparison",
    "(x1 > 0) + 1": "'x1 > 0' cannot be used in a formula",
    "x1 > 0 & x2 > 0": "'&' cannot be used",
    "1": "is the same at every point",
    "x1 - x1": "is the same at every point",
    "sqrt(x1)": "'sqrt(x1)' has no real value at x1 = -0.01",
    "log(x2) > 0": "has no real value at",
    "exp(3*x1)": "values must be from -10 to 10. Divide it by a number",
    "1/x1": "is 100 at x1 = 0.01",
    "foo(x1) > 0": "Unknown name 'foo'",
    "x3 > 0": "Unknown name 'x3'",
    "2x1 > 0": "Write 2*x1 for the product",
    "sin > 0": "Write sin(x1)",
    "max(x1) > 0": "Write it like max(x1, 0)",
    "(x1 > 0": "is not a formula. Check operators, commas and brackets, as in x2 > sin(3*x1)",
    "x1 if x2 else 3": "cannot be used in a formula. Use numbers, x1, x2",
    "__import__('os')": "cannot be used",
    "x1.real > 0": "'x1.real' cannot be used",
    "x1 in (1,)": "cannot be used",
    "x1**99 > 0": "Use one from -64 to 64",
    "1e31*x1 > 0": "too large or not real",
    "not " * 45 + "x1": "nested too deeply",
    "-" * 150 + "x1": "nested too deeply",
    "x1 > " + "0" * 250: "Shorten it to at most 200",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_an_invalid_function_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(REFUSED[text])) as refused:
        PlaneFormula.parse(text)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


PARTS = st.sampled_from(
    ["x1", "x2", "x", "2", ".5", "+", "-", "*", "/", "^", "(", ")", " ", "<", ">", "=", " and ", " or ", "not ", "sin("]
)


@settings(max_examples=60)
@given(st.lists(PARTS, max_size=14).map("".join) | st.text(max_size=30))
def test_any_text_is_a_function_or_refused(text: str) -> None:
    with suppress(ConfigError):
        values = PlaneFormula.parse(text).compute(X1, X2)
        assert values.shape == X1.shape
        assert not np.isnan(values).any()
