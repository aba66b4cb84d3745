"""The settings of the Playground are in the URL, and its controls keep focus and order."""

import math
import re
from pathlib import Path

from browsing import PHONE, new_page, open_page, wait_for_app
from playground_page import (
    LONG,
    count_redraws,
    expect_focus,
    expect_status,
    open_playground,
    playground_runs,
    start,
)
from playwright.sync_api import Browser, Locator, Page, expect
from processes import ROOT
from serving import AppServer, serve
from waiting import wait_until

from ui.playground.controls import _DOUBLE_CLICK_SECONDS


def test_url_contains_the_settings_and_a_reload_finds_the_run(page: Page, app: AppServer) -> None:
    picture = open_playground(page, app)
    page.get_by_role("radio", name="Circles").click()
    wait_for_app(page)
    page.get_by_role("button", name="Add a neuron to layer 2").click()
    page.get_by_role("button", name="Add a layer").click()
    expect(page).to_have_url(re.compile(r"(?=.*set=circles)(?=.*hidden=8-9-9)"))
    start(page)
    wait_until(lambda: count_redraws(picture) > 0, "the boundary is there")
    expect(page).to_have_url(re.compile(r"run=playground-"))
    link = page.url
    picture = open_playground(page, app, "?" + link.partition("?")[2])
    expect(page.get_by_role("radio", name="Circles")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".network")).to_have_attribute("data-layers", "8-9-9")
    wait_until(lambda: int(picture.get_attribute("data-step") or 0) > 0, "F5 finds the boundary again")
    [run] = [run for run in playground_runs(app) if run.name in link]
    assert [layer.neurons for layer in run.config().model.layers] == [8, 9, 9]
    assert run.config().data.name == "circles"
    if run.status().is_active:
        run.send_request("stop")


def test_other_settings_show_their_points_and_stop_the_run(page: Page, app: AppServer) -> None:
    picture = open_playground(page, app, f"?rate=0.0001&{LONG}")
    start(page)
    wait_until(lambda: count_redraws(picture) > 0, "the boundary is there")
    [run] = [run for run in playground_runs(app) if run.name in page.url]
    page.get_by_role("radio", name="Spiral").click()
    expect(picture).to_have_attribute("data-step", "")
    expect(picture.get_by_text("C", exact=True)).to_be_visible()
    expect(page).not_to_have_url(re.compile("run="))
    wait_until(lambda: run.status().status in ("stopped", "finished"), "the run was asked to stop")


def test_invalid_url_shows_the_default_settings_and_lists_what_is_ignored(page: Page, app: AppServer) -> None:
    query = "?hidden=99999-x&set=<b>no</b>&noise=77&points=-1&rate=abc&activation=formula&run=playground-../../etc"
    open_playground(page, app, query)
    expect(page.locator(".network")).to_have_attribute("data-layers", "8-8")
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.locator(".st-key-start_training button")).to_be_enabled()
    rejected = page.locator(".st-key-rejected_url_values")
    for ignored in (
        "hidden=99999-x",
        "set=<b>no</b>",
        "noise=77",
        "points=-1",
        "rate=abc",
        "activation=formula",
        "run=",
    ):
        expect(rejected).to_contain_text(ignored)
    expect(page).to_have_url(f"{app.url}/playground")
    page.locator(".st-key-noise input").press("End")
    expect(page).to_have_url(f"{app.url}/playground?noise=0.5")
    expect(rejected).to_have_count(0)


def test_components_write_the_url_and_a_new_browser_shows_the_same(browser: Browser, app: AppServer) -> None:
    for hidden in ("", "1", "8-8-8-8-8-8"):
        with new_page(browser) as page:
            open_playground(page, app, "?hidden=3")
            editor = page.locator(".network")
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
                open_playground(fresh, app, page.url.removeprefix(f"{app.url}/playground"))
                expect(fresh.locator(".network")).to_have_attribute("data-layers", hidden)
                expect(fresh.locator(".st-key-rejected_url_values")).to_have_count(0)


