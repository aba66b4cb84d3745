"""Stands before the whole server: who was not let in gets the login page and nothing else.

No page, file, upload or WebSocket of Streamlit is reached without an admission, whatever the address; only `health`, which says
"ok" and nothing else, stays open for whoever watches over the server.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from streamlit import config
from streamlit.url_util import make_url_path

from nn_core.i18n import _
from ui.auth.cookies import COOKIE, KEPT_SECONDS, Admission
from ui.auth.login_page import redirect_same_site, render_account_page, render_password_page
from ui.auth.passwords import get_network
from ui.auth.providers import AccountProvider, PasswordProvider

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Gate", "get_log_out_path"]

_LARGEST_FORM = 8192  # bytes
_FORM_SECONDS = 10
_FORM = "application/x-www-form-urlencoded"


def get_log_out_path() -> str:
    return _path("log-out")


def _path(name: str) -> str:
    return make_url_path(config.get_option("server.baseUrlPath") or "", name)


class Gate:
    """ASGI middleware, for an entrance of either kind."""

    def __init__(self, app: ASGIApp, entrance: PasswordProvider | AccountProvider) -> None:
        self._app, self._entrance = app, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            connection = HTTPConnection(scope)
            if self._entrance.admitted(connection.cookies) and _is_own(connection):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            request = Request(scope, receive)
            answer = await self._answer(request)
            await (answer or self._app)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """What the gate says itself; None for a request that may go on."""
        path, reads = request.scope["path"], request.method in ("GET", "HEAD")
        if reads and path == _path("_stcore/health"):
            return None
        admission = self._entrance.admitted(request.cookies)
        if isinstance(self._entrance, PasswordProvider):
            if reads and path == get_log_out_path():
                return _left(self._entrance, admission)
            if _is_form(request) and not path.startswith(_path("_stcore") + "/"):
                return await _let_in(self._entrance, request)
        elif admission and reads and path == _path("auth/logout"):
            self._entrance.leave(admission)  # Streamlit only takes the cookie away from this browser
        if admission:
            return None
        if isinstance(self._entrance, AccountProvider) and reads:
            if path in (_path("auth/login"), _path("auth/logout"), _path("oauth2callback")):
                return None
            if path == _path("log-in"):
                return _to_provider(self._entrance, request)
        return self._refusal(request)

    def _refusal(self, request: Request) -> Response:
        """The login page for a browser that opens a page, a sentence for anything else."""
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            headers = {"Cache-Control": "no-store"} | ({} if request.method == "GET" else {"Connection": "close"})
            return PlainTextResponse(_("Log in first: open NN Lab in a browser."), 401, headers)
        if isinstance(self._entrance, PasswordProvider):
            from_elsewhere = request.headers.get("sec-fetch-site") == "cross-site"
            return redirect_same_site() if from_elsewhere else render_password_page()
        refusal = self._entrance.refusal(self._entrance.user(request.cookies))
        return render_account_page(self._entrance.providers, _path("log-in"), refusal)


async def _let_in(entrance: PasswordProvider, request: Request) -> Response:
    """Look at the password that was sent."""
    if not _is_own(request) or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return PlainTextResponse(_("This form came from another site. Open NN Lab itself."), 403)
    given = await _password_in(request)
    before = entrance.remembered(request.cookies)
    known = before is not None and before.role == "teacher"
    who = before.visitor if before and known else get_network(request.client.host if request.client else "")
    now = time.monotonic()
    if wait := entrance.attempts.wait_seconds(who, now, known=known):
        sentence = _("There were too many wrong passwords. Try again in {seconds} s.").format(seconds=wait)
        return render_password_page(sentence, wait_seconds=wait)
    role = entrance.passwords.role_of(given)
    if role is None:
        entrance.attempts.wrong(who, now, known=known)
        return render_password_page(_("This is not the password. Mind capital letters, and try again."))
    if role == "teacher":
        entrance.attempts.right(who)  # not for a viewer, who could use it to go on guessing the other password
    answer = RedirectResponse(_same_place(request), 303, {"Cache-Control": "no-store"})
    _set_cookie(answer, request, entrance.seal.sign(Admission.now(role)))
    return answer


async def _password_in(request: Request) -> str:
    """What stands in the form; nothing for one that is too long, comes too slowly or is no text."""
    body = b""
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > _LARGEST_FORM:
                    return ""
        return parse_qs(body.decode(), max_num_fields=10).get("password", [""])[0]
    except (TimeoutError, ClientDisconnect, ValueError):
        return ""


def _left(entrance: PasswordProvider, admission: Admission | None) -> Response:
    """Only who comes with the cookie logs out, which no other site can send along."""
    answer = RedirectResponse(_path(""), 303, {"Cache-Control": "no-store"})
    if admission:
        entrance.leave(admission)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _to_provider(entrance: AccountProvider, request: Request) -> Response:
    from streamlit.user_info import generate_login_redirect_url

    chosen = request.query_params.get("with", "")
    provider = chosen if chosen in entrance.providers else entrance.providers[0]
    return RedirectResponse(generate_login_redirect_url(provider), 303, {"Cache-Control": "no-store"})


def _set_cookie(answer: Response, request: Request, value: str) -> None:
    answer.set_cookie(
        COOKIE,
        value,
        max_age=KEPT_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _same_place(request: Request) -> str:
    """The address that was asked for, as a path: one that begins with two slashes would be another server's."""
    path = "/" + request.scope["raw_path"].decode("latin-1").lstrip("/\\")
    query = request.scope["query_string"].decode("latin-1")
    return quote(path, safe="/%:@!$&'()*+,;=", encoding="latin-1") + (f"?{query}" if query else "")


def _is_form(request: Request) -> bool:
    return request.method == "POST" and request.headers.get("content-type", "").partition(";")[0].strip() == _FORM


def _is_own(connection: HTTPConnection) -> bool:
    """Whether it comes from a page of this server, as far as a browser tells, or from one that the owner trusts."""
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    trusted = {each.rstrip("/") for each in config.get_option("server.corsAllowedOrigins") or []}
    return urlsplit(origin).netloc == connection.headers.get("host") or origin in trusted
