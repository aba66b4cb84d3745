"""Without the password nothing answers, on a server without visits; with it, everything does."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from serving import AppServer, serve_app
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from visitors import PASSWORDS, WORDS, ask, log_in, logged_in
from websocket_client import opened, run_page

from nn_core.runs import list_runs
from ui.http import index_page

PAGES = tuple(f"/{address}" for address in index_page.PAGES)
DEEP = (
    "/train?run=pretrained-digits",
    "/draw?run=../../etc",
    "/data?set=surnames",
    "//train",
    "/train/../draw",
    "/%2e%2e/",
)
INNER = (
    *("/static/js/index.js", "/media/abc.png", "/component/x/y.js", "/app/static/x", "/favicon.ico", "/index.html"),
    *("/_stcore/host-config", "/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/allowed-message-origins"),
    *("/_stcore/bidi-components/x/y.js", "/_stcore/upload_file/a/b", "/_stcore/health/", "/_stcore/health/../stream"),
    *("/auth/login", "/oauth2callback", "/openapi.json", "/docs"),
    *("/nn-lab/network/0123456789abcdef/pretrained-digits", "/nn-lab/network/0123456789abcdef/reader.js"),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The real app with both passwords."""
    with serve_app(tmp_path_factory.mktemp("entrance"), environment=PASSWORDS) as served:
        yield served


def handshake(url: str, **headers: str) -> int:
    """The status that the WebSocket of the pages answers with."""
    netloc = urlsplit(url).netloc
    lines = {
        **{"Host": netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        **{"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit", **headers},
    }
    host, port = netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        request = ["GET /_stcore/stream HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
        connection.sendall("\r\n".join(request).encode())
        return int(connection.recv(64).split()[1])


@pytest.mark.parametrize("path", [*PAGES, *DEEP, *INNER])
@pytest.mark.parametrize("accept", ["text/html,*/*", "*/*"])
def test_no_address_answers_before_the_password(app: AppServer, path: str, accept: str) -> None:
    answer = ask(app.url, path, Accept=accept)
    assert answer.status == 401
    assert ('name="password"' in answer.body) == ("html" in accept)
    assert "streamlit" not in answer.body.lower()
    assert answer.headers["Set-Cookie"] is None


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS", "PATCH", "HEAD"])
def test_no_upload_is_taken_before_the_password(app: AppServer, method: str) -> None:
    assert ask(app.url, "/_stcore/upload_file/a/b", method, body=b"x" * 100).status == 401


def test_no_websocket_opens_before_the_password(app: AppServer) -> None:
    cookie = logged_in(app.url, "viewer")
    assert handshake(app.url) == 403
    assert handshake(app.url, Cookie="nn_lab_admission=teacher.aa.9999999999.00") == 403
    assert handshake(app.url, Cookie=cookie.replace("viewer", "teacher")) == 403
    assert handshake(app.url, Cookie=cookie, Origin="http://elsewhere.example") == 403
    assert handshake(app.url, Cookie=cookie, Origin="http://127.0.0.1:9") == 403
    assert handshake(app.url, Cookie=cookie, Origin=app.url) == 101


def test_the_health_check_needs_no_password(app: AppServer) -> None:
    assert (answer := ask(app.url, "/_stcore/health")).status == 200
    assert answer.body == "ok"


def test_with_the_password_the_pages_and_their_files_answer(app: AppServer) -> None:
    cookie = logged_in(app.url, "viewer")
    assert "streamlit" in ask(app.url, "/train", cookie=cookie).body.lower()
    assert ask(app.url, "/_stcore/host-config", cookie=cookie).status == 200
    # Past the gate, Streamlit itself refuses an upload without its own token.
    assert ask(app.url, "/_stcore/upload_file/a/b", "PUT", body=b"x", cookie=cookie).status == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: AppServer) -> None:
    kept = log_in(app.url, WORDS["teacher"]).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(kept.split("; "))
    assert "Secure" not in kept
    assert "Secure" in log_in(app.url, WORDS["teacher"], X_Forwarded_Proto="https").headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("/train?run=a%20b&x=%C3%A4", "/train?run=a%20b&x=%C3%A4"),
        ("//elsewhere.example/x", "/elsewhere.example/x"),
        ("/\\elsewhere.example", "/elsewhere.example"),
        ("///\\/elsewhere.example?y=//z", "/elsewhere.example?y=//z"),
    ],
)
def test_the_password_leads_to_what_was_asked_for_and_never_elsewhere(app: AppServer, asked: str, shown: str) -> None:
    assert log_in(app.url, WORDS["viewer"], asked).headers["Location"] == shown


def test_a_form_of_another_site_is_refused(app: AppServer) -> None:
    assert log_in(app.url, WORDS["viewer"], Origin="http://elsewhere.example").status == 403
    assert log_in(app.url, WORDS["viewer"], Sec_Fetch_Site="cross-site").status == 403


def test_a_link_on_another_site_finds_who_is_logged_in(app: AppServer) -> None:
    """The browser does not send the cookie at first, and does once our own page has asked it to come again."""
    answer = ask(app.url, "/train?run=x", Sec_Fetch_Site="cross-site")
    assert answer.status == 200
    assert 'http-equiv="refresh" content="0"' in answer.body


def test_wrong_passwords_are_slowed_down_for_their_address_only(app: AppServer) -> None:
    teacher = logged_in(app.url, "teacher")
    for _attempt in range(10):
        answer = log_in(app.url, "wrong", X_Forwarded_For="203.0.113.7")
        assert answer.status == 401
        assert "Wrong password" in answer.body
    answer = log_in(app.url, WORDS["teacher"], X_Forwarded_For="203.0.113.7")
    assert answer.status == 429
    assert answer.headers["Set-Cookie"] is None
    assert f"Try again in {answer.headers['Retry-After']} s" in answer.body
    assert log_in(app.url, WORDS["viewer"], X_Forwarded_For="203.0.113.8").status == 303
    assert log_in(app.url, WORDS["viewer"], X_Forwarded_For="203.0.113.7", Cookie=teacher).status == 303


def test_an_oversized_form_is_refused(app: AppServer) -> None:
    assert log_in(app.url, WORDS["viewer"] + "x" * 10_000, X_Forwarded_For="203.0.113.9").status == 401


def test_logging_out_ends_every_copy_of_the_cookie(app: AppServer) -> None:
    cookie, other = logged_in(app.url, "teacher"), logged_in(app.url, "teacher")
    assert ask(app.url, "/log-out").headers["Set-Cookie"] is None  # without the cookie, as another site would send it
    answer = ask(app.url, "/log-out", cookie=cookie)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert ask(app.url, "/train", cookie=cookie).status == 401
    assert ask(app.url, "/train", cookie=other).status == 200


def start_button(told: list[ForwardMsg]) -> tuple[str, bool]:
    """(id, whether it can be pressed) of "Start training" among what was sent."""
    buttons = [message.delta.new_element.button for message in told]
    return next((button.id, not button.disabled) for button in buttons if button.label == "Start training")


def test_a_crafted_client_starts_nothing_as_a_viewer(app: AppServer) -> None:
    """It presses a button that a viewer's browser shows, but does not let them press."""
    for role in ("viewer", "teacher"):
        before = len(list_runs(app.runs_root))
        with opened(app.url, Cookie=logged_in(app.url, role)) as page:  # type: ignore[arg-type]
            button, enabled = start_button(run_page(page, "train"))
            assert enabled == (role == "teacher")
            run_page(page, "train", pressed=button)
        assert len(list_runs(app.runs_root)) == before + (role == "teacher")
