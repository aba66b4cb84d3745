"""Every setting of a run, declared once; see `settings.setting`."""

from nn_core.config.change import changed, parse_config, read_config, with_settings
from nn_core.config.presets import PRESETS, preset
from nn_core.config.run import CONFIG_VERSION, RunConfig
from nn_core.config.settings import Section, alternatives, is_advanced, unit_of

__all__ = [
    "CONFIG_VERSION",
    "PRESETS",
    "RunConfig",
    "Section",
    "alternatives",
    "changed",
    "is_advanced",
    "parse_config",
    "preset",
    "read_config",
    "unit_of",
    "with_settings",
]
