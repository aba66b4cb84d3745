"""The registry of activation functions: those of torch, and `formula`, which the user types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from nn_core.settings import NamedSection, Section, declare_setting

if TYPE_CHECKING:
    from torch import nn

__all__ = ["ACTIVATIONS", "Activation", "ActivationSettings", "collect_formulas", "make_activation_factory"]

Activation = Literal[
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus", "formula"
]


class ActivationSettings(NamedSection):
    """Settings of a network with an activation between its layers."""

    activation: Activation = declare_setting(
        "relu",
        "Activation",
        term="activation_function",
    )
    formula: str = declare_setting(
        "x*tanh(log(1+exp(x)))",
        "f(x)",
        "Your own activation f(x), such as x*tanh(log(1+exp(x))). Its derivative is computed automatically.",
        only_if=("activation", "formula"),
        max_length=200,
    )

    @model_validator(mode="after")
    def _check_formula(self) -> Self:
        if self.activation == "formula":
            from nn_core.models.formula import Formula

            Formula.parse(self.formula)
        return self


ACTIVATIONS: dict[str, str] = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "mish": "Mish",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "formula": "FormulaActivation",
}
"""The class of each: of `torch.nn`, or `FormulaActivation`."""


def collect_formulas(settings: Section) -> set[str]:
    """Return the formulas that a network's settings use, including those of its rows."""
    formulas = set()
    if isinstance(settings, ActivationSettings) and settings.activation == "formula":
        formulas.add(settings.formula)
    for rows in (value for _name, value in settings if isinstance(value, tuple)):
        formulas.update(*(collect_formulas(row) for row in rows if isinstance(row, Section)))
    return formulas


def make_activation_factory(settings: ActivationSettings) -> Callable[[], nn.Module]:
    """Return a function that makes a new module of the chosen activation at each call."""
    if settings.activation == "formula":
        from nn_core.models.formula.activation import FormulaActivation

        return partial(FormulaActivation, settings.formula)
    from torch import nn

    kind: type[nn.Module] = getattr(nn, ACTIVATIONS[settings.activation])
    return kind
