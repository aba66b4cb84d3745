"""The declared settings of the data."""

from pydantic import field_validator

from nn_core.data.transforms.augment_settings import AugmentationSettings
from nn_core.errors import suggest_one_of
from nn_core.i18n import N_, _
from nn_core.settings import Section, declare_group, declare_setting, make_error

__all__ = ["DataSettings", "DrawingsSettings", "PlaneSettings"]


class PlaneSettings(Section):
    """Points in the plane are made up on the spot, as many and as untidy as you like."""

    points: int = declare_setting(1000, N_("Points"), N_("How many points there are in all."), ge=50, le=20_000)
    noise: float = declare_setting(0.1, N_("Noise"), N_("How untidily the points lie."), ge=0, le=0.5)


class DrawingsSettings(Section):
    """The user's own drawings, mixed with older examples, so that a network learns them and forgets nothing. A run keeps a copy of those that it learns."""

    share: float = declare_setting(
        0.0,
        N_("Share of the drawings"),
        N_("So much of what is learned from are your own drawings, each of them as often as it takes; 0 uses none."),
        ge=0,
        le=0.5,
    )
    rehearse: int = declare_setting(
        4000,
        N_("Older examples"),
        N_("At most so many examples of the data set are learned beside the drawings, so that it is not forgotten."),
        ge=100,
        le=1_000_000,
    )


class DataSettings(Section):
    name: str = declare_setting(
        "mnist_sample", N_("Data set"), N_("The labelled examples that the network learns from."), max_length=80
    )
    validation_share: float = declare_setting(
        0.1,
        N_("Held out for validation"),
        N_(
            "This share of the training examples is never learned from; it shows whether the network understood or only memorised."
        ),
        ge=0.01,
        le=0.5,
        advanced=True,
    )
    plane: PlaneSettings = declare_group(PlaneSettings(), N_("Points"))
    drawings: DrawingsSettings = declare_group(DrawingsSettings(), N_("Your own drawings"))
    augmentation: AugmentationSettings = declare_group(AugmentationSettings(), N_("Augmentation"))

    @field_validator("name")
    @classmethod
    def _name_is_known(cls, name: str) -> str:
        from nn_core.data.registry import DATASETS, is_own

        if name not in DATASETS and not is_own(name):
            raise make_error(_("Unknown data '{name}'.").format(name=name) + " " + suggest_one_of(name, DATASETS))
        return name
