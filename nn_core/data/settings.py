"""The declared settings of the data and of their augmentation."""

from typing import Annotated

from pydantic import Field, field_validator

from nn_core.data.dataset import is_custom
from nn_core.data.drawn_points import DRAWN_LABELS, DRAWN_REACH, MAX_DRAWN, DrawnPoint, round_point
from nn_core.data.scaling import Scaling
from nn_core.errors import describe_unknown
from nn_core.i18n import _
from nn_core.settings import Section, declare_group, declare_setting, make_error

__all__ = ["MIN_TRAIN_EXAMPLES", "AugmentationSettings", "DataSettings", "DrawingsSettings", "PlaneSettings"]

MIN_TRAIN_EXAMPLES = 10
"""The smallest number of training examples that can be chosen."""

_Coordinate = Annotated[float, Field(ge=-DRAWN_REACH, le=DRAWN_REACH)]
_Label = Annotated[int, Field(ge=0, lt=len(DRAWN_LABELS))]


class PlaneSettings(Section):
    """Points in the plane are generated on the fly, or drawn by hand."""

    points: int = declare_setting(1000, "Points", "The number of points.", ge=50, le=20_000)
    noise: float = declare_setting(0.1, "Noise", "How far the points are scattered.", term="noise", ge=0, le=0.5)
    function: str = declare_setting(
        "x2 > sin(3*x1)",
        "Function",
        "What the network should learn, for x1 and x2 from -2 to 2: a boundary between two classes, such as x1^2 + x2^2 < 1, or a value to "
        "predict, such as x1*x2.",
        max_length=200,
    )
    drawn: tuple[tuple[_Coordinate, _Coordinate, _Label], ...] = declare_setting(
        (),
        "Drawn points",
        "The points that you drew: x1 and x2 from -2 to 2, and the class, from 0 to 3.",
        max_length=MAX_DRAWN,
    )

    @field_validator("function")
    @classmethod
    def _check_function(cls, text: str) -> str:
        from nn_core.models.formula.plane import PlaneFormula

        return PlaneFormula.parse(text).text

    @field_validator("drawn")
    @classmethod
    def _round_points(cls, points: tuple[DrawnPoint, ...]) -> tuple[DrawnPoint, ...]:
        return tuple(round_point(point) for point in points)


class DrawingsSettings(Section):
    """Your own drawings, mixed with older examples so that the network doesn't forget them. The run stores a copy of the drawings."""

    share: float = declare_setting(
        0.0,
        "Share of the drawings",
        "The fraction of your own drawings in the training data. Each is repeated as often as needed; 0 uses none.",
        ge=0,
        le=0.5,
    )
    rehearse: int = declare_setting(
        4000,
        "Older examples",
        "The most examples of the data set to train on along with the drawings, so that the network doesn't forget it.",
        ge=100,
        le=1_000_000,
    )


class AugmentationSettings(Section):
    """Random changes to each training picture, different in every epoch. With all at 0, the pictures are unchanged."""

    rotate: float = declare_setting(
        0.0, "Rotate", "Rotate each picture by a random angle up to this, either way.", unit="°", ge=0, le=45
    )
    shift: float = declare_setting(
        0.0, "Shift", "Move each picture by up to this many pixels in any direction.", unit="px", ge=0, le=8
    )
    scale: float = declare_setting(
        0.0, "Scale", "Enlarge or shrink each picture by up to this fraction of its size.", ge=0, le=0.5
    )
    shear: float = declare_setting(
        0.0, "Slant", "Slant each picture by up to this angle, like handwriting.", unit="°", ge=0, le=45
    )
    elastic: float = declare_setting(
        0.0, "Elastic", "Bend each picture like rubber, by up to about this many pixels.", unit="px", ge=0, le=4
    )
    erase: float = declare_setting(
        0.0,
        "Erase",
        "Cover a random rectangle of up to this fraction of each picture, so that the network doesn't rely on a single spot.",
        ge=0,
        le=0.5,
    )
    noise: float = declare_setting(
        0.0, "Noise", "Add random noise; 1 would be the difference between black and white.", ge=0, le=0.5
    )
    flip: float = declare_setting(
        0.0,
        "Flip",
        "Mirror this fraction of the pictures, left to right. Good for clothes and photos, bad for digits and letters.",
        ge=0,
        le=0.5,
    )

    @property
    def is_geometric(self) -> bool:
        """Whether pixels move."""
        return any((self.rotate, self.shift, self.scale, self.shear, self.elastic, self.flip))

    @property
    def is_active(self) -> bool:
        """Whether the pictures change at all."""
        return any(self.model_dump().values())


class DataSettings(Section):
    name: str = declare_setting(
        "mnist_sample", "Data set", "The labelled examples that the network learns from.", max_length=80
    )
    validation_share: float = declare_setting(
        0.1,
        "Held out for validation",
        "The fraction of the training examples that is held back.",
        term="validation",
        ge=0.01,
        le=0.5,
        advanced=True,
    )
    train_examples: int = declare_setting(
        0,
        "Training examples",
        "How many examples the network learns from, of every class its share; 0 takes all. With few, it memorises them instead of "
        "learning a rule. The examples for validation and for the test stay the same.",
        ge=0,
        le=1_000_000_000,
    )
    scaling: Scaling = declare_setting(
        "mean-std",
        "Pixel scaling",
        "Which numbers the network gets for black and white. 'mean-std' uses the mean and standard deviation of the training data and is "
        "a good choice; imported weights need the scaling that they were trained with.",
        advanced=True,
    )
    plane: PlaneSettings = declare_group(PlaneSettings(), "Points")
    drawings: DrawingsSettings = declare_group(DrawingsSettings(), "Your own drawings")
    augmentation: AugmentationSettings = declare_group(AugmentationSettings(), "Augmentation")

    @field_validator("name")
    @classmethod
    def _name_is_known(cls, name: str) -> str:
        from nn_core.data.registry import DATASETS

        if name not in DATASETS and not is_custom(name):
            raise make_error(describe_unknown("data", name, DATASETS))
        return name

    @field_validator("train_examples")
    @classmethod
    def _enough_examples(cls, count: int) -> int:
        if 0 < count < MIN_TRAIN_EXAMPLES:
            raise make_error(
                _(
                    "data.train_examples = {count} is too few: set it to at least {fewest}, or to 0 to train on all examples."
                ).format(count=count, fewest=MIN_TRAIN_EXAMPLES)
            )
        return count
