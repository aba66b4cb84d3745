"""Finds a Chrome or Chromium for the browser tests and the README's pictures, or installs one if possible.

Never fails: without a browser, the tests that need one are skipped with a message.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["find_browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
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
    for command in _ways_to_install():
        if not find_browser():
            _try(command)
    found = find_browser()
    print(f"The browser tests use {found}." if found else "No browser could be had: the browser tests will skip.")


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, check=True, timeout=_PATIENCE_SECONDS, stdin=subprocess.DEVNULL, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"Did not work: {error}", flush=True)


def _ways_to_install() -> list[list[str]]:
    """The commands to try: apt, if it may be used and its Chromium is a real package, then playwright."""
    apt = [["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]]
    own = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    return apt + own if _is_debian() and os.geteuid() == 0 else own


def _is_debian() -> bool:
    """Ubuntu's package of that name only installs a snap."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
    return "ID=debian" in lines and shutil.which("apt-get") is not None


if __name__ == "__main__":
    main()
