"""Settings of the random changes to each training picture."""

from nn_core.i18n import N_
from nn_core.settings import Section, declare_setting

__all__ = ["AugmentationSettings"]


class AugmentationSettings(Section):
    """Random changes to each training picture, anew in every epoch. All zero: the pictures stay as they are."""

    rotate: float = declare_setting(
        0.0, N_("Rotate"), N_("Turn each picture by a random angle up to this, either way."), unit="°", ge=0, le=45
    )
    shift: float = declare_setting(
        0.0, N_("Shift"), N_("Move each picture by up to this many pixels, in any direction."), unit="px", ge=0, le=8
    )
    scale: float = declare_setting(
        0.0, N_("Scale"), N_("Grow or shrink each picture by up to this share of its size."), ge=0, le=0.5
    )
    shear: float = declare_setting(
        0.0, N_("Slant"), N_("Slant each picture by up to this angle, as handwriting leans."), unit="°", ge=0, le=45
    )
    elastic: float = declare_setting(
        0.0, N_("Elastic"), N_("Bend each picture like rubber, by up to about this many pixels."), unit="px", ge=0, le=4
    )
    erase: float = declare_setting(
        0.0,
        N_("Erase"),
        N_("Cover a random rectangle of up to this share of each picture, so that no single spot decides."),
        ge=0,
        le=0.5,
    )
    noise: float = declare_setting(
        0.0, N_("Noise"), N_("Add random grain; 1 would be as strong as from black to white."), ge=0, le=0.5
    )
    flip: float = declare_setting(
        0.0,
        N_("Flip"),
        N_(
            "Mirror this share of the pictures, left to right. Good for clothes and photos, bad for digits and letters."
        ),
        ge=0,
        le=0.5,
    )

    @property
    def moves(self) -> bool:
        """Whether pixels change their place."""
        return any((self.rotate, self.shift, self.scale, self.shear, self.elastic, self.flip))

    @property
    def active(self) -> bool:
        return any(self.model_dump().values())
