"""What a browser gets before a page's script has run: compressed files, addresses that it may keep, and a first paint."""

import gzip
import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from processes import ROOT
from serving import AppServer, serve_app
from streamlit import file_util

from nn_core.runs import find_run, get_shipped_run
from ui.http.browser_networks import FOLDER, make_network_path, make_script_path
from ui.http.index_page import PAGES

STATIC = Path(file_util.get_static_dir())
INDEX = (STATIC / "index.html").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"\./(static/js/[^\"]+\.js)", INDEX)
FILES = {file.relative_to(STATIC).as_posix(): file for file in (STATIC / "static").rglob("*.js")}
YEAR = "public, max-age=31536000, immutable"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("static")) as served:
        yield served


def ask(app: AppServer, path: str, *, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(app.url).netloc, timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    connection.close()
    return answer


@pytest.mark.parametrize("path", [SCRIPTS[0], max(FILES, key=lambda path: FILES[path].stat().st_size)])
def test_scripts_are_compressed_and_kept_for_a_year(app: AppServer, path: str) -> None:
    original = (STATIC / path).read_bytes()
    packed = ask(app, f"/{path}", Accept_Encoding="gzip")
    assert packed.status == 200
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["cache-control"] == YEAR
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "javascript" in packed.headers["content-type"]
    assert int(packed.headers["content-length"]) == len(packed.body) < len(original) / 2
    assert gzip.decompress(packed.body) == original
    plain = ask(app, f"/{path}")
    assert "content-encoding" not in plain.headers
    assert "immutable" in plain.headers["cache-control"]
    assert plain.body == original
    head = ask(app, f"/{path}", method="HEAD", Accept_Encoding="gzip")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == packed.headers["content-length"]


def test_all_scripts_of_the_first_paint_together_are_a_third_of_their_size(app: AppServer) -> None:
    sizes = [
        (len(ask(app, f"/{path}", Accept_Encoding="gzip").body), (STATIC / path).stat().st_size) for path in SCRIPTS
    ]
    assert sum(packed for packed, _plain in sizes) * 3 < sum(plain for _packed, plain in sizes)


# The page


@pytest.mark.parametrize("path", ["/", "/index.html", *(f"/{name}" for name in PAGES if name), "/no-such-page"])
def test_a_page_is_revalidated_and_sent_only_when_it_changed(app: AppServer, path: str) -> None:
    answer = ask(app, path, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    again = ask(app, path, Accept_Encoding="gzip", If_None_Match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert "content-encoding" not in again.headers
    plain = ask(app, path, If_None_Match=answer.headers["etag"])
    assert (plain.status, plain.body) == (200, gzip.decompress(answer.body))
    assert plain.headers["etag"] != answer.headers["etag"]


def test_a_page_says_its_title_and_lists_the_pages_without_a_script(app: AppServer) -> None:
    html = ask(app, "/runs").body.decode()
    assert "<title>Runs · NN Lab</title>" in html
    assert re.search(r'<p class="title">Runs</p>', html)
    assert re.findall(r'<a href="\./([a-z]*)"', html) == list(PAGES)
    assert 'href="./runs" aria-current' in html
    assert "NN Lab needs JavaScript" in html
    assert re.search(r"<script(?![^>]*\bsrc=)", html) is None, "an inline script, which the policy forbids"


def test_every_address_in_a_page_answers(app: AppServer) -> None:
    html = ask(app, "/train").body.decode()
    addresses = re.findall(r'(?:src|href)="\./([^"]+)"', html)
    assert len(addresses) > 60
    for address in addresses:
        if address not in PAGES:
            answer = ask(app, f"/{address}", Accept_Encoding="gzip")
            assert (answer.status, "text/html" in answer.headers["content-type"]) == (200, False), address


@pytest.mark.parametrize(
    "path",
    ["/_stcore/health", "/train/_stcore/health", "/media/none.png", "/component/x", "/static/none.js", "//train"],
)
def test_other_addresses_are_passed_to_streamlit(app: AppServer, path: str) -> None:
    assert b'id="first-paint"' not in ask(app, path).body


# Our own files


def test_our_own_files_are_kept_for_a_year_and_change_their_address_with_their_content(app: AppServer) -> None:
    html = ask(app, "/").body.decode()
    (path,) = re.findall(r'(nn-lab/[0-9a-f]+/style\.css)"', html)
    answer = ask(app, f"/{path}", Accept_Encoding="gzip")
    assert (answer.headers["cache-control"], answer.headers["content-encoding"]) == (YEAR, "gzip")
    styles = [ROOT / "ui" / "assets" / name for name in ("style.css", "present.css")]
    assert gzip.decompress(answer.body) == b"".join(style.read_bytes() for style in styles)
    old = ask(app, "/nn-lab/0123456789abcdef/style.css")
    assert (old.status, old.headers["cache-control"]) == (404, "no-store")


def test_the_icon_comes_from_here(app: AppServer) -> None:
    icon = ask(app, "/favicon.png")
    assert icon.headers["content-type"] == "image/png"
    assert icon.body == (ROOT / "ui" / "assets" / "icon.png").read_bytes()


def test_the_page_of_a_run_preloads_other_parts_than_the_form(app: AppServer) -> None:
    form, run = (ask(app, path).body.decode() for path in ("/train", "/train?run=pretrained-digits"))
    assert ("static/js/NumberInput." in form, "static/js/BidiComponent." in form) == (True, False)
    assert ("static/js/NumberInput." in run, "static/js/BidiComponent." in run) == (False, True)


# Networks for browsers


def test_a_network_is_compressed_and_kept_by_the_browser_alone(app: AppServer) -> None:
    run = get_shipped_run()
    assert run
    for path in (make_network_path(run), make_script_path()):
        packed, plain = ask(app, f"/{path}", Accept_Encoding="gzip"), ask(app, f"/{path}")
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert packed.headers["cache-control"] == plain.headers["cache-control"] == YEAR.replace("public", "private")
        assert packed.headers["vary"] == "Accept-Encoding"
        head = ask(app, f"/{path}", method="HEAD", Accept_Encoding="gzip")
        assert (head.status, head.body) == (200, b"")
    outdated = ask(app, f"/{FOLDER}/0123456789abcdef/{run.name}")
    assert (outdated.status, outdated.headers["cache-control"]) == (404, "no-store")


def test_a_network_that_cannot_run_in_a_browser_is_refused_in_a_sentence(app: AppServer) -> None:
    answer = ask(app, f"/{make_network_path(find_run(app.runs_root, 'pretrained-names'))}")
    assert (answer.status, answer.headers["cache-control"]) == (422, "no-store")
    assert answer.body.decode().startswith("This run was trained on surnames (text), not on pictures.")
