"""The declared settings, a class for each group. Nothing here needs torch, so a form can be drawn at once."""

from typing import Annotated, Any, Literal

from pydantic import Field

from nn_core.config.settings import Section, group, setting
from nn_core.i18n import N_

__all__ = [
    "Activation",
    "AdamSettings",
    "AdamWSettings",
    "AugmentationSettings",
    "CrossEntropySettings",
    "DataSettings",
    "LossSettings",
    "MSESettings",
    "ModelSettings",
    "NetSettings",
    "NoScheduleSettings",
    "OneCycleSettings",
    "OptimizerSettings",
    "QuickSettings",
    "SGDSettings",
    "SchedulerSettings",
    "SimpleNetSettings",
    "TrainingSettings",
]

Activation = Literal["relu", "leaky_relu", "gelu", "silu", "tanh", "sigmoid"]
_ACTIVATION_HELP = N_("The bend after each layer. Without one, many layers could do no more than a single layer.")


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
        return any((self.rotate, self.shift, self.scale, self.shear))


class DataSettings(Section):
    name: Literal["mnist_sample", "mnist", "fashion_mnist"] = setting(
        "mnist_sample", N_("Data set"), N_("The labelled pictures that the network learns from.")
    )
    validation_share: float = setting(
        0.1,
        N_("Held out for validation"),
        N_(
            "This share of the training pictures is never learned from; it shows whether the network understood or only memorised."
        ),
        ge=0.01,
        le=0.5,
        advanced=True,
    )
    augmentation: AugmentationSettings = group(AugmentationSettings(), N_("Augmentation"))


class SimpleNetSettings(Section):
    """One hidden layer of neurons, each looking at the whole picture. The smallest network worth watching."""

    name: Literal["simple_net"] = "simple_net"
    hidden: int = setting(
        128,
        N_("Hidden neurons"),
        N_("More neurons can tell more patterns apart and take longer to train."),
        ge=1,
        le=4096,
    )
    activation: Activation = setting("relu", N_("Activation"), _ACTIVATION_HELP)


class NetSettings(Section):
    """Two convolutions that look for small patterns anywhere in the picture, then two dense layers that decide."""

    name: Literal["net"] = "net"
    dropout_conv: float = setting(
        0.25,
        N_("Dropout after the convolutions"),
        N_(
            "This share of the signals is switched off at random while training, so that the network relies on no single one."
        ),
        ge=0,
        le=0.9,
    )
    dropout_dense: float = setting(
        0.5, N_("Dropout before the output"), N_("The same, between the two dense layers."), ge=0, le=0.9
    )
    activation: Activation = setting("relu", N_("Activation"), _ACTIVATION_HELP)


class QuickSettings(Section):
    """Our small convolutional network with batch norm: few parameters, and accurate within minutes on any laptop."""

    name: Literal["quick"] = "quick"
    width: int = setting(
        16,
        N_("Width"),
        N_("Patterns that the first convolution looks for; the later ones look for more."),
        ge=4,
        le=128,
    )


def _learning_rate(default: float) -> Any:
    return setting(
        default,
        N_("Learning rate"),
        N_("How big a step each correction is. Too small learns slowly, too big never settles."),
        gt=0,
        le=100,
    )


def _weight_decay(default: float) -> Any:
    return setting(
        default,
        N_("Weight decay"),
        N_("Pulls all weights a little towards zero, which counters memorising."),
        ge=0,
        le=1,
        advanced=True,
    )


class SGDSettings(Section):
    """Plain gradient descent: a small step downhill after every batch."""

    name: Literal["sgd"] = "sgd"
    lr: float = _learning_rate(0.01)
    momentum: float = setting(
        0.0, N_("Momentum"), N_("How much of the last step is carried into the next, like a rolling ball."), ge=0, lt=1
    )
    nesterov: bool = setting(
        False, N_("Nesterov"), N_("Look ahead along the momentum before each step; needs momentum."), advanced=True
    )
    weight_decay: float = _weight_decay(0.0)


class AdamSettings(Section):
    """Adam gives every weight its own step size; it usually needs less tuning than SGD."""

    name: Literal["adam"] = "adam"
    lr: float = _learning_rate(0.001)
    weight_decay: float = _weight_decay(0.0)


class AdamWSettings(Section):
    """Adam with weight decay done apart from the step, today's usual choice."""

    name: Literal["adamw"] = "adamw"
    lr: float = _learning_rate(0.001)
    weight_decay: float = _weight_decay(0.01)


class CrossEntropySettings(Section):
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


class MSESettings(Section):
    """The squared distance between the class probabilities and the right answer; also known as the Brier score."""

    name: Literal["mse"] = "mse"


class NoScheduleSettings(Section):
    """The learning rate stays as it is."""

    name: Literal["none"] = "none"


class OneCycleSettings(Section):
    """The learning rate rises to its full value, then falls to nearly zero: fast training in few epochs."""

    name: Literal["one_cycle"] = "one_cycle"
    warmup: float = setting(
        0.25,
        N_("Warm-up"),
        N_("The share of the training during which the learning rate rises."),
        ge=0,
        lt=1,
        advanced=True,
    )


class TrainingSettings(Section):
    epochs: int = setting(10, N_("Epochs"), N_("How often the network sees all training pictures."), ge=1, le=10_000)
    batch_size: int = setting(
        100,
        N_("Batch size"),
        N_("Pictures per correction. Smaller corrects more often, larger is steadier and faster per picture."),
        ge=1,
        le=16_384,
    )
    seed: int = setting(
        0,
        N_("Seed"),
        N_("The start of all random numbers: the same seed repeats the same run."),
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto",
        N_("Device"),
        N_("Where the network is computed; auto takes a graphics card if there is one."),
        advanced=True,
    )
    threads: int = setting(
        0,
        N_("CPU threads"),
        N_("How many cores compute at once; 0 leaves one free for the browser, without which training stutters."),
        ge=0,
        le=256,
        advanced=True,
    )
    checkpoint_seconds: float = setting(
        5.0,
        N_("Save every"),
        N_("A run that is cut off loses no more work than this."),
        unit="s",
        ge=0,
        le=10,
        advanced=True,
    )


ModelSettings = Annotated[SimpleNetSettings | NetSettings | QuickSettings, Field(discriminator="name")]
OptimizerSettings = Annotated[SGDSettings | AdamSettings | AdamWSettings, Field(discriminator="name")]
LossSettings = Annotated[CrossEntropySettings | MSESettings, Field(discriminator="name")]
SchedulerSettings = Annotated[NoScheduleSettings | OneCycleSettings, Field(discriminator="name")]
