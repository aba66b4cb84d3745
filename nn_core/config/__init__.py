"""The settings of a run, each declared once; see `nn_core.settings`."""

from nn_core.config.overrides import apply_settings, parse_config, read_config, update_config
from nn_core.config.presets import PRESETS, get_default_epochs, get_preset
from nn_core.config.run import CONFIG_VERSION, RunConfig

__all__ = [
    "CONFIG_VERSION",
    "PRESETS",
    "RunConfig",
    "apply_settings",
    "get_default_epochs",
    "get_preset",
    "parse_config",
    "read_config",
    "update_config",
]
