"""Every response carries the security headers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import AppServer, serve_app
from visitors import PASSWORDS, ask

from ui.http.assets import get_asset
from ui.http.middleware import CONTENT_SECURITY_POLICY

PATHS = ("/", "/playground", "/train", "/runs", "/evaluate", "/draw", "/text", "/inside", "/data")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("requests")) as served:
        yield served


@pytest.mark.parametrize(
    "path", [*PATHS, "/no-such-page", "/_stcore/health", "/_stcore/host-config", "/favicon.png", "/media/none.png"]
)
def test_every_answer_carries_the_headers(app: AppServer, path: str) -> None:
    headers = ask(app.url, path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["permissions-policy"] == "camera=(self), geolocation=(), microphone=()"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]


def test_so_do_scripts_and_the_page_that_asks_for_a_password(app: AppServer, tmp_path: Path) -> None:
    script = re.findall(r"static/js/index\.[^\"]+\.js", ask(app.url, "/").body)[0]
    assert ask(app.url, f"/{script}").headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    with serve_app(tmp_path, environment=PASSWORDS) as locked:
        for path in (script, get_asset("style.css").path, get_asset("live_chart.js").path, "favicon.png"):
            assert ask(locked.url, f"/{path}", Accept="*/*").status == 401, path
        answer = ask(locked.url, "/", Accept="text/html")
        assert answer.status == 401
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["permissions-policy"]
