"""The middleware that `app.py` puts in front of Streamlit's server, and the warning if everyone can reach it."""

import sys

from starlette.middleware import Middleware
from streamlit import config

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.limits import get_limits
from ui.auth.gate import Gate
from ui.auth.passwords import PASSWORD
from ui.auth.providers import choose_provider
from ui.auth.uploads import UploadLimits
from ui.auth.visitors import is_loopback
from ui.auth.websocket_filter import WebSocketFilter
from ui.http.security_headers import SecurityHeaders
from ui.http.static_files import StaticFiles

__all__ = ["describe_exposure", "is_open_to_all", "make_middleware"]


def make_middleware() -> list[Middleware]:
    """Build security headers, the gate if a login is set up, static files, and the filters of messages and uploads.

    Raises:
        SystemExit: the settings of the login or of the limits are invalid.
    """
    try:
        provider, limits = choose_provider(), get_limits()
    except BadInput as error:
        raise SystemExit(str(error)) from error
    if is_open_to_all():
        print(describe_exposure(), file=sys.stderr, flush=True)
    gate = [Middleware(Gate, provider=provider)] if provider else []
    return [
        Middleware(SecurityHeaders),
        *gate,
        Middleware(StaticFiles),
        Middleware(WebSocketFilter, provider=provider),
        Middleware(UploadLimits, provider=provider, limits=limits),
    ]


def is_open_to_all() -> bool:
    """Whether other computers can reach this server without logging in."""
    address = config.get_option("server.address") or ""
    return choose_provider() is None and address != "localhost" and not is_loopback(address)


def describe_exposure() -> str:
    return _(
        "Everyone on this network can open this NN Lab and start or delete runs. Set {password} before you start it, or omit "
        "--server.address."
    ).format(password=PASSWORD)
