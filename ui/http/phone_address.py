"""The address under which another device on the same network reaches this server."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from streamlit import config

from nn_core.paths import APP_FOLDER, PROJECT
from ui.auth.passwords import is_loopback

__all__ = ["find_phone_origin", "get_open_command", "is_this_machine"]

_UNREACHED = ("192.0.2.1", 9)  # of RFC 5737: no host has this address


def find_phone_origin(visited: str) -> str | None:
    """Return scheme, host and port for a phone; None if it cannot reach this server.

    Args:
        visited: the URL under which the visitor reached the page. What is not this machine's own name is what others use too.
    """
    parts = urlsplit(visited)
    if not is_this_machine(parts.hostname or ""):
        return f"{parts.scheme}://{parts.netloc}"
    listens_on = config.get_option("server.address") or ""
    host = listens_on if listens_on not in ("", "0.0.0.0", "::") else _find_host()
    if is_this_machine(host):
        return None
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{config.get_option('server.port')}"


def is_this_machine(host: str) -> bool:
    """Whether the name means the device itself wherever it is used; also for no name."""
    return host in ("", "0.0.0.0", "::") or host == "localhost" or host.endswith(".localhost") or is_loopback(host)


def get_open_command() -> str:
    """The command that starts NN Lab so that other devices reach it."""
    return "make run ADDRESS=0.0.0.0" if APP_FOLDER == PROJECT else "nn-lab app --address 0.0.0.0"


def _find_host() -> str:
    """The address of this machine in its network, or the one that the administrator set; empty without a network."""
    if config.is_manually_set("browser.serverAddress"):
        return str(config.get_option("browser.serverAddress"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_UNREACHED)  # only chooses the way there, and sends nothing
        except OSError:
            return ""
        host: str = probe.getsockname()[0]
        return host
