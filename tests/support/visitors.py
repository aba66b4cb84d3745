"""Opens the app as a viewer or a teacher: in a test without a browser, and over the network."""

import http.client
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import pytest

from ui.auth.cookies import COOKIE, Admission
from ui.auth.passwords import PASSWORD, VIEWER_PASSWORD, Role
from ui.auth.providers import PasswordProvider, choose_provider

__all__ = ["PASSWORDS", "WORDS", "Answer", "ask", "come_as", "log_in", "logged_in"]

WORDS: dict[Role, str] = {"teacher": "öffne dich, Sesam", "viewer": "only looking"}
PASSWORDS = {PASSWORD: WORDS["teacher"], VIEWER_PASSWORD: WORDS["viewer"]}


class Answer(SimpleNamespace):
    status: int
    headers: http.client.HTTPMessage
    body: str


def come_as(patch: pytest.MonkeyPatch, role: Role | None) -> None:
    """From now on passwords are set, and pages of this process are opened by such a visitor; None for one who has not logged in.

    Only what Streamlit says of the browser is made up: the cookies and the address.
    """
    for name, word in PASSWORDS.items():
        patch.setenv(name, word)
    way = choose_provider()
    assert isinstance(way, PasswordProvider)
    cookies = {COOKIE: way.signer.sign(Admission.now(role))} if role else {}
    browser = SimpleNamespace(cookies=cookies, headers=[], remote_ip="127.0.0.1")
    patch.setattr("streamlit.runtime.context._get_client_context", lambda: browser)


def ask(
    url: str,
    path: str,
    method: str = "GET",
    *,
    body: bytes | None = None,
    cookie: str = "",
    **headers: str,
) -> Answer:
    """One request as it is, without following anything. headers: with underscores for hyphens."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    sent = {"Accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        connection.request(method, path, body, sent | ({"Cookie": cookie} if cookie else {}))
        response = connection.getresponse()
        return Answer(status=response.status, headers=response.headers, body=response.read().decode(errors="replace"))
    finally:
        connection.close()


def log_in(url: str, word: str, path: str = "/", **headers: str) -> Answer:
    """Send the form."""
    form = {"Content_Type": "application/x-www-form-urlencoded", **headers}
    return ask(url, path, "POST", body=urlencode({"password": word}).encode(), **form)


def logged_in(url: str, role: Role) -> str:
    """The cookie of a browser that has."""
    answer = log_in(url, WORDS[role])
    assert answer.status == 303, answer.body
    return answer.headers["Set-Cookie"].partition(";")[0]
