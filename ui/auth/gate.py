"""Blocks every request to the server without a login, and shows the login page instead.

No page, file, upload or WebSocket of Streamlit can be reached without logging in. Only `health`, which returns nothing but "ok",
stays open for monitoring. The login page is plain HTML that loads nothing else.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from streamlit import config

from nn_core.i18n import _
from ui.auth.cookies import COOKIE, KEPT_SECONDS, Admission
from ui.auth.passwords import get_network
from ui.auth.providers import AccountProvider, LoginProvider, PasswordProvider
from ui.compat import get_login_url, make_server_path, read_user_cookie

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Gate", "get_log_out_path"]

_MAX_FORM_BYTES = 8192
_FORM_TIMEOUT_SECONDS = 10
_FORM_TYPE = "application/x-www-form-urlencoded"
_PAGE = Path(__file__).parent / "login.html"
_ASSETS = Path(__file__).parent.parent / "assets"
_LOGO = _ASSETS / "logo.svg"
_ICON = _ASSETS / "icon.svg"
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def get_log_out_path() -> str:
    return make_server_path("log-out")


class Gate:
    """ASGI middleware that admits only visitors who have logged in."""

    def __init__(self, app: ASGIApp, provider: LoginProvider) -> None:
        self._app, self._provider = app, provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            connection = HTTPConnection(scope)
            if self._provider.find_admission(connection.cookies) and _is_same_origin(connection):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            request = Request(scope, receive)
            response = await self._respond(request)
            await (response or self._app)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        """The gate's own response; None for a request that is passed on."""
        path, is_read = request.scope["path"], request.method in ("GET", "HEAD")
        if is_read and path == make_server_path("_stcore/health"):
            return None
        admission = self._provider.find_admission(request.cookies)
        if isinstance(self._provider, PasswordProvider):
            if is_read and path == get_log_out_path():
                return _log_out(self._provider, admission)
            if _is_form(request) and not path.startswith(make_server_path("_stcore") + "/"):
                return await _log_in(self._provider, request)
        elif admission and is_read and path == make_server_path("auth/logout"):
            self._provider.log_out(admission)  # Streamlit only deletes the cookie in this browser
        if admission:
            return None
        if isinstance(self._provider, AccountProvider) and is_read:
            if path in map(make_server_path, ("auth/login", "auth/logout", "oauth2callback")):
                return None
            if path == make_server_path("log-in"):
                return _redirect_to_provider(self._provider, request)
        return self._refuse(request)

    def _refuse(self, request: Request) -> Response:
        """The login page for a browser that opens a page, one sentence for every other request."""
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            headers = {"Cache-Control": "no-store"} | ({} if request.method == "GET" else {"Connection": "close"})
            return PlainTextResponse(_("Log in first: open NN Lab in a browser."), 401, headers)
        if isinstance(self._provider, PasswordProvider):
            is_cross_site = request.headers.get("sec-fetch-site") == "cross-site"
            return _redirect_same_site() if is_cross_site else _render_password_page()
        refusal = self._provider.explain_refusal(read_user_cookie(request.cookies))
        return _render_account_page(self._provider.providers, make_server_path("log-in"), refusal)


