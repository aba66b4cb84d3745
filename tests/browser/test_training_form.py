"""The form of a new run in a browser: on a phone, and with the diagram beside it."""

from browsing import PHONE, new_page, open_page, wait_for_app
from playwright.sync_api import Browser, Page, expect
from serving import AppServer


def choose_preset(page: Page, preset: str) -> None:
    page.locator(".st-key-preset").get_by_text(preset, exact=True).click()
    expect(page.locator(f'[class*="st-key-{preset}-training-epochs"]')).to_be_visible()
    wait_for_app(page)


def test_on_a_phone_rows_are_edited_and_a_preset_replaces_them(browser: Browser, app_server: AppServer) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        open_page(page, f"{app_server.url}/train")
        choose_preset(page, "layers")
        rows = page.locator('[class*="st-key-row-layers"]')
        count = rows.count()
        assert count > 3
        page.locator(".st-key-layers-model-layers-rows-0-delete button:visible").first.click()
        expect(rows).to_have_count(count - 1)
        expect(page.locator(".st-key-size_on_phone")).to_be_visible()
        too_wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
        )
        assert too_wide <= 0
        choose_preset(page, "quick")
        choose_preset(page, "layers")
        expect(rows).to_have_count(count)


def test_the_diagram_is_visible_beside_the_form(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/train")
    images = page.locator(".nn-diagram img")
    expect(images.first).to_be_visible()
    assert page.evaluate("() => [...document.querySelectorAll('.nn-diagram img')].every(i => i.naturalWidth > 0)")
    page.mouse.move(400, 600)
    page.mouse.wheel(0, 1500)
    expect(images.first).to_be_in_viewport()
