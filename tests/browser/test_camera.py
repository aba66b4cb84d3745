"""What the page says where there is no camera, or none that it may use."""

from collections.abc import Iterator

import pytest
from browsing import launched_browser, new_page, open_page
from camera_video import ALLOWED, CAMERA, REFUSED
from playwright.sync_api import expect
from serving import AppServer, serve_app


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ([ALLOWED], "No camera was found: connect one"),
        ([CAMERA, REFUSED], "The camera was not allowed: allow it for this page"),
    ],
    ids=["missing", "refused"],
)
def test_a_camera_that_does_not_start_is_explained(site: AppServer, switches: list[str], sentence: str) -> None:
    with launched_browser(*switches) as browser, new_page(browser) as page:
        open_page(page, f"{site.url}/draw")
        page.get_by_role("tab", name="Camera").click()
        start = page.get_by_role("button", name="Turn on the camera")
        start.click()
        status = page.locator(".camera [role=status]")
        expect(status).to_contain_text(sentence)
        expect(status).to_contain_text("or upload a photo instead")
        expect(start).to_be_enabled()


def test_an_address_without_encryption_is_explained(site: AppServer) -> None:
    port = site.url.rpartition(":")[2]
    switches = (CAMERA, ALLOWED, "--host-resolver-rules=MAP lab.test 127.0.0.1")
    with launched_browser(*switches) as browser, new_page(browser) as page:
        open_page(page, f"http://lab.test:{port}/draw")
        page.get_by_role("tab", name="Camera").click()
        page.get_by_role("button", name="Turn on the camera").click()
        expect(page.locator(".camera [role=status]")).to_contain_text("only on secure pages: open NN Lab through https")
