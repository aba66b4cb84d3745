"""A browser and its pages. Only these tests import Playwright."""

from collections.abc import Iterator

import pytest
from browsing import launched_browser, new_page
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for each file: with one for all files, single tests failed under load."""
    with launched_browser() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser) as opened:
        yield opened
