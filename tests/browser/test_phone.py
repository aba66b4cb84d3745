"""Pages on a phone of 390 and of 320 pixels: the chart comes first, Start stays in reach, the menu has a word, previews stay in view."""

from collections.abc import Iterator

import pytest
from browsing import DESKTOP, PHONE, new_page, open_page, wait_for_app
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from serving import AppServer, serve_app

SMALL: ViewportSize = {"width": 320, "height": 568}
THUMB = 44
_COVERED = """bar => [...document.querySelector("[data-testid=stMain]").querySelectorAll("button, input, a[href], summary")]
  .filter(it => !bar.contains(it) && it.checkVisibility({visibilityProperty: true}) && it.tabIndex >= 0 && !it.disabled)
  .filter(it => { it.focus(); return it.getBoundingClientRect().bottom > bar.getBoundingClientRect().top; })
  .map(it => it.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One server for all: nothing here changes what is on it."""
    with serve_app(tmp_path_factory.mktemp("phone")) as served:
        yield served


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with new_page(browser, PHONE, touch=True) as page:
        yield page


def turn_to(page: Page, size: ViewportSize) -> None:
    """Give the page this size and check that nothing of it is beside the screen."""
    page.set_viewport_size(size)
    wait_for_app(page)
    widths = page.get_by_test_id("stMain").evaluate("it => [it.scrollWidth, it.clientWidth]")
    assert widths == [size["width"], size["width"]]


def box(found: Locator) -> tuple[float, float]:
    """Top and bottom on the screen."""
    place = found.bounding_box()
    assert place
    return place["y"], place["y"] + place["height"]


def top(found: Locator) -> float:
    return box(found)[0]


def test_the_chart_of_a_run_comes_before_figures_and_the_choice_of_a_run(phone: Page, app: AppServer) -> None:
    open_page(phone, f"{app.url}/train?run=pretrained-digits")
    chart = phone.locator(".st-key-live_charts")
    expect(chart.locator(".plot").first).to_be_visible()
    for size in (PHONE, SMALL):
        turn_to(phone, size)
        assert top(chart) < size["height"]
        for later in ("figures_of_run", "run_choice", "seeds"):
            assert top(phone.locator(f".st-key-{later}")) > top(chart)
        assert top(phone.locator(".st-key-run_choice")) < top(phone.locator(".st-key-seeds"))


def test_start_stays_at_the_bottom_of_the_form_and_covers_nothing(phone: Page, app: AppServer) -> None:
    open_page(phone, f"{app.url}/train")
    bar, start = phone.locator(".st-key-action_bar"), phone.locator(".st-key-start_training button")
    expect(start).to_be_visible()
    for size in (PHONE, SMALL):
        turn_to(phone, size)
        for place in (0, 900, 100_000):
            phone.get_by_test_id("stMain").evaluate("(main, place) => { main.scrollTop = place; }", place)
            assert box(bar)[1] == size["height"]
            assert box(start)[1] - box(start)[0] >= THUMB
        assert bar.evaluate(_COVERED) == []
    start.tap(trial=True)
    phone.set_viewport_size(DESKTOP)
    expect(bar).not_to_have_css("position", "fixed")


def test_the_menu_has_a_word(phone: Page, app: AppServer) -> None:
    open_page(phone, f"{app.url}/glossary")
    menu = phone.get_by_role("button", name="Menu", exact=True)
    expect(menu).to_have_attribute("data-word", "Menu")
    assert "none" not in menu.evaluate("it => getComputedStyle(it, '::after').content")
    assert box(menu)[1] - box(menu)[0] >= THUMB
    menu.focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_test_id("stSidebarNavLink").first).to_be_in_viewport()
    phone.get_by_role("button", name="Close menu").tap()
    expect(menu).to_be_visible()


@pytest.mark.parametrize(
    ("address", "preview", "slider"),
    [
        ("data?dataset=mnist_sample", ".st-key-live_preview img", "Erase"),
        ("playground", ".st-key-boundary canvas", "Noise"),
    ],
    ids=["augmentation", "plane"],
)
def test_a_preview_stays_in_view_above_the_slider_that_changes_it(
    phone: Page, app: AppServer, address: str, preview: str, slider: str
) -> None:
    open_page(phone, f"{app.url}/{address}")
    picture = phone.locator(preview).first
    handle = phone.get_by_test_id("stSlider").filter(has_text=slider).first
    for size in (PHONE, SMALL):
        turn_to(phone, size)
        handle.evaluate("it => it.scrollIntoView({block: 'end'})")
        expect(picture).to_be_in_viewport(ratio=0.95)
        (above, below), (first, last) = box(picture), box(handle)
        bar = phone.locator(".st-key-action_bar:visible")
        assert above >= 50
        assert below <= first + 1
        assert last <= (top(bar) if bar.count() else size["height"]) + 1
