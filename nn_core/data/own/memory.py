"""How much memory there is to use."""

import os
from pathlib import Path

__all__ = ["available_memory"]

_UNKNOWN = 4 * 2**30


def available_memory() -> int:
    """Bytes that this process may still take, as the system and its container (cgroup v2) tell."""
    offers = [offer for offer in (_of_the_system(), _of_the_container()) if offer is not None]
    return min(offers, default=_UNKNOWN)


def _of_the_system() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError, AttributeError):
        return None


def _of_the_container() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # "max": no limit
        return None