async def _log_in(provider: PasswordProvider, request: Request) -> Response:
    """Check the password that was sent."""
    fetch_site = request.headers.get("sec-fetch-site", "same-origin")
    if not _is_same_origin(request) or fetch_site not in ("same-origin", "none"):
        return PlainTextResponse(_("This form came from another site. Open NN Lab itself."), 403)
    password = await _read_password(request)
    previous = provider.read_cookie(request.cookies)
    is_known = previous is not None and previous.role == "teacher"
    client = previous.visitor if previous and is_known else get_network(request.client.host if request.client else "")
    now = time.monotonic()
    if wait := provider.rate_limiter.get_wait_seconds(client, now, is_known=is_known):
        sentence = _("There were too many wrong passwords. Try again in {seconds} s.").format(seconds=wait)
        return _render_password_page(sentence, wait_seconds=wait)
    role = provider.passwords.find_role(password)
    if role is None:
        provider.rate_limiter.record_failure(client, now, is_known=is_known)
        return _render_password_page(_("Wrong password. Check capital letters and try again."))
    if role == "teacher":
        provider.rate_limiter.reset(client)  # not for viewers, who could then continue to guess the teacher's password
    response = RedirectResponse(_get_requested_path(request), 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE,
        provider.signer.sign(Admission.now(role)),
        max_age=KEPT_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


async def _read_password(request: Request) -> str:
    """The password in the form; empty if the form is too long, arrives too slowly or is not text."""
    body = b""
    try:
        async with asyncio.timeout(_FORM_TIMEOUT_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _MAX_FORM_BYTES:
                    return ""
        return parse_qs(body.decode(), max_num_fields=10).get("password", [""])[0]
    except (TimeoutError, ClientDisconnect, ValueError):
        return ""


def _log_out(provider: PasswordProvider, admission: Admission | None) -> Response:
    """Log out only with the cookie, which no other site can send along."""
    response = RedirectResponse(make_server_path(""), 303, {"Cache-Control": "no-store"})
    if admission:
        provider.log_out(admission)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def _redirect_to_provider(provider: AccountProvider, request: Request) -> Response:
    chosen = request.query_params.get("with", "")
    name = chosen if chosen in provider.providers else provider.providers[0]
    return RedirectResponse(get_login_url(name), 303, {"Cache-Control": "no-store"})


def _get_requested_path(request: Request) -> str:
    """The requested URL as a path with one leading slash: with two slashes it would point to another server."""
    path = "/" + request.scope["raw_path"].decode("latin-1").lstrip("/\\")
    query = request.scope["query_string"].decode("latin-1")
    return quote(path, safe="/%:@!$&'()*+,;=", encoding="latin-1") + (f"?{query}" if query else "")


def _is_form(request: Request) -> bool:
    return request.method == "POST" and request.headers.get("content-type", "").partition(";")[0].strip() == _FORM_TYPE


def _is_same_origin(connection: HTTPConnection) -> bool:
    """Whether it comes from a page of this server or of an origin in `server.corsAllowedOrigins`. True without an Origin header."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    trusted = {url.rstrip("/") for url in config.get_option("server.corsAllowedOrigins") or []}
    return urlsplit(origin).netloc == connection.headers.get("host") or origin in trusted


def _render_password_page(error: str = "", *, wait_seconds: int = 0) -> Response:
    """Render the form, which sends the password to the URL that was requested.

    Args:
        error: a sentence above the form.
        wait_seconds: until the next attempt is allowed.
    """
    form = (
        f'<form method="post"><label for="password">{escape(_("Password"))}</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
        f"<button>{escape(_('Log in'))}</button></form>"
    )
    about = _("Watch neural networks learn. Enter the password that your teacher gave you.")
    headers = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
    return _render_page(about, error, form, 429 if wait_seconds else 401, headers)


def _render_account_page(providers: list[str], log_in: str, error: str = "") -> Response:
    """Render a button for each provider. log_in: the path that redirects to a provider."""
    buttons = "".join(
        f'<a class="button" href="{escape(log_in)}?with={quote(provider)}">{escape(_label_button(provider))}</a>'
        for provider in providers
    )
    about = _("Watch neural networks learn. Log in with your account.")
    return _render_page(about, error, buttons, 403 if error else 401, {})


def _redirect_same_site() -> Response:
    """Make the browser load the page again: it does not send a `SameSite=Strict` cookie when it follows a link from another site."""
    return HTMLResponse(
        '<!doctype html><meta http-equiv="refresh" content="0"><title>NN Lab</title>', headers=_PAGE_HEADERS
    )


def _render_page(about: str, error: str, form: str, status: int, headers: dict[str, str]) -> Response:
    content = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(_("Log in · NN Lab")),
        icon=f"data:image/svg+xml;base64,{b64encode(_ICON.read_bytes()).decode()}",
        logo=_LOGO.read_text(encoding="utf-8"),
        heading=escape(_("Welcome")),
        about=escape(about),
        error=f'<p class="error" role="alert">{escape(error)}</p>' if error else "",
        form=form,
    )
    return HTMLResponse(content, status, headers=_PAGE_HEADERS | headers)


def _label_button(provider: str) -> str:
    return _("Log in") if provider == "default" else _("Log in with {provider}").format(provider=provider.capitalize())
