"""Which device to compute on, and what to call it."""

import os
import subprocess
from dataclasses import dataclass

import torch

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "DeviceInfo",
    "check_devices",
    "choose_device",
    "count_cores",
    "describe_device",
    "describe_from_outside",
    "get_device",
    "use_threads",
]


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
    if wanted == "cpu":
        return torch.device(wanted)  # without asking CUDA, which takes time
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


def get_device(wanted: str, number: int, count: int) -> torch.device:
    """What the process `number` of the `count` on this machine computes on: a graphics card each, or the CPU together. Raises
    BadInput where it has fewer cards."""
    device = choose_device(wanted)
    if device.type == "mps" and wanted == "auto":
        return torch.device("cpu")  # no process can send another one what lies there
    if device.type == "cpu":
        return device
    cards = torch.cuda.device_count() if device.type == "cuda" else 1
    if cards < count:
        raise BadInput(
            _(
                "{count} processes were started on a machine with {cards} graphics cards, and each needs one of its own. Start "
                "fewer (--nproc-per-node={cards}), or compute on the CPU with --set training.device=cpu."
            ).format(count=count, cards=cards)
        )
    return torch.device(device.type, number)


def check_devices(wanted: str, count: int) -> None:
    """Raises BadInput where a run is to be shared by more graphics cards, or by more processes on the CPU, than this machine
    has cards or cores."""
    kind = choose_device(wanted).type
    there = {"cuda": torch.cuda.device_count, "cpu": count_cores}.get(kind, lambda: 1)()
    if count > there:
        what = _("cores") if kind == "cpu" else _("graphics cards")
        raise BadInput(
            _("training.devices = {count}, and this machine has {there} {what}. Choose at most {there}.").format(
                count=count, there=there, what=what
            )
        )


def describe_device(device: torch.device) -> DeviceInfo:
    """The GPU's model and the memory in use on it, or the CPU and its cores."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return DeviceInfo("cuda", torch.cuda.get_device_name(device), total - free, total)
    if device.type == "mps":
        return DeviceInfo("mps", _("Apple GPU"))
    cores = count_cores()
    return DeviceInfo("cpu", _("CPU, {cores} cores").format(cores=cores) if cores > 1 else _("CPU, 1 core"))


def describe_from_outside(device: torch.device) -> DeviceInfo:
    """The same, for a process that does not compute on it: asking CUDA itself would take some of the GPU's memory, until the
    process ends. Where the driver's own tool does not answer, only that there is a GPU is told."""
    if device.type != "cuda":
        return describe_device(device)
    query = ["nvidia-smi", "--query-gpu=name,memory.used,memory.total", "--format=csv,noheader,nounits", "--id=0"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True).stdout
        name, used, total = (part.strip() for part in answer.splitlines()[0].split(","))
        return DeviceInfo("cuda", name, int(used) * 2**20, int(total) * 2**20)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return DeviceInfo("cuda", _("NVIDIA GPU"))


def count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(wanted: int, processes: int = 1) -> None:
    """Compute with this many threads on the CPU; 0 takes all cores but one, or this process's share where several compute.

    The threads of a step wait for each other. Where another process, such as the browser that shows the curves, takes a
    core from one of them, all stand still: on two cores, two threads were up to thirty times slower then, one was not.
    """
    share = count_cores() // processes if processes > 1 else count_cores() - 1
    torch.set_num_threads(wanted or min(torch.get_num_threads(), max(1, share)))
