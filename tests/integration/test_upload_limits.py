"""What comes in as files is bounded for each visitor, for all together and in memory, by what really arrives."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from serving import AppServer, serve_app
from visitors import ask
from websocket_client import opened, read_until_finished, run_page

MB = 1_000_000

pytestmark = pytest.mark.usefixtures("fresh_allowance")


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server that takes 2 MB an hour of each visitor, and 3 MB of all."""
    environment = {"NN_LAB_UPLOAD_MB_PER_HOUR": "2", "NN_LAB_SERVER_UPLOAD_MB_PER_HOUR": "3"}
    with serve_app(tmp_path_factory.mktemp("uploads"), environment=environment) as served:
        yield served


HEAD = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


@dataclass(frozen=True)
class Visit:
    """An open page, as its server knows it."""

    app: AppServer
    session: str
    headers: Mapping[str, str]

    def put(self, size: int, **headers: str) -> tuple[int, str]:
        """(status, what was said) of a file that is sent as a browser does."""
        connection = self.announce(size, **headers)
        with suppress(OSError):  # the server hangs up on who goes on
            connection.send(HEAD + bytes(size) + TAIL)
        return self.answer(connection)

    def announce(self, size: int, **headers: str) -> http.client.HTTPConnection:
        """Of the file itself, not a byte."""
        connection = http.client.HTTPConnection(urlsplit(self.app.url).netloc, timeout=30)
        connection.putrequest("PUT", f"/_stcore/upload_file/{self.session}/f")
        length = {"Content-Length": str(len(HEAD) + size + len(TAIL))}
        for name, value in {**self.headers, **length, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection

    def answer(self, connection: http.client.HTTPConnection) -> tuple[int, str]:
        response = connection.getresponse()
        return response.status, response.read().decode()


@contextmanager
def visit(app: AppServer, address: str) -> Iterator[Visit]:
    """Somebody with such an address."""
    token = ask(app.url, "/_stcore/health").headers["Set-Cookie"].partition(";")[0]
    here = {"X-Forwarded-For": address, "Cookie": token, "Origin": app.url}
    with opened(app.url, **here) as page:
        session = run_page(page, "home")[0].new_session.initialize.session_id
        form = {"X-Xsrftoken": token.partition("=")[2], "Content-Type": "multipart/form-data; boundary=b"}
        yield Visit(app, session, here | form)


def test_uploads_are_refused_by_their_announced_length(little: AppServer) -> None:
    with visit(little, "203.0.113.1") as here:
        status, said = here.answer(here.announce(5 * MB))  # not a byte of it has come
        assert status == 429
        assert said.startswith(
            "This file of 5.0 MB is too large: a visitor may upload 2 MB an hour. Choose a smaller file"
        )
        assert here.put(1_400_000)[0] == 204
        status, said = here.answer(here.announce(700_000))
        assert status == 429
        assert "Try again in 60 min" in said


def test_uploads_that_never_arrive_are_not_counted(little: AppServer) -> None:
    """Announced and not sent, or refused by Streamlit, over and over; meanwhile, and afterwards, there is as much room as ever."""
    with visit(little, "203.0.113.10") as idler, visit(little, "203.0.113.11") as other:
        waiting = [idler.announce(1_300_000) for _each in range(4)]
        for _each in range(4):
            assert idler.put(1_000_000, **{"X-Xsrftoken": "none"})[0] == 403
        assert other.put(300_000)[0] == 204
        for connection in waiting:
            connection.close()
        assert idler.put(300_000)[0] == 204


def test_all_visitors_share_the_limit_of_the_server(little: AppServer) -> None:
    with visit(little, "203.0.113.60") as here:
        status, said = here.answer(here.announce(1_500_000))
        assert status == 429
        assert "all visitors together may upload 3 MB an hour" in said


def test_an_upload_without_a_length_is_counted_as_it_arrives(little: AppServer) -> None:
    """On an open page, which is informed at the end; what comes after the limit is not read."""
    here = {"X-Forwarded-For": "203.0.113.70"}
    token = ask(little.url, "/_stcore/health").headers["Set-Cookie"].partition(";")[0]
    headers = {**here, "Cookie": token, "Origin": little.url}
    with opened(little.url, **headers) as page:
        session = run_page(page, "home")[0].new_session.initialize.session_id
        sent = 0

        def body() -> Iterator[bytes]:
            nonlocal sent
            yield HEAD
            while sent < 500 * MB:
                sent += MB
                yield bytes(MB)

        connection = http.client.HTTPConnection(urlsplit(little.url).netloc, timeout=30)
        form = {**headers, "X-Xsrftoken": token.partition("=")[2], "Content-Type": "multipart/form-data; boundary=b"}
        with suppress(OSError):  # the server hangs up on who goes on
            connection.request("PUT", f"/_stcore/upload_file/{session}/f", body(), form, encode_chunked=True)
            assert connection.getresponse().status == 429
        assert 0 < sent < 100 * MB
        told = read_until_finished(page)
    alerts = [message.delta.new_element.alert.body for message in told]
    assert any("MB an hour" in alert for alert in alerts)
