"""Collects what the process of a run trains with: versions, device, cores and the commit of the code."""

from __future__ import annotations

import os
import platform
import subprocess
import tomllib
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from nn_core.devices import count_cores
from nn_core.paths import PROJECT
from nn_core.runs.environment import Environment
from nn_core.runs.folder import format_now

if TYPE_CHECKING:
    import torch

__all__ = ["describe_environment"]

_GIT_SECONDS = 5


def describe_environment(device: torch.device, step: int, processes: int = 1) -> Environment:
    """Describe what this process trains with.

    Args:
        device: that the network is computed on.
        step: the run's completed steps.
        processes: how many on this machine share the run.
    """
    import torch

    commit, is_changed = _read_commit()
    return Environment(
        started_at=format_now(),
        step=step,
        nn_lab=_read_version(),
        python=platform.python_version(),
        torch=str(torch.__version__),
        system=_describe_system(),
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper(),
        cores=count_cores(),
        threads=torch.get_num_threads(),
        processes=processes,
        commit=commit,
        is_changed=is_changed,
    )


def _describe_system() -> str:
    """The system without the kernel's release, which may contain the name of the machine that it was built on."""
    name = platform.system()
    with suppress(OSError):
        name = platform.freedesktop_os_release().get("PRETTY_NAME", name)
    if name == "Darwin":
        name = f"macOS {platform.mac_ver()[0]}"
    return f"{name}, {platform.machine()}"[:200]


@cache
def _read_version() -> str:
    """The version of the checkout, or of the installed package."""
    with suppress(OSError, KeyError, tomllib.TOMLDecodeError), (PROJECT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
    try:
        return version("nn-lab")
    except PackageNotFoundError:
        return ""


def _read_commit() -> tuple[str, bool]:
    """Return the commit of the checkout and whether its files differ from it; no commit outside a checkout or without git."""
    if not (PROJECT / ".git").exists():
        return "", False
    try:
        commit = _ask_git("rev-parse", "HEAD")
        return commit, bool(_ask_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return "", False


def _ask_git(*arguments: str) -> str:
    # Without optional locks, so that a commit that the user makes at this moment does not fail.
    answer = subprocess.run(
        ["git", "--no-optional-locks", *arguments],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_GIT_SECONDS,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    return answer.stdout.strip()
