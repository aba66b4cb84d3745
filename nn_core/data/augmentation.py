"""Settings of the random changes to each training picture."""

from nn_core.i18n import N_
from nn_core.settings import Section, setting

__all__ = ["AugmentationSettings"]


class AugmentationSettings(Section):
    """Random changes to each training picture, anew in every epoch. All zero: the pictures stay as they are."""

    rotate: float = setting(
        0.0, N_("Rotate"), N_("Turn each picture by a random angle up to this, either way."), unit="°", ge=0, le=45
    )
    shift: float = setting(
        0.0, N_("Shift"), N_("Move each picture by up to this many pixels, in any direction."), unit="px", ge=0, le=8
    )
    scale: float = setting(
        0.0, N_("Scale"), N_("Grow or shrink each picture by up to this share of its size."), ge=0, le=0.5
    )
    shear: float = setting(
        0.0, N_("Slant"), N_("Slant each picture by up to this angle, as handwriting leans."), unit="°", ge=0, le=45
    )

    @property
    def active(self) -> bool:
        return any(self.model_dump().values())
