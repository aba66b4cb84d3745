"""Counts the graphics cards without torch, whose import takes two seconds and 200 MB."""

import os
from pathlib import Path

__all__ = ["count_gpus"]


def count_gpus(devices: Path = Path("/dev"), visible: str | None = None) -> int:
    """The NVIDIA cards that a process started now may use; 0 where there are none.

    devices: where the driver puts a file nvidia0, nvidia1, … for each. visible: what CUDA_VISIBLE_DEVICES says, if not what it
    says in this process's environment: numbers or the beginnings of UUIDs; as for CUDA, what stands behind one that cannot be
    does not count.
    """
    present = sum(file.name.removeprefix("nvidia").isdigit() for file in devices.glob("nvidia[0-9]*"))
    if visible is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return present
    usable: set[str] = set()
    for name in map(str.strip, visible.split(",")):
        is_there = int(name) < present if name.isdecimal() else name.startswith(("GPU-", "MIG-"))
        if not is_there or name in usable:
            break
        usable.add(name)
    return min(len(usable), present)
