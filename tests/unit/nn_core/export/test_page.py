"""The file with a drawing area and a network: what is in it, and that nothing in it can be anything but text."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from many_classes import HOSTILE
from untrained_runs import untrained_run

from nn_core.browser.network import convert_network
from nn_core.errors import BadInput
from nn_core.export.page import OfflinePage, RunPages, build_pages, render_pages, write_worker
from nn_core.inference import TrainedNetwork
from nn_core.paths import get_data_folder
from nn_core.runs import get_shipped_run

EVIL = "</script><script>alert(1)</script><!--"


@pytest.fixture(scope="module")
def pages() -> RunPages:
    run = get_shipped_run()
    assert run is not None
    return build_pages(run, get_data_folder())


def read_policy(page: OfflinePage) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in page.policy.split("; "))


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("form", ["file", "served"])
def test_the_policy_allows_exactly_the_script_and_the_style_of_the_page(pages: RunPages, form: str) -> None:
    page: OfflinePage = getattr(pages, form)
    html, policy = page.html.decode(), read_policy(page)
    [script] = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert policy["script-src"] == hash_of(script)
    assert policy["style-src"] == hash_of(style)
    assert policy["default-src"] == "'none'"
    assert "connect-src" not in policy
    assert html.count("<script") == 3
    assert " style=" not in html
    assert not re.search(r"\son\w+=", re.sub(r"<(script|style).*?</\1>", "", html, flags=re.DOTALL))


def test_only_the_served_page_refers_to_anything_else(pages: RunPages) -> None:
    file, served = pages.file.html.decode(), pages.served.html.decode()
    assert 'rel="manifest"' in served
    for place in ("manifest.webmanifest", "icon-192.png", "page.html"):
        assert place in served
        assert place not in file
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", file)
    assert "http" not in re.sub(r"<script.*?</script>", "", file, flags=re.DOTALL).replace("http-equiv", "")


def test_it_takes_at_most_half_a_megabyte(pages: RunPages) -> None:
    assert len(pages.file.html) < 500_000


def test_names_are_data_and_never_markup(shipped_network: TrainedNetwork) -> None:
    classes = (EVIL, "", *HOSTILE, "8", "9")
    spec = replace(shipped_network.spec, classes=classes, title=EVIL)
    network = convert_network(replace(shipped_network, spec=spec), "int8")
    pages = render_pages(network, spec, title=EVIL, file_name="x.html", facts=EVIL)
    for page in (pages.file, pages.served):
        html = page.html.decode()
        assert html.count("<script") == html.count("</script>") == 3
        assert "alert(1)<" not in html
        assert "<b>bold" not in html
        assert "&lt;/script&gt;" in html


def test_a_network_that_cannot_run_in_a_browser_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for preset, settings in (("text_cnn", ()), ("autoencoder", ()), ("cnn", ("data.name=cifar10",))):
        run = untrained_run(tmp_path, preset, *settings)
        with pytest.raises(BadInput, match=r"\.$"):
            build_pages(run, get_data_folder())


def test_the_worker_is_of_this_page_and_this_address(pages: RunPages) -> None:
    worker = write_worker(pages.served, '/pad/"a"/')
    [name] = re.findall(r"const PAGE = (\".*?[^\\]\");", worker)
    assert json.loads(name) == f'/pad/"a"/#{pages.served.digest}'
    assert write_worker(pages.file, '/pad/"a"/') != worker
