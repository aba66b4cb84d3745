"""A URL names an existing run, or the page shows nothing of it."""

import sys

import pytest
from apptest_pages import app, texts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")


# The address


@pytest.mark.parametrize(
    ("page", "query", "words"),
    [
        ("train", {"run": "../../etc/passwd"}, "No run named"),
        ("train", {"like": "../../../etc/<b>*x*"}, "No run named"),
        ("evaluate", {"run": "𝒳" * 100}, "No run named"),
        ("data", {"set": "own-../../x", "run": "\x1b[2J"}, "Data"),
        ("playground", {"hidden": "9" * 5000, "set": "<script>", "run": "playground-/../x"}, "Playground"),
    ],
)
def test_an_address_names_what_is_here_or_nothing(page: str, query: dict[str, str], words: str) -> None:
    test = app(page, **query)
    said = "\n".join([texts(test), *(warning.value for warning in test.warning)])
    assert words in said
    assert "unexpected went wrong" not in said, "that is what a page says of an error that nobody foresaw"
    assert not test.exception
