"""The X-ray of a drawing on the Draw page, in a browser."""

from browsing import draw_stroke, open_page, wait_for_app
from playwright.sync_api import Page, expect
from serving import AppServer

from nn_core.drawings import STEPS

# A seven with its bar, in the lower right corner of the canvas.
STROKES = (((160.0, 180.0), (230.0, 180.0), (190.0, 262.0)), ((175.0, 222.0), (222.0, 218.0)))


def test_leaving_the_crop_out_makes_another_digit_of_a_small_seven(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/draw")
    for stroke in STROKES:
        draw_stroke(page, stroke)
    page.get_by_role("radio", name="X-ray").click()
    result, crop = page.locator(".st-key-look_xray_result"), page.locator(".st-key-look_xray_crop")
    last = page.locator(".st-key-look_xray_card_6 img")
    expect(result).to_contain_text("With these steps: 7")
    expect(page.locator("[class*=st-key-look_xray_card]")).to_have_count(len(STEPS) + 1)
    wait_for_app(page)
    normalised = last.get_attribute("src")
    crop.locator("label").click()
    expect(result).to_contain_text("Without cropping")
    expect(result).to_contain_text("With all: 7")
    expect(result).not_to_contain_text("With these steps: 7")
    expect(last).not_to_have_attribute("src", normalised or "")
    page.locator(".st-key-look_xray_all button").click()
    expect(result).to_contain_text("With these steps: 7")
    expect(crop.locator("input")).to_be_checked()
