"""The playground in a real browser: the boundary moves, and what is set up lives in the address."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browsing import PHONE, new_page, open_page, wait_for_app
from playwright.sync_api import Browser, Locator, Page, expect
from processes import ROOT
from serving import AppServer, serve, serve_app
from waiting import wait_until

from nn_core.config import get_preset
from nn_core.runs import History, RunFolder, create_run, list_runs

_TRAINING_MS = 120_000
_SHOWN_MS = 30_000

LONG = "points=2000"
"""The set-up of a run that does not end while a slow browser looks at it: a thousand epochs of 2,000 points."""


@pytest.fixture(scope="module", autouse=True)
def _patience() -> Iterator[None]:
    """A fresh server imports torch while the first pages are looked at."""
    expect.set_options(timeout=_SHOWN_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("playground"), spare_worker=True) as served:
        yield served


def playground(page: Page, app: AppServer, query: str = "") -> Locator:
    """Opens it and waits for the points; gives the picture."""
    open_page(page, f"{app.url}/playground{query}")
    picture = page.locator(".boundary")
    expect(picture).to_have_attribute("data-points", re.compile(r"^[1-9]\d+$"), timeout=60_000)
    return picture


def press(page: Page, name: str) -> None:
    """Press the one button that starts, pauses and resumes, while it says so."""
    page.locator(".st-key-start_training").get_by_role("button", name=name).click()


def start(page: Page) -> None:
    press(page, "Start")


def focused(page: Page) -> str:
    """What has the keyboard's focus, in shadow roots too: its key, and what it is called."""
    found: str = page.evaluate(
        """() => {
            let element = document.activeElement, key = null;
            while (element?.shadowRoot?.activeElement) {
                key = element.closest("[class*=st-key-]");
                element = element.shadowRoot.activeElement;
            }
            key = element?.closest("[class*=st-key-]") ?? key;
            const name = element?.getAttribute("aria-label") ?? element?.innerText.split("\\n").at(-1);
            return `${key?.className.match(/st-key-(\\w+)/)[1]}: ${name.trim()}`;
        }"""
    )
    return found


def focus_on(page: Page, what: str) -> None:
    wait_until(lambda: focused(page) == what, f"the focus is on '{what}'")


def expect_status(page: Page, word: str) -> None:
    expect(page.locator(".st-key-run_status")).to_contain_text(re.compile(word), timeout=_TRAINING_MS)


def painted(picture: Locator) -> int:
    """How often another division of the plane was painted."""
    return int(picture.get_attribute("data-redraws") or 0)


def pixels(page: Page) -> str:
    drawn: str = page.locator(".boundary canvas").evaluate("canvas => canvas.toDataURL()")
    return drawn


def runs(app: AppServer) -> list[RunFolder]:
    return [run for run in list_runs(app.runs_root) if run.name.startswith("playground-")]


def test_start_moves_the_boundary_pause_holds_it_and_reset_takes_it_away(page: Page, app: AppServer) -> None:
    picture = playground(page, app, f"?hidden=16-16-16-16&{LONG}")
    expect(picture).to_have_attribute("data-step", "")
    scatter = pixels(page)
    start(page)
    wait_until(lambda: painted(picture) >= 3, "the boundary has moved")
    assert pixels(page) != scatter
    press(page, "Pause")
    expect_status(page, "paused")
    [run] = runs(app)
    step = run.status().step
    assert 0 < step < run.status().steps
    expect(picture).to_have_attribute("data-step", str(step))
    press(page, "Resume")
    expect_status(page, "running")
    wait_until(lambda: int(picture.get_attribute("data-step") or 0) > step, "the boundary moves again")
    page.locator(".st-key-reset_training button").click()
    expect(picture).to_have_attribute("data-step", "")
    expect(page.locator(".st-key-start_training").get_by_role("button", name="Start")).to_be_visible()
    assert pixels(page) == scatter
    wait_until(lambda: run.status().status == "stopped", "the run was asked to stop")


