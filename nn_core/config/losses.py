"""The declared settings of each loss."""

from typing import Literal

from nn_core.i18n import N_
from nn_core.settings import Section, setting

__all__ = ["LOSS_SETTINGS", "CrossEntropySettings", "MSESettings"]


class CrossEntropySettings(Section, title=N_("Cross-entropy")):
    """How surprised the network is by the right answer: the usual loss for telling classes apart."""

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = setting(
        0.0,
        N_("Label smoothing"),
        N_("Ask for a little less than full certainty, which counters overconfidence."),
        ge=0,
        le=0.5,
        advanced=True,
    )


class MSESettings(Section, title=N_("Mean squared error")):
    """The squared distance between the class probabilities and the right answer; also known as the Brier score."""

    name: Literal["mse"] = "mse"


LOSS_SETTINGS: dict[str, type[Section]] = {"cross_entropy": CrossEntropySettings, "mse": MSESettings}
