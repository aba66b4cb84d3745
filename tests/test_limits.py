"""Each limit is a sentence with the value, the rule and what to do, and is reached by nobody who works alone."""

import http.client
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages_opened import app
from serving import AppServer, serve_app
from speaking import read_until_finished, run_page
from starlette.types import Receive, Scope, Send
from visiting import ask
from websockets.sync.client import connect

from nn_core.cli.train import train as train_here
from nn_core.config import preset
from nn_core.errors import BadInput, LimitReached
from nn_core.limits import LIMITS_IN_THE_ENVIRONMENT, Limits, limits_from
from nn_core.runs import create_run, list_runs
from nn_core.runs.room import bytes_of_runs, must_have_room
from ui.allowance import Allowance, Full, Rate, allowance
from ui.entrance.uploads import UploadLimits

MB = 1_000_000


@pytest.fixture(autouse=True)
def _fresh_allowance() -> Iterator[None]:
    allowance.cache_clear()
    yield
    allowance.cache_clear()


def test_the_environment_sets_each_limit() -> None:
    assert limits_from({}) == Limits()
    for name, variable in LIMITS_IN_THE_ENVIRONMENT.items():
        assert getattr(limits_from({variable: "7.5"}), name) == 7.5


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf", "1e99", "1,5"])
def test_a_value_that_is_none_is_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=f"NN_LAB_QUEUED_RUNS = '{text}' is no limit"):
        limits_from({"NN_LAB_QUEUED_RUNS": text})


def test_a_rate_holds_for_each_and_for_all_and_says_when_there_is_room() -> None:
    rate = Rate(60)
    for second in (0, 10, 20):
        rate.take("a", 1, most=3, most_together=5, now=second)
    with pytest.raises(Full) as full:
        rate.take("a", 1, most=3, most_together=5, now=30)
    assert (full.value.wait_seconds, full.value.everybody) == (30, False)
    rate.take("b", 2, most=3, most_together=5, now=30)
    with pytest.raises(Full) as full:
        rate.take("c", 2, most=3, most_together=5, now=40)
    assert (full.value.wait_seconds, full.value.everybody) == (30, True)
    with pytest.raises(Full) as full:
        rate.take("c", 4, most=3, most_together=5, now=40)
    assert full.value.wait_seconds is None
    rate.take("a", 1, most=3, most_together=5, now=60)


def test_a_rate_forgets_who_is_long_gone() -> None:
    rate = Rate(60)
    for number in range(1000):
        rate.take(f"visitor {number}", 1, 1, 10, now=number * 61)
    assert len(rate._of) == len(rate._taken) == 1


def test_the_defaults_never_stop_a_quick_hand() -> None:
    """A start every two seconds, for half an hour, with what then waits."""
    rate, usual = Rate(60), Limits()
    for second in range(0, 1800, 2):
        rate.take("here", 1, usual.runs_per_minute, usual.server_runs_per_minute, now=second)


