"""A browser and its pages. Only these tests import Playwright."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from browsing import launched_browser, new_page
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def _browsers() -> list[Browser]:
    return []


@pytest.fixture(scope="module")
def browser(_browsers: list[Browser], close_browser: ExitStack) -> Browser:
    """One browser for all files, because its start takes three seconds; another one after a crash."""
    if not (_browsers and _browsers[-1].is_connected()):
        close_browser.close()
        _browsers.append(close_browser.enter_context(launched_browser()))
    return _browsers[-1]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser) as opened:
        yield opened
