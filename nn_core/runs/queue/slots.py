"""A slot is the right to train on a device, held as the lock of a file (flock) by the process that trains."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from nn_core.gpus import ALL_GPUS, gpu_names
from nn_core.runs.lock import try_lock
from nn_core.runs.queue.lanes import Lane

__all__ = ["Slots"]


class Slots:
    """Those that one run trains in. Held until `close`, or until every process that inherited the descriptors has ended."""

    def __init__(self, descriptors: Iterable[int], devices: Iterable[str] = ()) -> None:
        """devices: the graphics cards that the run may use, where there is a choice."""
        self.descriptors = tuple(descriptors)
        self.devices = tuple(devices)

    @classmethod
    def take(cls, folder: Path, lane: Lane) -> Self | None:
        """As many as the lane's run needs, each on another device; None, and nothing held, while there are not so many. Raises
        OSError, and then nothing is held either."""
        held: dict[str, int] = {}
        try:
            for device, name in lane.slots:
                descriptor = try_lock(folder / name) if device not in held else None
                if descriptor is not None:
                    held[device] = descriptor
                if len(held) == lane.needed:
                    return cls(held.values(), held if lane.name == "cuda" and len(lane.devices) > 1 else ())
        except OSError:
            cls(held.values()).close()
            raise
        cls(held.values()).close()
        return None

    @property
    def environment(self) -> dict[str, str]:
        """What lets a process see these graphics cards and no others, and still know of all. It has to hold before torch asks the
        driver for cards, which it does once and for all."""
        if not self.devices:
            return {}
        return {"CUDA_VISIBLE_DEVICES": ",".join(self.devices), ALL_GPUS: ",".join(gpu_names())}

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()
