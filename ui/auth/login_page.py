"""The login page: plain HTML that loads nothing else."""

from base64 import b64encode
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from nn_core.i18n import _

__all__ = ["redirect_same_site", "render_account_page", "render_password_page"]

_TEMPLATE = Path(__file__).parent / "login.html"
_LOGO = Path(__file__).parent.parent / "assets" / "logo.svg"
_ICON = Path(__file__).parent.parent / "assets" / "icon.svg"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def render_password_page(error: str = "", *, wait_seconds: int = 0) -> Response:
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


def render_account_page(providers: list[str], log_in: str, error: str = "") -> Response:
    """Render a button for each provider. log_in: the path that redirects to a provider."""
    buttons = "".join(
        f'<a class="button" href="{escape(log_in)}?with={quote(provider)}">{escape(_label(provider))}</a>'
        for provider in providers
    )
    about = _("Watch neural networks learn. Log in with your account.")
    return _render_page(about, error, buttons, 403 if error else 401, {})


def redirect_same_site() -> Response:
    """Make the browser load the page again: it does not send a `SameSite=Strict` cookie when it follows a link from another site."""
    return HTMLResponse('<!doctype html><meta http-equiv="refresh" content="0"><title>NN Lab</title>', headers=_HEADERS)


def _render_page(about: str, error: str, form: str, status: int, headers: dict[str, str]) -> Response:
    content = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(_("Log in · NN Lab")),
        icon=f"data:image/svg+xml;base64,{b64encode(_ICON.read_bytes()).decode()}",
        logo=_LOGO.read_text(encoding="utf-8"),
        heading=escape(_("Welcome")),
        about=escape(about),
        error=f'<p class="error" role="alert">{escape(error)}</p>' if error else "",
        form=form,
    )
    return HTMLResponse(content, status, headers=_HEADERS | headers)


def _label(provider: str) -> str:
    return _("Log in") if provider == "default" else _("Log in with {provider}").format(provider=provider.capitalize())
