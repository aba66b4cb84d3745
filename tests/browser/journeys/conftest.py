"""A journey: what a person does in the app from beginning to end, on a fresh server with empty folders."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, new_page
from journey import Journey
from playwright.sync_api import Browser
from serving import serve_app


@pytest.fixture
def start_journey(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Journey]]:
    """Starts the server and opens Home: `start_journey()`, `start_journey(phone=True)`, `start_journey(environment={…})`.

    at=None opens nothing, for a server that asks for a password first.
    """
    with ExitStack() as stack:

        def start(*, phone: bool = False, environment: dict[str, str] | None = None, at: str | None = "/") -> Journey:
            settings = {"NN_LAB_DATA": str(tmp_path / "data"), **(environment or {})}
            app = stack.enter_context(serve_app(tmp_path, environment=settings))
            page = stack.enter_context(new_page(browser, PHONE if phone else DESKTOP, touch=phone))
            journey = Journey(page, app, request.node.name.removeprefix("test_"), phone=phone)
            if at is not None:
                journey.open(at)
            return journey

        yield start
