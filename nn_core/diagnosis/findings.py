"""A finding of the diagnosis, and the learning rate and other values that remedies suggest."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from nn_core.config import PRESETS, RunConfig
from nn_core.config.optimizers import OPTIMIZER_SETTINGS

__all__ = ["Finding", "FindingKind", "get_effective_lr", "round_lr", "suggest_lr"]

FindingKind = Literal[
    "no_better_than_chance",
    "lr_too_high",
    "lr_too_low",
    "still_improving",
    "overfitting",
    "dead_units",
    "saturated_units",
    "vanishing_gradients",
    "exploding_gradients",
    "too_few_updates",
    "shuffled_labels",
    "softmax_twice",
    "unnormalised_inputs",
    "class_never_predicted",
    "test_below_validation",
]


@dataclass(frozen=True)
class Finding:
    """Something that is probably wrong with a run.

    Attributes:
        kind: A stable name for scripts.
        finding: One sentence.
        evidence: One sentence with the measured values and what they were compared with.
        remedy: One sentence.
        settings: What to change: a value for each `--set` path. Empty if no setting helps.
        likelihood: From 0 to 1, for the order.
        button: What the page's button says.
        is_tip: Whether nothing is wrong, but the run could be better.
    """

    kind: FindingKind
    finding: str
    evidence: str
    remedy: str
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    likelihood: float = 0.5
    button: str = ""
    is_tip: bool = False

    def to_json(self) -> dict[str, object]:
        """Return what `diagnose --json` prints."""
        return {
            "finding": self.finding,
            "evidence": self.evidence,
            "remedy": self.remedy,
            "settings": dict(self.settings),
            "kind": self.kind,
            "tip": self.is_tip,
        }


def get_effective_lr(config: RunConfig, lr: float) -> float:
    """Return the learning rate divided by 1 − momentum for SGD, whose momentum adds up steps in the same direction."""
    return lr / (1 - config.optimizer.momentum) if config.optimizer.name == "sgd" else lr


def suggest_lr(config: RunConfig) -> float:
    """Return a learning rate that is known to work: that of a preset with the same network and optimizer, otherwise the default of the
    optimizer. SGD's is lower with momentum."""
    optimizer = config.optimizer
    known = OPTIMIZER_SETTINGS[optimizer.name].model_validate({"name": optimizer.name})
    of_preset = [
        preset
        for preset in PRESETS.values()
        if (preset.model.name, preset.optimizer.name) == (config.model.name, optimizer.name)
    ]
    same_data = [preset for preset in of_preset if preset.data.name == config.data.name]
    if of_preset:
        known = (same_data or of_preset)[0].optimizer
    rate = float(getattr(known, "lr"))  # noqa: B009  every optimizer declares one
    if optimizer.name == "sgd":
        rate *= (1 - optimizer.momentum) / (1 - float(getattr(known, "momentum", 0.0)))
    return round_lr(rate)


def round_lr(rate: float) -> float:
    """Round to two significant digits."""
    return round(rate, 1 - math.floor(math.log10(rate))) if rate > 0 else rate
