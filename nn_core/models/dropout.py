"""Dropout (Srivastava et al., 2014), as most networks declare it."""

from typing import Any

from nn_core.i18n import N_
from nn_core.settings import setting

__all__ = ["dropout"]


def dropout(default: float = 0.0, *, advanced: bool = False) -> Any:
    return setting(
        default,
        N_("Dropout"),
        N_("This share of the signals is switched off at random while training, against memorising."),
        ge=0,
        le=0.9,
        advanced=advanced,
    )
