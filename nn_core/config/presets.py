"""Ready-made configurations: name → RunConfig."""

from nn_core.config.run import RunConfig
from nn_core.config.sections import (
    AdamWSettings,
    AugmentationSettings,
    CrossEntropySettings,
    DataSettings,
    NetSettings,
    OneCycleSettings,
    QuickSettings,
    SGDSettings,
    SimpleNetSettings,
    TrainingSettings,
)
from nn_core.errors import ConfigError, one_of
from nn_core.i18n import _

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
