"""The declared settings of each loss."""

from typing import Literal

from nn_core.i18n import N_
from nn_core.settings import Section, declare_setting

__all__ = [
    "LOSS_SETTINGS",
    "BinaryCrossEntropySettings",
    "CrossEntropySettings",
    "MSESettings",
    "MultiMarginSettings",
    "NLLSettings",
]


class CrossEntropySettings(Section, title=N_("Cross-entropy")):
    """How surprised the network is by the right answer: the usual loss for telling classes apart."""

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = declare_setting(
        0.0,
        N_("Label smoothing"),
        N_("Ask for a little less than full certainty, which counters overconfidence."),
        ge=0,
        le=0.5,
        advanced=True,
    )


class NLLSettings(Section, title=N_("Negative log-likelihood")):
    """Cross-entropy under its other name, in two steps: log-softmax, then minus the right class's entry. The same number."""

    name: Literal["nll"] = "nll"


class MSESettings(Section, title=N_("Mean squared error")):
    """The squared distance to the right answer: of the class probabilities (also known as the Brier score), or, where
    pictures are painted anew, of the pixels."""

    name: Literal["mse"] = "mse"


class MultiMarginSettings(Section, title=N_("Multi-class margin")):
    """Content as soon as the right class leads all others by a margin, as a support vector machine is."""

    name: Literal["multi_margin"] = "multi_margin"
    margin: float = declare_setting(
        1.0, N_("Margin"), N_("The lead that the right class is to have over every other."), gt=0, le=100, advanced=True
    )


class BinaryCrossEntropySettings(Section, title=N_("Binary cross-entropy")):
    """For pictures that are painted anew: how surprised each pixel is, taken as the chance that it is white."""

    name: Literal["binary_cross_entropy"] = "binary_cross_entropy"


LOSS_SETTINGS: dict[str, type[Section]] = {
    "cross_entropy": CrossEntropySettings,
    "nll": NLLSettings,
    "mse": MSESettings,
    "multi_margin": MultiMarginSettings,
    "binary_cross_entropy": BinaryCrossEntropySettings,
}
