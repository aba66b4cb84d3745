"""A ZIP of images becomes a data set on the Data page: uploaded, looked at, chosen for training and deleted."""

from pathlib import Path

from browsing import open_page, wait_for_app
from playwright.sync_api import Page, expect
from serving import serve_app

from nn_core.data.custom.example_archive import make_example_zip


def test_a_zip_is_uploaded_viewed_selected_for_training_and_deleted(page: Page, tmp_path: Path) -> None:
    (tmp_path / "shapes.zip").write_bytes(make_example_zip())
    data = tmp_path / "data"
    with serve_app(tmp_path, environment={"NN_LAB_DATA": str(data)}) as app:
        open_page(page, f"{app.url}/data")
        page.get_by_text("Use your own data").click()
        page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(tmp_path / "shapes.zip")
        page.locator(".st-key-make_data button").click()
        expect(page.get_by_text("90 examples of 3 classes")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Use your own data")).to_be_visible()
        expect(page.locator("[data-testid=stFileUploader]")).to_be_hidden()
        wait_for_app(page)
        page.get_by_text("Train on it").click()
        expect(page.get_by_text("Your own pictures: 90 of 3 classes")).to_be_visible(timeout=60_000)
        open_page(page, f"{app.url}/data?set=own-shapes")
        page.locator(".st-key-delete_data button").click()
        page.locator(".st-key-confirm_delete_data button").click()
        expect(page.get_by_text("5,000 handwritten digits")).to_be_visible(timeout=60_000)
        assert list((data / "own").iterdir()) == []
