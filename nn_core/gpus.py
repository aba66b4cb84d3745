"""Lists the GPUs without importing torch, which takes two seconds and 200 MB."""

import os
from pathlib import Path

__all__ = ["ALL_GPUS", "list_gpu_names"]

ALL_GPUS = "NN_LAB_ALL_GPUS"
"""The environment variable that lists all GPUs that runs may use, for a process that sees only some of them."""


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
