"""The registry of activation functions: those of torch, and `formula`, which the user types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from nn_core.i18n import N_
from nn_core.settings import NamedSection, Section, declare_setting

if TYPE_CHECKING:
    from torch import nn

__all__ = ["ACTIVATIONS", "Activation", "ActivationSettings", "collect_formulas", "make_activation_factory"]

Activation = Literal[
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus", "formula"
]
_HELP = N_("The non-linear function after each layer. Without it, many layers could do no more than one.")
_FORMULA_HELP = N_("Your own activation f(x), such as x*tanh(log(1+exp(x))). Its derivative is computed automatically.")


class ActivationSettings(NamedSection):
    """Settings of a network with an activation between its layers."""

    activation: Activation = declare_setting("relu", N_("Activation"), _HELP)
    formula: str = declare_setting(
        "x*tanh(log(1+exp(x)))", N_("f(x)"), _FORMULA_HELP, only_if=("activation", "formula"), max_length=200
    )

    @model_validator(mode="after")
    def _check_formula(self) -> Self:
        if self.activation == "formula":
            from nn_core.models.formula import Formula

            Formula.parse(self.formula)
        return self


def _torch(name: str) -> Callable[[str], nn.Module]:
    def build(_formula: str) -> nn.Module:
        from torch import nn

        module: nn.Module = getattr(nn, name)()
        return module

    return build


def _formula(formula: str) -> nn.Module:
    from nn_core.models.formula.activation import FormulaActivation

    return FormulaActivation(formula)


ACTIVATIONS: dict[str, Callable[[str], nn.Module]] = {
    "relu": _torch("ReLU"),
    "leaky_relu": _torch("LeakyReLU"),
    "elu": _torch("ELU"),
    "selu": _torch("SELU"),
    "gelu": _torch("GELU"),
    "silu": _torch("SiLU"),
    "mish": _torch("Mish"),
    "tanh": _torch("Tanh"),
    "sigmoid": _torch("Sigmoid"),
    "softplus": _torch("Softplus"),
    "formula": _formula,
}


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
    return lambda: ACTIVATIONS[settings.activation](settings.formula)
