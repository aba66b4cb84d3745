"""What a browser gets before a page's script has run: compressed files, addresses that it may keep, and a first paint."""

import gzip
import http.client
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import DESKTOP, PHONE, new_page, wait_for_app
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from processes import ROOT
from serving import AppServer, serve_app
from streamlit import file_util
from waiting import wait_until

from ui.http.index_page import ELEMENTS, PAGES, IndexPage, list_preloads
from ui.http.static_files import GzipCache, is_gzip_accepted

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
    assert cache.known("a") is first
    assert cache.known("b") is None
    assert (len(reads), gzip.decompress(first)) == (1, b"content " * 1000)


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
def test_a_page_is_asked_for_each_time_and_sent_only_when_it_is_another(app: AppServer, path: str) -> None:
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


def test_a_template_without_the_usual_places_stays_a_page() -> None:
    html = IndexPage("<html><head><title>x</title></head><body></body></html>", {}).get_page("runs").content.decode()
    assert "<title>Runs · NN Lab</title></head><body></body></html>" in html


@pytest.mark.parametrize(
    "path",
    ["/_stcore/health", "/train/_stcore/health", "/media/none.png", "/component/x", "/static/none.js", "//train"],
)
def test_what_is_no_page_goes_on_to_streamlit(app: AppServer, path: str) -> None:
    assert b'id="first-paint"' not in ask(app, path).body


# Our own files


def test_our_own_files_are_kept_for_a_year_and_change_their_address_with_their_content(app: AppServer) -> None:
    html = ask(app, "/").body.decode()
    (path,) = re.findall(r'(nn-lab/[0-9a-f]+/style\.css)"', html)
    answer = ask(app, f"/{path}", Accept_Encoding="gzip")
    assert (answer.headers["cache-control"], answer.headers["content-encoding"]) == (YEAR, "gzip")
    assert gzip.decompress(answer.body) == (ROOT / "ui" / "assets" / "style.css").read_bytes()
    old = ask(app, "/nn-lab/0123456789abcdef/style.css")
    assert (old.status, old.headers["cache-control"]) == (404, "no-store")


def test_the_icon_comes_from_here(app: AppServer) -> None:
    icon = ask(app, "/favicon.png")
    assert icon.headers["content-type"] == "image/png"
    assert icon.body == (ROOT / "ui" / "assets" / "icon.png").read_bytes()


@pytest.mark.parametrize("page", ELEMENTS)
def test_the_parts_that_a_page_preloads_are_there_with_all_that_they_import(page: str) -> None:
    assert page.removesuffix("?run") in PAGES
    found = list_preloads(page, FILES, SCRIPTS)
    for name in ELEMENTS[page]:
        assert any(path.startswith(f"static/js/{name}.") for path in found), f"Streamlit has no {name} any more"
    assert not set(found) & set(SCRIPTS)
    assert sum(FILES[path].stat().st_size for path in found) < 3_000_000


def test_the_page_of_a_run_preloads_other_parts_than_the_form(app: AppServer) -> None:
    form, run = (ask(app, path).body.decode() for path in ("/train", "/train?run=pretrained-digits"))
    assert ("static/js/NumberInput." in form, "static/js/BidiComponent." in form) == (True, False)
    assert ("static/js/NumberInput." in run, "static/js/BidiComponent." in run) == (False, True)


# In a browser


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_whose_scripts_never_come_is_not_blank(
    browser: Browser, app: AppServer, size: ViewportSize, scheme: str
) -> None:
    with new_page(browser, size) as page:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.route("**/static/js/**", lambda route: route.abort())
        page.goto(f"{app.url}/evaluate")
        expect(page.locator("#first-paint .title")).to_have_text("Evaluate")
        expect(page.locator("#first-paint nav a").first).to_be_visible(visible=size == DESKTOP)
        background = page.locator("#first-paint").evaluate("it => getComputedStyle(it).backgroundColor")
        assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 19, 28)")


@pytest.mark.browser
@pytest.mark.parametrize("name", ELEMENTS)
def test_a_page_preloads_nothing_that_it_does_not_use(browser: Browser, app: AppServer, name: str) -> None:
    """Without the hints, the page asks for each of these parts by itself."""
    path = f"/{name}=pretrained-digits" if name.endswith("?run") else f"/{name}"
    with new_page(browser, DESKTOP) as page:
        page.context.grant_permissions(["local-network-access"])  # for a page that a test hands to the browser
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).path.removeprefix("/")))
        wanted = list_preloads(name, FILES, SCRIPTS)
        removed: list[str] = []

        def without_hints(route: Route) -> None:
            response = route.fetch()
            html = response.text()
            removed.extend(part for part in wanted if part in html)
            for part in wanted:
                html = html.replace(f'<link rel="modulepreload" crossorigin href="./{part}">', "")
            route.fulfill(response=response, body=html)

        page.route(f"{app.url}{path}", without_hints)
        page.goto(f"{app.url}{path}")
        wait_for_app(page)
        assert removed == wanted

        def all_asked() -> bool:
            page.wait_for_timeout(50)  # requests are noticed meanwhile
            return set(wanted) <= asked

        wait_until(all_asked, "the page has asked for all these parts")


@pytest.mark.browser
def test_without_javascript_a_page_says_what_it_needs(browser: Browser, app: AppServer) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{app.url}/draw")
    expect(page.get_by_text("NN Lab needs JavaScript")).to_be_visible()
    expect(page.locator("#first-paint nav a")).to_have_text([entry.title for entry in PAGES.values()])
    context.close()


@pytest.mark.browser
def test_the_first_paint_stands_where_the_page_then_stands(browser: Browser, app: AppServer) -> None:
    with new_page(browser, DESKTOP) as page:
        held = hold_scripts(page)
        page.goto(f"{app.url}/runs", wait_until="commit")
        early = places(page, "#first-paint nav a", "#first-paint .title")
        held()
        wait_for_app(page)
        expect(page.locator("#first-paint")).to_have_count(0)
        expect(page.locator("[data-testid=stApp]")).to_be_visible()
        late = places(page, "[data-testid=stSidebarNavLink]", "[data-testid=stMain] h1")
    assert early == late


def hold_scripts(page: Page) -> Callable[[], None]:
    """Holds the page's scripts back until the function that this returns is called."""
    waiting: list[Route] = []
    page.route("**/static/js/index.*", lambda route: waiting.append(route))

    def release() -> None:
        for route in waiting:
            route.continue_()

    return release


def places(page: Page, links: str, title: str) -> list[tuple[str, int, int, int]]:
    """(text, left, top, width) of the links and the title, in whole pixels."""
    page.locator(title).wait_for()
    page.evaluate("document.fonts.ready")
    return [
        tuple(each)
        for each in page.evaluate(
            """([links, title]) => {
              const name = (it) => it.lastChild.textContent;
              const place = (it) => { const box = it.getBoundingClientRect(); return [name(it), ...[box.x, box.y, box.width].map(Math.round)]; };
              return [...document.querySelectorAll(links), document.querySelector(title)].map(place);
            }""",
            [links, title],
        )
    ]