def test_back_and_forward_show_what_the_url_says(page: Page, app: AppServer) -> None:
    open_playground(page, app, "?points=100")
    chosen, editor = page.locator("[role=radio][aria-checked=true]"), page.locator(".network")
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
    page.get_by_role("radio", name="Blobs").click()  # the choice that Back has undone
    expect(page).to_have_url(re.compile("set=blobs"))
    page.go_back()
    expect(chosen).to_have_text("Moons")
    page.go_forward()
    expect(chosen).to_have_text("Blobs")


def test_focus_stays_on_the_pressed_control(page: Page, app: AppServer) -> None:
    open_playground(page, app, f"?rate=0.0001&{LONG}&hidden=16-16")
    page.locator(".st-key-start_training button").focus()
    for now, then in (("Start", "Pause"), ("Pause", "Resume"), ("Resume", "Pause")):
        expect_focus(page, f"start_training: {now}")
        if now == "Pause":
            expect_status(page, "Epoch")
            page.wait_for_timeout(
                1000 * _DOUBLE_CLICK_SECONDS + 100
            )  # until then it is the second click of a double click
        page.keyboard.press("Enter")
        expect_focus(page, f"start_training: {then}")
    page.locator(".st-key-reset_training button").press("Enter")
    expect(page.locator(".st-key-start_training")).to_contain_text("Start")
    expect_focus(page, "reset_training: Reset")
    page.get_by_role("button", name="Remove the last layer").press("Enter")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("hidden=0"))
    expect_focus(page, "network_view: Remove the last layer")
    page.get_by_role("radio", name="Moons").press("End")
    expect(page).to_have_url(re.compile("set=drawn"))
    expect_focus(page, "plane_choice: Your points")


def test_on_a_phone_the_picture_comes_first_and_nothing_is_too_wide(browser: Browser, app: AppServer) -> None:
    with new_page(browser, PHONE, touch=True) as page:
        picture = open_playground(page, app, "?hidden=16-16-16-16-16-16")
        editor = page.locator(".network")

        def top(element: Locator) -> float:
            return (element.bounding_box() or {"y": math.inf})["y"]

        wait_until(lambda: top(picture) < PHONE["height"] / 2, "the picture is near the top")
        assert top(editor) > top(picture) + 300
        order = page.evaluate(
            """() => ["step_training", "playground_boundary", "playground_chart", "network_view", "plane_choice", "noise"]
                .map((key) => document.querySelector(`.st-key-${key}`)).filter(Boolean)
                .map((element, i, all) => [
                    i === 0 || Boolean(all[i - 1].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING),
                    element.getBoundingClientRect().top,
                ])"""
        )
        assert len(order) >= 4
        assert all(follows for follows, _ in order), "Tab follows the order on the screen"
        assert [place for _, place in order] == sorted(place for _, place in order)
        too_wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
        )
        assert too_wide <= 0


OVERTAKING = """
import streamlit as st
from nn_core.data import DataSettings
from ui.components.boundary import load_plane_points, show_boundary

show_boundary(load_plane_points(DataSettings(name="moons"), 0), None, key="boundary")
st.session_state["second"] = not st.session_state.get("second")
if st.session_state["second"]:
    st.rerun()
"""


def test_points_arrive_although_a_second_update_replaces_the_first(page: Page, tmp_path: Path) -> None:
    """As the first ticks do on a page that is slow to open: of two updates the browser takes the last one."""
    script = tmp_path / "script.py"
    script.write_text(OVERTAKING)
    with serve(script, tmp_path, tmp_path / "server.log", {"PYTHONPATH": str(ROOT)}) as (url, _):
        for _visit in range(3):
            open_page(page, url)
            expect(page.locator(".boundary")).to_have_attribute("data-points", re.compile(r"^[1-9]\d+$"))