def test_a_finished_run_has_learned_and_the_next_one_takes_its_place(page: Page, app: AppServer) -> None:
    playground(page, app, "?set=blobs&rate=0.01&points=200")
    start(page)
    expect_status(page, "finished")
    expect(page.get_by_test_id("stMain").locator("strong", has_text="%").locator("..")).to_contain_text(
        re.compile(r"(9\d\.\d|100\.0) %")
    )
    first = re.search(r"run=([\w-]+)", page.url)
    assert first
    start(page)
    expect(page).not_to_have_url(re.compile(first[1]))
    expect_status(page, "running|finished")
    assert first[1] not in [run.name for run in runs(app)]


def test_the_address_holds_the_set_up_and_a_reload_finds_the_run(page: Page, app: AppServer) -> None:
    picture = playground(page, app)
    page.get_by_role("radio", name="Circles").click()
    wait_for_app(page)
    page.get_by_role("button", name="Add a neuron to layer 2").click()
    page.get_by_role("button", name="Add a layer").click()
    expect(page).to_have_url(re.compile(r"(?=.*set=circles)(?=.*hidden=8-9-9)"))
    start(page)
    wait_until(lambda: painted(picture) > 0, "the boundary is there")
    expect(page).to_have_url(re.compile(r"run=playground-"))
    link = page.url
    picture = playground(page, app, "?" + link.partition("?")[2])
    expect(page.get_by_role("radio", name="Circles")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".editor")).to_have_attribute("data-layers", "8-9-9")
    wait_until(lambda: int(picture.get_attribute("data-step") or 0) > 0, "F5 finds the boundary again")
    [run] = [run for run in runs(app) if run.name in link]
    assert run.config().model.hidden == (8, 9, 9)
    assert run.config().data.name == "circles"
    if run.status().is_active:
        run.send_request("stop")


def test_another_set_up_shows_its_points_and_leaves_the_run(page: Page, app: AppServer) -> None:
    picture = playground(page, app, f"?rate=0.0001&{LONG}")
    start(page)
    wait_until(lambda: painted(picture) > 0, "the boundary is there")
    [run] = [run for run in runs(app) if run.name in page.url]
    page.get_by_role("radio", name="Spiral").click()
    expect(picture).to_have_attribute("data-step", "")
    expect(picture.get_by_text("C", exact=True)).to_be_visible()
    expect(page).not_to_have_url(re.compile("run="))
    wait_until(lambda: run.status().status in ("stopped", "finished"), "the run was asked to stop")


def test_the_learning_rate_is_turned_while_it_learns_and_the_chart_marks_it(page: Page, app: AppServer) -> None:
    picture = playground(page, app, f"?rate=0.0003&{LONG}")
    start(page)
    wait_until(lambda: painted(picture) > 1, "the boundary moves")
    [run] = [run for run in runs(app) if run.name in page.url]
    page.locator(".st-key-rate input").press("ArrowRight")
    wait_until(lambda: run.status().learning_rate == 0.001, "the run has the new rate")
    chart = page.locator(".st-key-live_charts .live-chart")
    expect(chart).to_have_attribute("data-rate-changes", "1")
    expect(page).to_have_url(re.compile("run=playground-"))
    page.reload()
    expect(chart).to_have_attribute("data-rate-changes", "1", timeout=60_000)


