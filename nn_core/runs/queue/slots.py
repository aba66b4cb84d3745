"""A slot is the right to train on a device, held as the lock of a file (flock) by the process that trains."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from nn_core.runs.lock import try_lock
from nn_core.runs.queue.lanes import Lane

__all__ = ["Slots"]


class Slots:
    """Those that one run trains in. Held until `close`, or until every process that inherited the descriptors has ended."""

    def __init__(self, descriptors: Iterable[int], devices: Iterable[int] = ()) -> None:
        """devices: the numbers of those that the run may use, where there is a choice."""
        self.descriptors = tuple(descriptors)
        self.devices = tuple(devices)

    @classmethod
    def take(cls, folder: Path, lane: Lane) -> Self | None:
        """As many as the lane's run needs, each on another device; None, and nothing held, while there are not so many."""
        held: dict[int, int] = {}
        for device, names in enumerate(lane.slots):
            for name in names:
                descriptor = try_lock(folder / name) if device not in held and len(held) < lane.needed else None
                if descriptor is not None:
                    held[device] = descriptor
        slots = cls(held.values(), held if lane.name == "cuda" else ())
        if len(held) == lane.needed:
            return slots
        slots.close()
        return None

    @property
    def environment(self) -> dict[str, str]:
        """What lets a process see these graphics cards and no others; it has to hold before torch looks for them."""
        if not self.devices:
            return {}
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        names = visible.split(",") if visible else [str(number) for number in range(max(self.devices) + 1)]
        return {"CUDA_VISIBLE_DEVICES": ",".join(names[device].strip() for device in self.devices)}

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()