def test_starts_are_counted_on_every_page(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_PER_MINUTE", "1")
    app("home").button(key="first_network").click().run()
    assert len(list_runs(runs_root)) == 1
    train = app("train")
    train.button(key="start_training").click().run()
    assert "You may start 1 runs a minute. Try again in" in train.error[0].value
    playground = app("playground")
    playground.button(key="start_training").click().run()
    assert "You may start 1 runs a minute" in playground.toast[0].value
    assert len(list_runs(runs_root)) == 1
    monkeypatch.setenv("NN_LAB_RUNS_PER_MINUTE", "30")
    monkeypatch.setenv("NN_LAB_SERVER_RUNS_PER_MINUTE", "1")
    train.button(key="start_training").click().run()
    assert "All visitors together may start 1 runs a minute" in train.error[0].value


def test_runs_that_wait_are_counted_for_each_and_for_all(runs_root: Path) -> None:
    from nn_core.runs.queue.tickets import Ticket, door, queue_folder

    with door(queue_folder(runs_root)):
        tickets = [Ticket.issue(queue_folder(runs_root), "cpu", name) for name in ("one", "two", "three")]
    shared = Allowance()
    shared.started("a", "one")
    shared.started("a", "two")
    shared.must_start("a", runs_root, Limits(queued_runs=3))
    with pytest.raises(LimitReached, match=r"2 of your runs wait.* may have 2 waiting"):
        shared.must_start("a", runs_root, Limits(queued_runs=2))
    shared.must_start("b", runs_root, Limits(queued_runs=2))
    with pytest.raises(LimitReached, match="3 runs wait for their turn, which is the most"):
        shared.must_start("b", runs_root, Limits(server_queued_runs=3))
    for ticket in tickets:
        ticket.give_back()
    shared.must_start("a", runs_root, Limits(queued_runs=1, server_queued_runs=1))


def test_the_disk_is_left_some_room(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bytes_of_runs(runs_root / "none") == {}
    run = create_run(runs_root, preset("quick"), "large")
    (run.path / "best.safetensors").write_bytes(bytes(3 * MB))
    sizes = bytes_of_runs(runs_root)
    assert 3 * MB < sizes["large"] < 4 * MB
    must_have_room(runs_root, Limits(free_gb=0), own=["large"])
    with pytest.raises(LimitReached, match=r"are kept free\. Delete runs on the Runs page, or set NN_LAB_FREE_GB"):
        must_have_room(runs_root, Limits(free_gb=1e8))
    with pytest.raises(LimitReached, match=r"The runs take 0\.0 GB of the disk, and at most 0\.002 GB"):
        must_have_room(runs_root, Limits(free_gb=0, server_runs_gb=0.002))
    with pytest.raises(LimitReached, match=r"Your runs take 0\.0 GB of the disk"):
        must_have_room(runs_root, Limits(free_gb=0, runs_gb=0.002), own=["large"])
    monkeypatch.setenv("NN_LAB_FREE_GB", "1e8")
    train = app("train")
    train.button(key="start_training").click().run()
    assert "are kept free" in train.error[0].value.replace("\\", "")
    assert [run.name for run in list_runs(runs_root)] == ["large"]


def test_the_command_line_leaves_room_too(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_FREE_GB", "1e8")
    with pytest.raises(LimitReached, match="are kept free"):
        train_here("simple_net", runs=runs_root)
    assert list_runs(runs_root) == []


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server that takes 2 MB an hour of each visitor, and 3 MB of all."""
    environment = {"NN_LAB_UPLOAD_MB_PER_HOUR": "2", "NN_LAB_SERVER_UPLOAD_MB_PER_HOUR": "3"}
    with serve_app(tmp_path_factory.mktemp("uploads"), environment=environment) as served:
        yield served


def put(app: AppServer, size: int, who: str, *, sent: int | None = None) -> tuple[int, str]:
    """(status, what was said) of an upload that announces `size` bytes. sent: how many really come."""
    connection = http.client.HTTPConnection(urlsplit(app.url).netloc, timeout=30)
    headers = {"X-Forwarded-For": who, "Content-Type": "application/octet-stream", "Content-Length": str(size)}
    pieces = (bytes(50_000) for _piece in range((size if sent is None else sent) // 50_000))
    connection.request("PUT", "/_stcore/upload_file/no-session/no-file", pieces, headers)
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_uploads_are_refused_by_what_they_announce(little: AppServer) -> None:
    status, said = put(little, 5 * MB, "203.0.113.1", sent=0)  # not a byte of it has come
    assert status == 429
    assert said.startswith("This file of 5.0 MB is too much: a visitor may upload 2 MB an hour. Take a smaller one")
    assert put(little, 3 * MB, "203.0.113.1", sent=0)[0] == 429
    assert put(little, MB, "203.0.113.1")[0] == 403  # let through to Streamlit, which asks for its own token
    status, said = put(little, 1_500_000, "203.0.113.1", sent=0)
    assert status == 429
    assert "Try again in 60 min" in said


def test_all_visitors_share_what_the_server_takes(little: AppServer) -> None:
    for number in range(2):
        assert put(little, 900_000, f"203.0.113.{50 + number}")[0] in (403, 429)
    status, said = put(little, 1_500_000, "203.0.113.60", sent=0)
    assert status == 429
    assert "all visitors together may upload 3 MB an hour" in said


def test_an_upload_that_announces_nothing_is_counted_as_it_comes(little: AppServer) -> None:
    """On an open page, which is told in the end; what comes after the limit is not read."""
    here = {"X-Forwarded-For": "203.0.113.70"}
    token = ask(little.url, "/_stcore/health").headers["Set-Cookie"].partition(";")[0]
    headers = {**here, "Cookie": token, "Origin": little.url}
    address = f"{little.url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], additional_headers=headers, max_size=2**26) as page:  # type: ignore[list-item]
        session = run_page(page, "home")[0].new_session.initialize.session_id
        sent = 0

        def body() -> Iterator[bytes]:
            nonlocal sent
            yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
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
    assert any("may upload 2 MB an hour" in alert for alert in alerts)


def test_what_uploads_take_of_the_memory_is_bounded() -> None:
    uploads = UploadLimits(_nothing, None, Limits(server_upload_mb=3))
    uploads.take("a", 2 * MB)
    with pytest.raises(LimitReached, match="take 3 MB of this computer's memory already"):
        uploads.take("b", 2 * MB)
    uploads.take("b", MB)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An app that does nothing."""