def test_the_learning_rate_of_a_paused_run_is_turned_on_the_page_that_watches_it(page: Page, app: AppServer) -> None:
    picture = playground(page, app, f"?rate=0.003&{LONG}")
    start(page)
    wait_until(lambda: painted(picture) > 1, "the boundary moves")
    [run] = [run for run in runs(app) if run.name in page.url]
    press(page, "Pause")
    expect_status(page, "paused")
    open_page(page, f"{app.url}/train?run={run.name}")
    expect(page.locator(".boundary")).to_have_attribute("data-step", str(run.status().step))
    button = page.locator(".st-key-learning_rate button").first
    expect(button).to_contain_text("Learning rate 0.003")
    button.click()
    page.locator(".st-key-double_rate button").first.click()
    expect(button).to_contain_text("Learning rate 0.006")
    field = page.locator(".st-key-learning_rate_value input")
    expect(field).to_have_value("0.006")
    field.fill("0.0005")
    field.press("Enter")
    expect(button).to_contain_text("Learning rate 0.0005")
    wait_until(lambda: run.status().learning_rate == 0.0005, "the run has the new rate")
    expect(page.locator(".st-key-live_charts .live-chart")).to_have_attribute("data-rate-changes", "2")
    history = History(run.metrics_file)
    history.update()
    assert [rate for _, rate in history.lr_changes] == [0.006, 0.0005]
    run.send_request("stop")


OVERTAKING = """
import streamlit as st
from nn_core.data import DataSettings
from ui.components.boundary import load_plane_points, show_boundary

show_boundary(load_plane_points(DataSettings(name="moons"), 0), None, key="boundary")
st.session_state["second"] = not st.session_state.get("second")
if st.session_state["second"]:
    st.rerun()
"""


def test_points_that_a_second_update_always_overtakes_arrive_all_the_same(page: Page, tmp_path: Path) -> None:
    """As the first ticks do on a page that is slow to open: of two updates the browser takes the last one."""
    script = tmp_path / "script.py"
    script.write_text(OVERTAKING)
    with serve(script, tmp_path, tmp_path / "server.log", {"PYTHONPATH": str(ROOT)}) as (url, _):
        for _visit in range(3):
            open_page(page, url)
            expect(page.locator(".boundary")).to_have_attribute("data-points", re.compile(r"^[1-9]\d+$"))


def test_an_address_that_is_nonsense_shows_the_usual_set_up_and_says_what_it_ignores(
    page: Page, app: AppServer
) -> None:
    query = "?hidden=99999-x&set=<b>no</b>&noise=77&points=-1&rate=abc&activation=formula&run=playground-../../etc"
    playground(page, app, query)
    expect(page.locator(".editor")).to_have_attribute("data-layers", "8-8")
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.locator(".st-key-start_training button")).to_be_enabled()
    told = page.locator(".st-key-rejected_url_values")
    for ignored in (
        "hidden=99999-x",
        "set=<b>no</b>",
        "noise=77",
        "points=-1",
        "rate=abc",
        "activation=formula",
        "run=",
    ):
        expect(told).to_contain_text(ignored)
    expect(page).to_have_url(f"{app.url}/playground")
    page.locator(".st-key-noise input").press("End")
    expect(page).to_have_url(f"{app.url}/playground?noise=0.5")
    expect(told).to_have_count(0)


def test_components_write_the_url_and_a_fresh_browser_shows_the_same(browser: Browser, app: AppServer) -> None:
    for hidden in ("", "1", "8-8-8-8-8-8"):
        with new_page(browser) as page:
            playground(page, app, "?hidden=3")
            editor = page.locator(".editor")
            page.get_by_role("button", name="Remove the last layer").click()
            if hidden == "1":
                page.get_by_role("button", name="Add a layer").click()
                for _neuron in range(3):
                    page.get_by_role("button", name="Remove a neuron from layer 1").click()
            if hidden.endswith("8-8"):
                page.get_by_role("button", name="Add a layer").click()
                for _neuron in range(4):
                    page.get_by_role("button", name="Add a neuron to layer 1").click()
                for _layer in range(5):
                    page.get_by_role("button", name="Add a layer").click()
            expect(editor).to_have_attribute("data-layers", hidden)
            expect(page).to_have_url(f"{app.url}/playground?hidden={hidden or 0}")
            with new_page(browser) as fresh:
                playground(fresh, app, page.url.removeprefix(f"{app.url}/playground"))
                expect(fresh.locator(".editor")).to_have_attribute("data-layers", hidden)
                expect(fresh.locator(".st-key-rejected_url_values")).to_have_count(0)


