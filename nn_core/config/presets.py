"""Ready-made configurations: name → RunConfig."""

from nn_core.config.losses import CrossEntropySettings
from nn_core.config.optimizers import AdamWSettings, SGDSettings
from nn_core.config.run import RunConfig
from nn_core.config.schedules import OneCycleSettings
from nn_core.config.training import TrainingSettings
from nn_core.data import AugmentationSettings, DataSettings
from nn_core.errors import ConfigError, one_of
from nn_core.i18n import _
from nn_core.models.net import NetSettings
from nn_core.models.quick import QuickSettings
from nn_core.models.simple_net import SimpleNetSettings

__all__ = ["PRESETS", "preset"]

PRESETS: dict[str, RunConfig] = {
    "quick": RunConfig(
        model=QuickSettings(),
        data=DataSettings(augmentation=AugmentationSettings(rotate=5, shift=1, scale=0.05)),
        optimizer=AdamWSettings(lr=0.02),
        loss=CrossEntropySettings(label_smoothing=0.05),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=2),
    ),
    "simple_net": RunConfig(model=SimpleNetSettings(), optimizer=SGDSettings(lr=0.01)),
    "net": RunConfig(model=NetSettings(), optimizer=SGDSettings(lr=0.001, momentum=0.9)),
}


def preset(name: str) -> RunConfig:
    """The named configuration, or ConfigError."""
    if name not in PRESETS:
        raise ConfigError(_("Unknown preset '{name}'.").format(name=name) + " " + one_of(name, PRESETS))
    return PRESETS[name]
