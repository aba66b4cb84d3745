"""The middleware that `app.py` puts in front of Streamlit's server, the security headers, and the warning if everyone can reach it.

The headers say that no page can contact another host, be framed by one, or reveal its URL to one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from streamlit import config

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.limits import get_limits
from ui.auth.gate import Gate
from ui.auth.passwords import PASSWORD, is_loopback
from ui.auth.providers import choose_provider
from ui.auth.uploads import UploadLimits
from ui.auth.websocket_filter import WebSocketFilter
from ui.http.pad_pages import PadPages
from ui.http.static_files import StaticFiles

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CONTENT_SECURITY_POLICY", "SecurityHeaders", "describe_exposure", "is_open_to_all", "make_middleware"]


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
        Middleware(PadPages),
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


_POLICY = {
    # Everything that is not listed below: only this server.
    "default-src": "'self'",
    # blob: Streamlit imports the JavaScript of a component (`st.components.v2`) from a Blob. 'wasm-unsafe-eval': its Protobuf
    # library multiplies long integers with WebAssembly. It allows no JavaScript from a string, and no inline script.
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    # 'unsafe-inline': Streamlit's styles (Emotion) and those of components are <style> elements made in the browser.
    "style-src": "'self' 'unsafe-inline'",
    # data: pictures inside styles, the logo and Plotly's heat maps. blob: previews of uploads, and Plotly's image export.
    "img-src": "'self' data: blob:",
    # The WebSocket is among them: 'self' covers ws: and wss: of the same host and port.
    "connect-src": "'self'",
    # data: Streamlit's own style sheet embeds one.
    "font-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-src": "'self'",
    "frame-ancestors": "'self'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{name} {sources}" for name, sources in _POLICY.items())
"""For every response without a policy of its own. SECURITY.md gives the reason for each exception."""

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """ASGI middleware that adds the headers. Headers that a response already has, such as the login page's policy, stay."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
