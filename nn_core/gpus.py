"""Names the graphics cards without torch, whose import takes two seconds and 200 MB."""

import os
from pathlib import Path

__all__ = ["ALL_GPUS", "list_gpu_names"]

ALL_GPUS = "NN_LAB_ALL_GPUS"
"""The variable with the cards among which runs are divided, for a process that is shown but some of them."""


def list_gpu_names(devices: Path = Path("/dev"), visible: str | None = None) -> list[str]:
    """The NVIDIA cards among which runs are divided, as CUDA_VISIBLE_DEVICES names them: none where there are none.

    devices: where the driver puts a file nvidia0, nvidia1, … for each. visible: what CUDA_VISIBLE_DEVICES says, if not what this
    process was told: numbers or the beginnings of UUIDs; as for CUDA, what stands behind one that cannot be does not count.
    """
    present = sum(file.name.removeprefix("nvidia").isdigit() for file in devices.glob("nvidia[0-9]*"))
    if visible is None:
        visible = os.environ.get(ALL_GPUS, os.environ.get("CUDA_VISIBLE_DEVICES"))
    if visible is None:
        return [str(number) for number in range(present)]
    usable: list[str] = []
    for name in map(str.strip, visible.split(",")):
        is_there = int(name) < present if name.isdecimal() else name.startswith(("GPU-", "MIG-"))
        if not is_there or name in usable:
            break
        usable.append(name)
    return usable[:present]
