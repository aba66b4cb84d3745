"""What a browser shows before and without the scripts of a page."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import DESKTOP, PHONE, new_page, wait_for_app, wait_for_event
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from serving import AppServer, serve_app
from streamlit import file_util

from ui.http.index_page import ELEMENTS, PAGES, list_preloads

STATIC = Path(file_util.get_static_dir())
INDEX = (STATIC / "index.html").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"\./(static/js/[^\"]+\.js)", INDEX)
FILES = {file.relative_to(STATIC).as_posix(): file for file in (STATIC / "static").rglob("*.js")}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("static")) as served:
        yield served


@pytest.mark.parametrize("page", ELEMENTS)
def test_the_parts_that_a_page_preloads_are_there_with_all_that_they_import(page: str) -> None:
    assert page.removesuffix("?run") in PAGES
    found = list_preloads(page, FILES, SCRIPTS)
    for name in ELEMENTS[page]:
        assert any(path.startswith(f"static/js/{name}.") for path in found), f"Streamlit has no {name} any more"
    assert not set(found) & set(SCRIPTS)
    assert sum(FILES[path].stat().st_size for path in found) < 3_000_000


# In a browser


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
        wait_for_event(page, lambda: set(wanted) <= asked, "the page has asked for all these parts")


def test_without_javascript_a_page_says_what_it_needs(browser: Browser, app: AppServer) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{app.url}/draw")
    expect(page.get_by_text("NN Lab needs JavaScript")).to_be_visible()
    expect(page.locator("#first-paint nav a")).to_have_text([entry.title for entry in PAGES.values()])
    context.close()


def test_the_first_paint_is_where_the_page_then_is(browser: Browser, app: AppServer) -> None:
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
