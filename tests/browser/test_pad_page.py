"""The file with a drawing area and a network, in a browser without a connection, and the page that is installed."""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from axe import assert_accessible, need_axe
from browsing import DESKTOP, PHONE, new_page
from cli_in_process import command
from journey import ONE, SEVEN
from many_classes import HOSTILE
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from serving import serve_app
from visitors import PASSWORDS, ask, logged_in
from waiting import wait_until

from nn_core.browser.network import convert_network
from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.drawings import ALL_STEPS
from nn_core.export.page import render_pages
from nn_core.inference import TrainedNetwork, predict_drawing

READY = "'ready' in document.documentElement.dataset"
NAME = "pretrained-digits"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "digits.html"
    answer = command("export", NAME, "--as", "page", "--to", target)
    assert answer.out.splitlines()[-1] == str(target), answer.err
    return target


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def pad(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The file, opened without a network."""
    with new_page(browser, request.param, touch=request.param == PHONE) as page:
        page.context.set_offline(True)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_function(READY)
        yield page
        assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def draw(page: Page, strokes: list[list[tuple[float, float]]]) -> None:
    box = page.locator("#pad").bounding_box()
    assert box
    scale = box["width"] / 280
    for stroke in strokes:
        for number, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def test_the_file_reads_drawings_as_the_server_s_single_view_does(
    browser: Browser, file: Path, shipped_network: TrainedNetwork
) -> None:
    drawings = [drawing for some in read_pen_test_drawings(30).values() for drawing in some]
    assert len(drawings) == 300
    single = replace(ALL_STEPS, again=False)
    with new_page(browser) as page:
        page.context.set_offline(True)
        page.goto(file.as_uri())
        page.wait_for_function(READY)
        answers = page.evaluate(
            "drawings => drawings.map(readDrawing).map(({label, probabilities}) => [label, [...probabilities]])",
            [asdict(drawing) for drawing in drawings],
        )
    for drawing, (label, probabilities) in zip(drawings, answers, strict=True):
        expected = predict_drawing(shipped_network, drawing, single)
        assert expected is not None
        assert label == expected.label
        assert probabilities == pytest.approx(list(expected.probabilities.values()), abs=1e-4)


def test_the_pen_draws_and_the_answer_follows(pad: Page) -> None:
    label, status = pad.locator("#label"), pad.locator("#status")
    expect(label).to_have_text("Draw a digit")
    draw(pad, SEVEN)
    expect(label).to_have_text("7")
    expect(pad.locator(".best .name")).to_have_text("7")
    expect(pad.locator("#input")).to_have_attribute("aria-label", "The 28 × 28 pixels that the network sees")
    expect(status).to_contain_text("Read as")
    pad.get_by_role("button", name="Clear").click()
    expect(label).to_have_text("Draw a digit")
    expect(status).to_have_text("Nothing is drawn.")
    draw(pad, ONE)
    expect(label).to_have_text("1")
    pad.get_by_role("button", name="Undo").click()
    expect(label).to_have_text("Draw a digit")
    box = pad.locator("#pad").bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= pad.evaluate("innerHeight")
    assert pad.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_finger_draws_while_the_page_stands_still(browser: Browser, file: Path) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        page.goto(file.as_uri())
        page.wait_for_function(READY)
        box = page.locator("#pad").bounding_box()
        assert box
        assert box["width"] > PHONE["width"] * 0.9
        finger = page.context.new_cdp_session(page)
        for number, y in enumerate((0.2, 0.4, 0.6, 0.8)):
            point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + y * box["height"]}
            kind = "touchMove" if number else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator("#label")).to_have_text("1")
        assert page.evaluate("scrollY") == 0


def test_the_keyboard_draws(pad: Page) -> None:
    pad.keyboard.press("Tab")
    expect(pad.get_by_role("application", name="Drawing area")).to_be_focused()
    for _step in range(5):
        pad.keyboard.press("ArrowUp")
    pad.keyboard.press("Space")
    for _step in range(10):
        pad.keyboard.press("ArrowDown")
    pad.keyboard.press("Space")
    expect(pad.locator("#label")).to_have_text("1")
    expect(pad.locator("#status")).to_contain_text("Read as")
    pad.keyboard.press("Backspace")
    expect(pad.locator("#label")).to_have_text("Draw a digit")
    pad.keyboard.press("Escape")
    expect(pad.get_by_role("button", name="Undo")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(browser: Browser, file: Path, scheme: Any) -> None:
    """Without the policy, because the checker is a script of its own."""
    need_axe()
    html = file.read_text().replace('http-equiv="Content-Security-Policy"', 'name="policy"')
    with new_page(browser, PHONE) as page:
        page.emulate_media(color_scheme=scheme)
        page.set_content(html)
        page.wait_for_function(READY)
        draw(page, SEVEN)
        page.locator("summary").click()
        assert_accessible(page)


def test_hostile_class_names_are_text(browser: Browser, tmp_path: Path, shipped_network: TrainedNetwork) -> None:
    classes = ("</script><img src=x onerror=alert(1)>", "", *HOSTILE, "8", "9")
    spec = replace(shipped_network.spec, classes=classes)
    network = convert_network(replace(shipped_network, spec=spec), "int8")
    file = tmp_path / "hostile.html"
    file.write_bytes(render_pages(network, spec, title="<b>$x$</b>", file_name="x.html", facts="").file.html)
    with new_page(browser, PHONE) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.goto(file.as_uri())
        page.wait_for_function(READY)
        draw(page, ONE)
        expect(page.locator(".name")).to_have_text([name or "(no name)" for name in classes])
        expect(page.locator("#label")).to_have_text("(no name)")
        expect(page.locator("h1")).to_have_text("<b>$x$</b>")
        assert page.locator("img, b").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_served_page_works_after_the_server_has_gone(browser: Browser, tmp_path: Path) -> None:
    with new_page(browser, PHONE) as page:
        with serve_app(tmp_path) as app:
            address = f"{app.url}/pad/{NAME}"
            page.goto(address)
            assert page.url == f"{address}/"
            page.wait_for_function(READY)
            manifest = json.loads(ask(app.url, f"/pad/{NAME}/manifest.webmanifest").body)
            assert {"name", "start_url", "scope", "display", "icons"} <= manifest.keys()
            for icon in manifest["icons"]:
                content = page.request.get(f"{address}/{icon['src']}").body()
                width, height = Image.open(io.BytesIO(content)).size
                assert icon["sizes"] == f"{width}x{height}"
            found = page.context.new_cdp_session(page).send("Page.getAppManifest")
            assert found["url"] == f"{address}/manifest.webmanifest"
            assert found["errors"] == []
            with page.expect_download() as saving:
                page.get_by_role("link", name="Save this page as a file").click()
            assert saving.value.suggested_filename == f"{NAME}.html"
            assert Path(saving.value.path()).stat().st_size > 100_000
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            assert ask(app.url, "/pad/no-such-run/").status == 404
            assert ask(app.url, "/pad/pretrained-names/").body.endswith(".")
        page.context.set_offline(True)
        page.reload()
        page.wait_for_function(READY)
        draw(page, SEVEN)
        expect(page.locator("#label")).to_have_text("7")


def test_with_a_login_the_page_is_behind_it(tmp_path: Path) -> None:
    with serve_app(tmp_path, environment=PASSWORDS) as app:
        for name in ("", "page.html", "manifest.webmanifest", "worker.js", "icon-192.png"):
            assert ask(app.url, f"/pad/{NAME}/{name}").status == 401
        cookie = logged_in(app.url, "viewer")
        wait_until(lambda: ask(app.url, f"/pad/{NAME}/", cookie=cookie).status == 200, "viewers get it")
