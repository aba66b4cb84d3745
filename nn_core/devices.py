"""Which device to compute on, and what to call it."""

import os
from dataclasses import dataclass

import torch

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["DeviceInfo", "choose_device", "count_cores", "describe_device", "use_threads"]


@dataclass(frozen=True)
class DeviceInfo:
    """kind: cuda, mps or cpu. Memory in bytes, of a CUDA device as a whole; None elsewhere."""

    kind: str
    name: str
    memory_used: int | None = None
    memory_total: int | None = None

    def __str__(self) -> str:
        if self.memory_used is None or self.memory_total is None:
            return self.name
        return _("{name}, {used:.1f} of {total:.0f} GiB in use").format(
            name=self.name, used=self.memory_used / 2**30, total=self.memory_total / 2**30
        )


def choose_device(wanted: str = "auto") -> torch.device:
    """CUDA, else MPS, else the CPU; or the one that is wanted. Raises BadInput if it is not here."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    if not present.get(wanted, False):
        here = ", ".join(kind for kind, is_here in present.items() if is_here)
        raise BadInput(
            _("training.device = '{wanted}' is not on this machine. Choose auto, or one of: {here}.").format(
                wanted=wanted, here=here
            )
        )
    return torch.device(wanted)


def describe_device(device: torch.device) -> DeviceInfo:
    """The GPU's model and the memory in use on it, or the CPU and its cores."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return DeviceInfo("cuda", torch.cuda.get_device_name(device), total - free, total)
    if device.type == "mps":
        return DeviceInfo("mps", _("Apple GPU"))
    cores = count_cores()
    return DeviceInfo("cpu", _("CPU, {cores} cores").format(cores=cores) if cores > 1 else _("CPU, 1 core"))


def count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(wanted: int) -> None:
    """Compute with this many threads on the CPU; 0 takes all cores but one.

    The threads of a step wait for each other. Where another process, such as the browser that shows the curves, takes a
    core from one of them, all stand still: on two cores, two threads were up to thirty times slower then, one was not.
    """
    torch.set_num_threads(wanted or min(torch.get_num_threads(), max(1, count_cores() - 1)))
