"""The declared settings of each optimizer and of each learning rate schedule."""

from typing import Literal, TypeAlias

from nn_core.i18n import N_
from nn_core.settings import NamedSection, declare_setting, get_sections

__all__ = [
    "OPTIMIZER_SETTINGS",
    "AdagradSettings",
    "AdamSettings",
    "AdamWSettings",
    "CosineSettings",
    "MuonSettings",
    "NoScheduleSettings",
    "OneCycleSettings",
    "OptimizerSettings",
    "PlateauSettings",
    "RMSpropSettings",
    "SGDSettings",
    "SchedulerSettings",
    "StepSettings",
]


def _learning_rate(default: float) -> float:
    return declare_setting(
        default,
        "Learning rate",
        "You can change it during training.",
        term="learning_rate",
        gt=0,
        le=100,
    )


def _weight_decay(default: float) -> float:
    return declare_setting(
        default,
        "Weight decay",
        term="weight_decay",
        ge=0,
        le=1,
        advanced=True,
    )


def _momentum(default: float) -> float:
    return declare_setting(
        default, "Momentum", "How much of the last step is carried over to the next, like a rolling ball.", ge=0, lt=1
    )


def _nesterov(default: bool) -> bool:
    return declare_setting(
        default, "Nesterov", "Looks ahead along the momentum before each step; needs momentum.", advanced=True
    )


def _beta1() -> float:
    return declare_setting(
        0.9,
        "Beta 1",
        "How much of the previous direction each step keeps: Adam's form of momentum.",
        ge=0,
        lt=1,
        advanced=True,
    )


def _squares_decay(default: float, title: str) -> float:
    return declare_setting(
        default,
        title,
        "How long the average size of each weight's gradients is remembered; 1 would be forever.",
        ge=0,
        lt=1,
        advanced=True,
    )


def _eps(default: float) -> float:
    return declare_setting(
        default,
        "Epsilon",
        "Added to the average gradient size by which the step is divided, to avoid a division by zero.",
        ge=0,
        le=1,
        advanced=True,
    )


class SGDSettings(NamedSection, title="SGD"):
    """Stochastic gradient descent: a small step downhill after every batch."""

    name: Literal["sgd"] = "sgd"
    lr: float = _learning_rate(0.01)
    momentum: float = _momentum(0.0)
    nesterov: bool = _nesterov(False)
    weight_decay: float = _weight_decay(0.0)


class AdamSettings(NamedSection, title="Adam"):
    """Adam gives every weight its own step size; it usually needs less tuning than SGD."""

    name: Literal["adam"] = "adam"
    lr: float = _learning_rate(0.001)
    beta1: float = _beta1()
    beta2: float = _squares_decay(0.999, N_("Beta 2"))
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)


class AdamWSettings(NamedSection, title="AdamW"):
    """Adam with decoupled weight decay, the usual choice today."""

    name: Literal["adamw"] = "adamw"
    lr: float = _learning_rate(0.001)
    beta1: float = _beta1()
    beta2: float = _squares_decay(0.999, N_("Beta 2"))
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.01)


class RMSpropSettings(NamedSection, title="RMSprop"):
    """Divides each weight's step by the average size of its recent gradients; popular for recurrent networks."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: float = _learning_rate(0.001)
    momentum: float = _momentum(0.0)
    alpha: float = _squares_decay(0.99, N_("Alpha"))
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)


class AdagradSettings(NamedSection, title="Adagrad"):
    """Each weight's steps shrink with the sum of its past gradients; made for data with rare features."""

    name: Literal["adagrad"] = "adagrad"
    lr: float = _learning_rate(0.02)
    eps: float = _eps(1e-10)
    weight_decay: float = _weight_decay(0.0)


class MuonSettings(NamedSection, title="Muon"):
    """Corrects each hidden layer equally in all directions and uses AdamW for the rest: fewer steps, but slower ones on a CPU."""

    name: Literal["muon"] = "muon"
    lr: float = _learning_rate(0.02)
    momentum: float = _momentum(0.95)
    nesterov: bool = _nesterov(True)
    adamw_share: float = declare_setting(
        0.1,
        "AdamW factor",
        "The learning rate of the weights that AdamW trains (biases, norms, convolutions, embeddings and the last layer), as a "
        "fraction of Muon's.",
        gt=0,
        le=10,
        advanced=True,
    )
    weight_decay: float = _weight_decay(0.01)


OptimizerSettings: TypeAlias = (
    SGDSettings | AdamSettings | AdamWSettings | RMSpropSettings | AdagradSettings | MuonSettings
)
OPTIMIZER_SETTINGS = get_sections(OptimizerSettings)


def _warmup(default: float) -> float:
    return declare_setting(
        default,
        "Warm-up",
        "The fraction of the training during which the learning rate rises.",
        ge=0,
        lt=1,
        advanced=True,
    )


def _factor(default: float) -> float:
    return declare_setting(
        default, "Factor", "By which the learning rate is multiplied each time it falls.", gt=0, lt=1
    )


class NoScheduleSettings(NamedSection, title=N_("Constant")):
    """The learning rate stays constant."""

    name: Literal["none"] = "none"
    warmup: float = _warmup(0.0)


class StepSettings(NamedSection, title=N_("Steps")):
    """The learning rate falls by a factor every few epochs."""

    name: Literal["step"] = "step"
    every: int = declare_setting(
        5, "Every", "The number of epochs after which the learning rate falls.", unit=N_("epochs"), ge=1, le=10_000
    )
    factor: float = _factor(0.5)
    warmup: float = _warmup(0.0)


class CosineSettings(NamedSection, title=N_("Cosine")):
    """The learning rate falls to nearly zero along half a cosine wave: slowly, then fast, then slowly again."""

    name: Literal["cosine"] = "cosine"
    warmup: float = _warmup(0.05)


class OneCycleSettings(NamedSection, title=N_("One cycle")):
    """The learning rate rises to its full value and then falls to nearly zero: fast training in few epochs."""

    name: Literal["one_cycle"] = "one_cycle"
    warmup: float = _warmup(0.25)


class PlateauSettings(NamedSection, title=N_("On a plateau")):
    """The learning rate falls by a factor whenever the validation loss has stopped falling."""

    name: Literal["plateau"] = "plateau"
    patience: int = declare_setting(
        2,
        "Patience",
        "The number of epochs in a row without a lower validation loss after which the learning rate falls.",
        unit=N_("epochs"),
        ge=1,
        le=10_000,
    )
    factor: float = _factor(0.3)
    warmup: float = _warmup(0.0)


SchedulerSettings: TypeAlias = NoScheduleSettings | StepSettings | CosineSettings | OneCycleSettings | PlateauSettings
