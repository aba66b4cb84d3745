"""The declared settings of each loss."""

from typing import Literal, TypeAlias

from nn_core.i18n import N_
from nn_core.settings import NamedSection, declare_setting, get_sections

__all__ = [
    "LOSS_SETTINGS",
    "BinaryCrossEntropySettings",
    "CrossEntropySettings",
    "HuberSettings",
    "LossSettings",
    "MAESettings",
    "MSESettings",
    "MultiMarginSettings",
    "NLLSettings",
    "WeightedLossSettings",
]


class WeightedLossSettings(NamedSection):
    """A loss that can weigh the classes. Validation and test always use it without the weights, so that losses are comparable."""

    class_weights: Literal["none", "balanced"] = declare_setting(
        "none",
        "Class weights",
        "Balanced multiplies the loss of each training example by n / (k · its class's examples), for n examples of k classes, so that "
        "rare classes count as much as frequent ones; the best epoch is then chosen with these weights too. Losses are shown "
        "without them.",
        advanced=True,
    )


class CrossEntropySettings(WeightedLossSettings, title=N_("Cross-entropy")):
    """How unlikely the network finds the right answer: the usual loss for classification."""

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = declare_setting(
        0.0,
        "Label smoothing",
        "The share of the target that is spread over all classes; 0 is off.",
        term="label_smoothing",
        ge=0,
        le=0.5,
        advanced=True,
    )


class NLLSettings(WeightedLossSettings, title=N_("Negative log-likelihood")):
    """The same as cross-entropy, computed in two steps: log-softmax, then minus the entry of the right class."""

    name: Literal["nll"] = "nll"


class MSESettings(WeightedLossSettings, title=N_("Mean squared error")):
    """The squared distance to the right answer: of the class probabilities (the Brier score), of the pixels for an autoencoder, or of
    the predicted number."""

    name: Literal["mse"] = "mse"


class MultiMarginSettings(WeightedLossSettings, title=N_("Multi-class margin")):
    """Zero as soon as the right class leads all others by a margin, as in a support vector machine."""

    name: Literal["multi_margin"] = "multi_margin"
    margin: float = declare_setting(
        1.0, "Margin", "The lead that the right class should have over every other class.", gt=0, le=100, advanced=True
    )


class BinaryCrossEntropySettings(NamedSection, title=N_("Binary cross-entropy")):
    """For autoencoders: how unlikely the network finds each pixel, whose value is the probability that it is white."""

    name: Literal["binary_cross_entropy"] = "binary_cross_entropy"


class MAESettings(NamedSection, title=N_("Mean absolute error")):
    """For predicting a number: the distance to the right one. A few examples that are far off count less than with the squared
    error."""

    name: Literal["mae"] = "mae"


class HuberSettings(NamedSection, title=N_("Huber loss")):
    """For predicting a number: squared for small errors and absolute for large ones (Huber, 1964)."""

    name: Literal["huber"] = "huber"
    delta: float = declare_setting(
        1.0, "Delta", "Errors above this count linearly instead of squared.", gt=0, le=100, advanced=True
    )


LossSettings: TypeAlias = (
    CrossEntropySettings
    | NLLSettings
    | MSESettings
    | MultiMarginSettings
    | BinaryCrossEntropySettings
    | MAESettings
    | HuberSettings
)
LOSS_SETTINGS = get_sections(LossSettings)
