"""A server for all tests of a file about the Playground."""

from collections.abc import Iterator

import pytest
from processes import end_workers
from serving import AppServer, serve_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("site"), spare_worker=True) as served:
        yield served


@pytest.fixture(autouse=True)
def _end_runs(app: AppServer) -> Iterator[None]:
    """A run that a test leaves behind would take the processor's time from the next ones."""
    yield
    end_workers(app.runs_root)
