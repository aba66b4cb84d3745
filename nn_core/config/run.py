"""RunConfig: all settings of a run, enough to rebuild its model and to repeat it; among them those of the training loop."""

from typing import TYPE_CHECKING, Literal, Self, TypeAlias, Union

from pydantic import model_validator

from nn_core.config.losses import CrossEntropySettings, LossSettings
from nn_core.config.optimizers import NoScheduleSettings, OptimizerSettings, SchedulerSettings, SGDSettings
from nn_core.data import DataSettings
from nn_core.i18n import N_, _
from nn_core.models import MODELS
from nn_core.models.quick import QuickSettings
from nn_core.settings import NamedSection, Section, declare_choice, declare_group, declare_setting, make_error

__all__ = ["CONFIG_VERSION", "RunConfig", "TrainingSettings"]

CONFIG_VERSION: Literal[1] = 1

if TYPE_CHECKING:
    ModelSettings: TypeAlias = NamedSection
else:  # the registry imports the networks by name, so their union is known only at run time
    ModelSettings = Union[tuple(model.settings for model in MODELS.values())]  # noqa: UP007


class TrainingSettings(Section):
    epochs: int = declare_setting(10, "Epochs", "The number of epochs of the run.", term="epoch", ge=1, le=10_000)
    batch_size: int = declare_setting(
        100,
        "Batch size",
        "Smaller batches change them more often; larger ones are steadier and faster per example.",
        term="batch",
        ge=1,
        le=16_384,
    )
    patience: int = declare_setting(
        0,
        "Patience",
        "The number of such epochs in a row; 0 is off.",
        term="early_stopping",
        unit=N_("epochs"),
        ge=0,
        le=10_000,
        advanced=True,
    )
    clip_norm: float = declare_setting(
        0.0,
        "Gradient clipping",
        "The limit of the norm of all gradients together; 0 is off.",
        term="gradient_clipping",
        ge=0,
        le=10_000,
        advanced=True,
    )
    l1: float = declare_setting(
        0.0,
        "L1 penalty",
        "L1 adds this many times the sum of the absolute weights. Biases are left out, and losses are shown without it; 0 is off.",
        term="l1_l2",
        ge=0,
        le=10,
        advanced=True,
    )
    l2: float = declare_setting(
        0.0,
        "L2 penalty",
        "L2 adds half of this many times the sum of the squared weights. Biases are left out, and losses are shown without it; "
        "0 is off.",
        term="l1_l2",
        ge=0,
        le=10,
        advanced=True,
    )
    ema: float = declare_setting(
        0.0,
        "Weight averaging (EMA)",
        "The averaged weights are evaluated and saved; 0.99 averages over about 100 steps, 0 is off.",
        term="weight_averaging",
        ge=0,
        lt=1,
        advanced=True,
    )
    precision: Literal["float32", "bf16"] = declare_setting(
        "float32",
        "Precision",
        "bf16 uses half as many bits: faster on recent GPUs and rarely less accurate.",
        advanced=True,
    )
    compile: bool = declare_setting(
        False,
        "Compile",
        "Compiles the network for this machine first, which takes up to a minute; large networks then train faster.",
        advanced=True,
    )
    seed: int = declare_setting(
        0,
        "Seed",
        term="seed",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
    start_from: str = declare_setting(
        "",
        "Start from run",
        "The name of a run with the same network: training starts from a copy of its best weights. If empty, it starts from "
        "random weights.",
        max_length=100,
        advanced=True,
    )
    vitals: bool = declare_setting(
        True,
        "Watch the network",
        "Measures the layers while they learn: weights, gradients, filters, and units that no longer learn. It takes at most 2 % of the "
        "time and doesn't change the result.",
        advanced=True,
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = declare_setting(
        "auto", "Device", "Where the network is computed; auto uses a GPU if there is one.", advanced=True
    )
    devices: int = declare_setting(
        1, "Devices", "How many GPUs share each batch, or on a CPU how many processes.", ge=1, le=64, advanced=True
    )
    threads: int = declare_setting(
        0,
        "CPU threads",
        "How many CPU cores are used; 0 leaves one free for the browser, so that the page stays responsive.",
        ge=0,
        le=256,
        advanced=True,
    )
    checkpoint_seconds: float = declare_setting(
        5.0,
        "Save every",
        "The time between two checkpoints. An interrupted run loses at most this much work.",
        unit="s",
        ge=0,
        le=10,
        advanced=True,
    )


class RunConfig(Section):
    version: Literal[1] = CONFIG_VERSION
    data: DataSettings = declare_group(DataSettings(), "Data")
    model: ModelSettings = declare_choice(QuickSettings(), "Network")
    optimizer: OptimizerSettings = declare_choice(SGDSettings(), "Optimizer")
    loss: LossSettings = declare_choice(CrossEntropySettings(), "Loss")
    scheduler: SchedulerSettings = declare_choice(NoScheduleSettings(), "Learning rate schedule")
    training: TrainingSettings = declare_group(TrainingSettings(), "Training")

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if isinstance(self.optimizer, SGDSettings) and self.optimizer.nesterov and not self.optimizer.momentum:
            raise make_error(
                _(
                    "Nesterov needs momentum: set optimizer.momentum, for example to 0.9, or switch optimizer.nesterov off."
                )
            )
        return self
