"""Every setting of a run, declared once; see `nn_core.settings`."""

from nn_core.config.change import changed, parse_config, read_config, with_settings
from nn_core.config.presets import PRESETS, default_epochs, preset
from nn_core.config.run import CONFIG_VERSION, RunConfig

__all__ = [
    "CONFIG_VERSION",
    "PRESETS",
    "RunConfig",
    "changed",
    "default_epochs",
    "parse_config",
    "preset",
    "read_config",
    "with_settings",
]
