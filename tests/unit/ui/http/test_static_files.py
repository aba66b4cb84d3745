"""Compressed files and the template of a page, without a server."""

import gzip

import pytest

from ui.http.index_page import IndexPage
from ui.http.static_files import GzipCache, is_gzip_accepted

# Compression


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("*", True),
        ("*, gzip;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=nonsense", False),
        ("xgzip", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_sent_only_to_browsers_that_accept_it(header: str, accepted: bool) -> None:
    assert is_gzip_accepted(header) == accepted


def test_a_file_is_compressed_once() -> None:
    cache, reads = GzipCache(), []

    def read() -> bytes:
        reads.append(1)
        return b"content " * 1000

    first = cache.get("a", read)
    assert cache.get("a", read) is first
    assert cache.get_cached("a") is first
    assert cache.get_cached("b") is None
    assert (len(reads), gzip.decompress(first)) == (1, b"content " * 1000)


def test_an_unexpected_template_is_served_unchanged() -> None:
    html = IndexPage("<html><head><title>x</title></head><body></body></html>", {}).get_page("runs").content.decode()
    assert "<title>Runs · NN Lab</title></head><body></body></html>" in html
