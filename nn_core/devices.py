"""Chooses, lists and describes compute devices: CUDA, MPS or CPU. Importing this does not import torch."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.errors import BadInput
from nn_core.i18n import _

if TYPE_CHECKING:
    import torch

__all__ = [
    "ALL_GPUS",
    "DeviceInfo",
    "check_devices",
    "choose_device",
    "count_cores",
    "describe_device",
    "describe_from_outside",
    "get_device",
    "list_gpu_names",
    "use_threads",
]

ALL_GPUS = "NN_LAB_ALL_GPUS"
"""The environment variable that lists all GPUs that runs may use, for a process that sees only some of them."""


@dataclass(frozen=True)
class DeviceInfo:
    """A device as users see it.

    Attributes:
        kind: `cuda`, `mps` or `cpu`.
        name: the model.
        memory_used: bytes in use on a CUDA device, by all processes; None for other kinds.
        memory_total: bytes of a CUDA device; None for other kinds.
    """

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
    """Return the wanted device; for `auto`, CUDA if available, else MPS, else the CPU.

    Raises:
        BadInput: this machine has no such device.
    """
    import torch

    if wanted == "cpu":
        return torch.device(wanted)  # without initializing CUDA, which takes time
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    kinds = [kind for kind, is_available in available.items() if is_available]
    if wanted == "auto":
        return torch.device(kinds[0])
    if wanted not in kinds:
        raise BadInput(
            _("training.device = '{wanted}' is not available on this machine. Choose auto, or one of: {kinds}.").format(
                wanted=wanted, kinds=", ".join(kinds)
            )
        )
    return torch.device(wanted)


def get_device(wanted: str, number: int, count: int) -> torch.device:
    """Return the device of one of the processes on this machine: a GPU each, or the CPU, which they share.

    Args:
        wanted: the setting `training.device`.
        number: the index of this process.
        count: the processes on this machine.

    Raises:
        BadInput: the machine has fewer GPUs than processes.
    """
    import torch

    device = choose_device(wanted)
    if device.type == "mps" and wanted == "auto":
        return torch.device("cpu")  # processes cannot exchange tensors on MPS
    if device.type == "cpu":
        return device
    gpus = torch.cuda.device_count() if device.type == "cuda" else 1
    if gpus < count:
        raise BadInput(
            _(
                "{count} processes were started on a machine with {gpus} GPUs, and each needs its own. Start fewer "
                "(--nproc-per-node={gpus}), or compute on the CPU with --set training.device=cpu."
            ).format(count=count, gpus=gpus)
        )
    return torch.device(device.type, number)


def check_devices(wanted: str, count: int) -> None:
    """Check that a run on `count` devices is possible.

    Raises:
        BadInput: the machine has fewer GPUs, or on the CPU fewer cores.
    """
    import torch

    kind = choose_device(wanted).type
    available = {"cuda": torch.cuda.device_count, "cpu": count_cores}.get(kind, lambda: 1)()
    if count > available:
        unit = _("cores") if kind == "cpu" else _("GPUs")
        raise BadInput(
            _(
                "training.devices = {count}, and this machine has {available} {unit}. Choose at most {available}."
            ).format(count=count, available=available, unit=unit)
        )


def describe_device(device: torch.device) -> DeviceInfo:
    """Return the GPU's model and memory in use, or the CPU's number of cores."""
    import torch

    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return DeviceInfo("cuda", torch.cuda.get_device_name(device), total - free, total)
    if device.type == "mps":
        return DeviceInfo("mps", _("Apple GPU"))
    cores = count_cores()
    return DeviceInfo("cpu", _("CPU, {cores} cores").format(cores=cores) if cores > 1 else _("CPU, 1 core"))


def describe_from_outside(device: torch.device) -> DeviceInfo:
    """Describe a device without initializing CUDA, which would take GPU memory until the process ends.

    Asks `nvidia-smi`. If that fails, the result says only that there is a GPU.
    """
    if device.type != "cuda":
        return describe_device(device)
    query = ["nvidia-smi", "--query-gpu=name,memory.used,memory.total", "--format=csv,noheader,nounits", "--id=0"]
    try:
        output = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True).stdout
        name, used, total = (part.strip() for part in output.splitlines()[0].split(","))
        return DeviceInfo("cuda", name, int(used) * 2**20, int(total) * 2**20)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return DeviceInfo("cuda", _("NVIDIA GPU"))


def list_gpu_names(devices: Path = Path("/dev"), visible: str | None = None) -> list[str]:
    """Return the NVIDIA GPUs that runs may use, named as in CUDA_VISIBLE_DEVICES; an empty list if there are none.

    Args:
        devices: the folder where the driver creates a file nvidia0, nvidia1, … for each GPU.
        visible: the value of CUDA_VISIBLE_DEVICES, numbers or the beginnings of UUIDs; by default, that of this process. As in
            CUDA, an invalid name ends the list.
    """
    present = sum(file.name.removeprefix("nvidia").isdigit() for file in devices.glob("nvidia[0-9]*"))
    if visible is None:
        visible = os.environ.get(ALL_GPUS, os.environ.get("CUDA_VISIBLE_DEVICES"))
    if visible is None:
        return [str(number) for number in range(present)]
    usable: list[str] = []
    for name in map(str.strip, visible.split(",")):
        is_valid = int(name) < present if name.isdecimal() else name.startswith(("GPU-", "MIG-"))
        if not is_valid or name in usable:
            break
        usable.append(name)
    return usable[:present]


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(wanted: int, processes: int = 1) -> None:
    """Set the number of CPU threads.

    The threads of a step wait for each other. When another process, such as the browser that shows the curves, takes a
    core from one of them, all wait: on two cores, two threads were then up to thirty times slower, one thread was not.

    Args:
        wanted: the number of threads; 0 takes all cores but one, or an equal share of the cores for each of several processes.
        processes: the processes on this machine that compute together.
    """
    import torch

    cores = count_cores() // processes if processes > 1 else count_cores() - 1
    torch.set_num_threads(wanted or min(torch.get_num_threads(), max(1, cores)))
