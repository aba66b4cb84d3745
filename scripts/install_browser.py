"""Finds a Chromium or Chrome for the browser tests and the README's pictures, or installs one if possible.

Never fails: without a browser, the tests that need one are skipped with a message.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["find_browser"]

_SHELL = "chromium-headless-shell"  # Chromium without its window: the tests take 30 % less processor time with it
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PATIENCE_SECONDS = 600


def find_browser() -> str | None:
    """The path of an installed Chrome or Chromium, or of playwright's own; None if there is none."""
    for name in (*_NAMES, *_MAC_APPLICATIONS):
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def main() -> None:
    if find_browser():
        return
    print("Looking for a browser to test with", flush=True)
    if os.geteuid() == 0 and _is_debian():
        _try(["apt-get", "update", "-q"])
        _try(["apt-get", "install", "-q", "-y", "--no-install-recommends", _SHELL])
    if not find_browser():
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    found = find_browser()
    print(
        f"The browser tests use {found}."
        if found
        else "No browser could be installed: the browser tests will be skipped."
    )


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, check=True, timeout=_PATIENCE_SECONDS, stdin=subprocess.DEVNULL, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"Did not work: {error}", flush=True)


def _is_debian() -> bool:
    """Whether this is Debian. Ubuntu's packages of Chromium only install a snap."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
    return "ID=debian" in lines and shutil.which("apt-get") is not None


if __name__ == "__main__":
    main()