def test_back_and_forward_show_what_the_url_says(page: Page, app: AppServer) -> None:
    playground(page, app, "?points=100")
    chosen, editor = page.locator("[role=radio][aria-checked=true]"), page.locator(".editor")
    page.get_by_role("radio", name="Blobs").click()
    expect(page).to_have_url(re.compile("set=blobs"))
    page.get_by_role("button", name="Add a layer").click()
    expect(page).to_have_url(re.compile("hidden=8-8-8"))
    page.go_back()
    expect(editor).to_have_attribute("data-layers", "8-8")
    expect(chosen).to_have_text("Blobs")
    page.go_back()
    expect(chosen).to_have_text("Moons")
    expect(page).to_have_url(f"{app.url}/playground?points=100")
    page.get_by_role("radio", name="Blobs").click()  # the very choice that Back has undone
    expect(page).to_have_url(re.compile("set=blobs"))
    page.go_back()
    expect(chosen).to_have_text("Moons")
    page.go_forward()
    expect(chosen).to_have_text("Blobs")


def test_the_focus_stays_on_what_was_pressed(page: Page, app: AppServer) -> None:
    playground(page, app, f"?rate=0.0001&{LONG}&hidden=16-16")
    page.locator(".st-key-start_training button").focus()
    for now, then in (("Start", "Pause"), ("Pause", "Resume"), ("Resume", "Pause")):
        focus_on(page, f"start_training: {now}")
        if now == "Pause":
            expect_status(page, "Epoch")
            page.wait_for_timeout(500)  # until then it is the second click of a double click
        page.keyboard.press("Enter")
        focus_on(page, f"start_training: {then}")
    page.locator(".st-key-reset_training button").press("Enter")
    expect(page.locator(".st-key-start_training")).to_contain_text("Start")
    focus_on(page, "reset_training: Reset")
    page.get_by_role("button", name="Remove the last layer").press("Enter")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("hidden=0"))
    focus_on(page, "network_editor: Remove the last layer")
    page.get_by_role("radio", name="Moons").press("End")
    expect(page).to_have_url(re.compile("set=blobs"))
    focus_on(page, "plane_choice: Blobs")


def test_a_double_click_on_start_starts_one_run(page: Page, app: AppServer) -> None:
    playground(page, app, f"?rate=0.0001&{LONG}")
    before = {run.name for run in runs(app)}
    page.locator(".st-key-start_training").get_by_role("button", name="Start").dblclick()
    expect(page).to_have_url(re.compile("run=playground-"))
    expect_status(page, "Epoch")
    assert len({run.name for run in runs(app)} - before) == 1
    expect(page.locator(".st-key-start_training")).to_contain_text("Pause")
    expect(page.locator(".st-key-run_status")).to_contain_text("running")
    page.locator(".st-key-reset_training button").click()


def test_status_plane_and_curve_tell_of_one_epoch(page: Page, app: AppServer) -> None:
    playground(page, app, "?points=100&rate=0.001")
    start(page)
    expect(page.locator(".st-key-live_charts .epoch b").first).to_have_text(
        re.compile(r"[1-9]\d\d\.00"), timeout=_TRAINING_MS
    )
    press(page, "Pause")
    expect_status(page, "paused")
    [run] = [run for run in runs(app) if run.name in page.url]
    shown = re.search(r"Epoch (\d+) of 1000", page.locator(".st-key-run_status").inner_text())
    assert shown
    epoch = int(shown[1])
    assert epoch - run.status().epochs_done in (
        0,
        1,
    )  # 1 where it paused between an epoch's last batch and its validation
    expect(page.locator(".boundary canvas")).to_have_attribute("aria-label", re.compile(rf"after epoch {epoch}, "))
    expect(page.locator(".st-key-live_charts .epoch b").first).to_have_text(f"{epoch}.00")


