"""The middleware that `app.py` puts before Streamlit's server, and the notice about who can reach it."""

import sys
from ipaddress import ip_address

from starlette.middleware import Middleware
from streamlit import config

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.limits import get_limits
from ui.auth.gate import Gate
from ui.auth.passwords import PASSWORD
from ui.auth.providers import choose_provider
from ui.auth.uploads import UploadLimits
from ui.auth.websocket_filter import Messages
from ui.http.security_headers import SecurityHeaders
from ui.http.static_files import StaticFiles

__all__ = ["describe_exposure", "is_open_to_all", "make_middleware"]


def make_middleware() -> list[Middleware]:
    """Headers for every answer, the gate where there is an entrance, static files, and the limits of messages and uploads.

    Ends the server where the entrance or the limits are set wrongly.
    """
    try:
        way, most = choose_provider(), get_limits()
    except BadInput as error:
        raise SystemExit(str(error)) from error
    if is_open_to_all():
        print(describe_exposure(), file=sys.stderr, flush=True)
    gate = [Middleware(Gate, entrance=way)] if way else []
    return [
        Middleware(SecurityHeaders),
        *gate,
        Middleware(StaticFiles),
        Middleware(Messages, entrance=way),
        Middleware(UploadLimits, entrance=way, limits=most),
    ]


def is_open_to_all() -> bool:
    """Whether other computers reach this server, and nobody has to log in."""
    return choose_provider() is None and not _is_loopback(config.get_option("server.address"))


def describe_exposure() -> str:
    return _(
        "Everybody in this network can open this NN Lab, and start and delete what they like. Set {password} before you start it, "
        "or leave --server.address away."
    ).format(password=PASSWORD)


def _is_loopback(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
