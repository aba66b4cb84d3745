"""How many runs may train at once: one on each device, unless the environment says more."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from nn_core.config import RunConfig
from nn_core.data import DATASETS
from nn_core.errors import ConfigError
from nn_core.gpus import gpu_names
from nn_core.i18n import _
from nn_core.places import runs_at_once

__all__ = ["Lane", "lane_of"]

_MOST_AT_ONCE = 64


@dataclass(frozen=True)
class Lane:
    """Runs that wait for devices of the same kind.

    name: cuda, mps, cpu or points; devices: their names, of graphics cards those that CUDA_VISIBLE_DEVICES knows; per_device: the
    runs that share one; needed: the devices that the run in question takes.
    """

    name: str
    devices: tuple[str, ...] = ("0",)
    per_device: int = 1
    needed: int = 1

    @property
    def slots(self) -> Iterator[tuple[str, str]]:
        """(device, name of the slot). A second run comes to a device only when each has one."""
        for share in range(self.per_device):
            for device in self.devices:
                yield device, f"{self.name}.{device.replace('/', '-')}.{share}.slot"


def lane_of(config: RunConfig) -> Lane:
    """Where a run of this config waits. Raises ConfigError for a NN_LAB_RUNS_AT_ONCE that is no number.

    Points in the plane have a lane of their own: nobody who plays with a few neurons waits behind an hour of training.
    """
    at_once = _at_once(runs_at_once())
    spec = DATASETS.get(config.data.name)
    if spec and spec.kind == "points":
        return Lane("points", per_device=max(at_once, 2, os.cpu_count() or 1))
    device, cards = config.training.device, tuple(gpu_names())
    if device == "cuda" or (device == "auto" and cards):
        cards = cards or Lane.devices
        return Lane("cuda", cards, at_once, min(config.training.devices, len(cards)))
    if device == "mps" or (device == "auto" and sys.platform == "darwin"):
        return Lane("mps", per_device=at_once)
    return Lane("cpu", per_device=at_once)


def _at_once(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST_AT_ONCE:
        return int(text)
    raise ConfigError(
        _(
            "NN_LAB_RUNS_AT_ONCE = '{value}' must be a whole number from 1 to {most}: the runs that train at once on one device."
        ).format(value=text, most=_MOST_AT_ONCE)
    )