def test_the_plane_is_told_in_words_and_news_are_said_aloud(page: Page, app: AppServer) -> None:
    picture = playground(page, app, "?set=blobs&rate=0.01&points=200")
    status = picture.locator("[role=status]")
    expect(status).to_have_text("")
    start(page)
    expect(status).to_have_text(re.compile(r"epoch \d+ of 1000"), timeout=_TRAINING_MS)
    expect_status(page, "finished")
    expect(status).to_have_text(re.compile(r"^Finished, epoch 1000 of 1000, validation accuracy \d+\.\d %\.$"))
    described = page.locator("#description")
    for name in "ABCD":
        expect(described).to_contain_text(
            re.compile(rf"{name}: \d+ % of the plane, .+; \d+\.\d % of its validation points")
        )
    page.reload()
    expect(described).to_contain_text("A: ", timeout=60_000)
    expect(status).to_have_text("")  # what the page opens with is no news


def test_runs_of_the_playground_are_swept_after_a_day_and_others_never(page: Page, app: AppServer) -> None:
    def ended(name: str, days: float) -> RunFolder:
        run = create_run(app.runs_root, get_preset("quick"), name)
        then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        status = run.status().model_copy(update={"status": "finished", "updated_at": then})
        run.status_file.write_text(status.model_dump_json())
        return run

    old, recent, named = ended("playground-old", 1.1), ended("playground-recent", 0.5), ended("mine", 30)
    ahead = ended("playground-ahead", -400)  # the clock was set back since
    playground(page, app)
    start(page)
    wait_until(lambda: not old.path.exists(), "the old run is gone")
    assert recent.path.exists()
    assert ahead.path.exists()
    assert named.path.exists()


def test_a_run_whose_status_is_damaged_says_so_and_can_be_left(page: Page, app: AppServer) -> None:
    playground(page, app, f"?{LONG}")
    start(page)
    expect(page).to_have_url(re.compile("run=playground-"))
    [run] = [run for run in runs(app) if run.name in page.url]
    wait_until(lambda: run.status().status == "running", "the run has begun")
    press(page, "Pause")
    expect_status(page, "paused")
    run.status_file.write_text("{")
    expect(page.get_by_test_id("stAlertContentInfo")).to_contain_text("status.json is damaged")
    expect(page.locator(".boundary")).to_be_visible()
    page.locator(".st-key-reset_training button").click()
    wait_until(lambda: run.status().status == "stopped", "its process has ended, and written how it stands")
    start(page)
    expect_status(page, "running")
    expect(page.get_by_test_id("stAlertContentInfo")).to_have_count(0)


def test_on_a_phone_the_picture_comes_first_and_nothing_is_too_wide(browser: Browser, app: AppServer) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        picture = playground(page, app, "?hidden=16-16-16-16-16-16")
        editor = page.locator(".editor")

        def top(element: Locator) -> float:
            return (element.bounding_box() or {"y": math.inf})["y"]

        wait_until(lambda: top(picture) < PHONE["height"] / 2, "the picture is near the top")
        assert top(editor) > top(picture) + 300
        order = page.evaluate(
            """() => ["start_training", "playground_boundary", "playground_chart", "plane_choice", "noise", "network_editor"]
                .map((key) => document.querySelector(`.st-key-${key}`)).filter(Boolean)
                .map((element, i, all) => [
                    i === 0 || Boolean(all[i - 1].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING),
                    element.getBoundingClientRect().top,
                ])"""
        )
        assert len(order) >= 4
        assert all(follows for follows, _ in order), "who goes by Tab meets them in the order in which they are seen"
        assert [place for _, place in order] == sorted(place for _, place in order)
        too_wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
        )
        assert too_wide <= 0
