"""Accessibility of every page: axe-core, visible focus, tab order, zoom, and what is read out."""

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe import VISUAL_RULES, assert_accessible, assert_nothing_is_cut_off, focused, need_axe, settled, show_as
from browsing import new_page, open_page
from guessing_runs import guessing_run
from page_states import LOOKS, PATIENCE_MS, Look, draw_a_seven
from playwright.sync_api import Browser, Page, expect
from seed_groups import make_group
from serving import AppServer, serve_app
from untrained_runs import untrained_run
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.evaluation.robustness import measure_robustness
from nn_core.paths import get_data_folder
from nn_core.presentation import Demo, change_demo
from nn_core.runs import RunFolder, create_run
from ui.app.sitemap import ADDRESSES
from ui.http.index_page import PAGES

WIDE, NARROW = 1440, 390
ZOOMED = 720  # of 1440 px, at 200 %
NARROWEST = 320


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with serve_app(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="module")
def lasting(browser: Browser) -> Iterator[Page]:
    """One page for all tests that only look."""
    with new_page(browser) as page:
        yield page


@pytest.fixture(scope="module")
def runs(site: AppServer, finished_run: RunFolder) -> AppServer:
    """The same server, once there are runs of every kind."""
    shutil.copytree(finished_run.path, site.runs_root / "finished")
    untrained_run(site.runs_root, "autoencoder", "model.latent=2", name="painter")
    untrained_run(site.runs_root, "text_attention", name="names")
    untrained_run(site.runs_root, "attention", name="looker")
    untrained_run(site.runs_root, "cnn", name="patterns")
    untrained_run(site.runs_root, "plane", name="plane")
    untrained_run(site.runs_root, "plane", "data.name=hills", "loss.name=mse", name="values")
    guessing_run(site.runs_root, "guessing")
    make_group(site.runs_root, (0.9, 0.92, 0.94), folder="seeds")
    make_group(site.runs_root, (0.95, 0.91, 0.93), "optimizer.lr=0.5", name="Faster")
    bears = untrained_run(site.runs_root, "simple_net", name="bears")
    measure_robustness(bears, get_data_folder(), kinds=["contrast"], examples=50)
    change_demo(site.data_root, ADDRESSES, lambda _demo: Demo().add("/draw", "Draw", "Say it").add("/", "Home"))
    return site


def look_at(page: Page) -> None:
    """Check both themes and widths, then the narrowest screen and zoom.

    Only contrast and the size of targets can depend on the combination of theme and width, so all other rules run once in each.
    """
    for scheme, width, rules in (
        ("light", WIDE, ()),
        ("light", NARROW, VISUAL_RULES),
        ("dark", NARROW, ()),
        ("dark", WIDE, VISUAL_RULES),
    ):
        show_as(page, scheme, width)
        assert_accessible(page, rules)
    expect(page.locator("h1")).to_have_count(1)
    names = page.locator("[role=radiogroup], [role=group][aria-label]").evaluate_all(
        "groups => groups.map((group) => group.getAttribute('aria-label'))"
    )
    assert [name for name in names if not name or re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []
    for width in (ZOOMED, NARROWEST):
        show_as(page, "dark", width)
        assert_nothing_is_cut_off(page)


@pytest.mark.parametrize("address", PAGES)
def test_an_empty_page_is_accessible(lasting: Page, site: AppServer, address: str) -> None:
    need_axe()
    open_page(lasting, f"{site.url}/{address}")
    look_at(lasting)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_page_with_data_is_accessible(lasting: Page, runs: AppServer, look: Look) -> None:
    need_axe()
    show_as(lasting, "light", WIDE)
    open_page(lasting, f"{runs.url}/{look.address}")
    look.act(lasting)
    look_at(lasting)


def test_a_training_run_is_accessible_and_is_read_out(lasting: Page, runs: AppServer) -> None:
    """Its start, its tenths and its end, each once; and its bar has a text."""
    need_axe()
    settings = ["training.epochs=300", "training.device=cpu"]
    create_run(runs.runs_root, apply_settings(get_preset("plane"), settings), "running")
    show_as(lasting, "light", WIDE)
    hear(lasting)
    open_page(lasting, f"{runs.url}/train?run=running")
    lasting.locator(".st-key-pause_training button").click()  # reads Resume: the run has not begun
    expect(lasting.locator(".st-key-run_status")).to_contain_text("running", timeout=PATIENCE_MS)
    bar = lasting.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuetext", re.compile(r"^\d+ %, .+ so far"), timeout=PATIENCE_MS)
    for scheme, width in (("light", NARROW), ("dark", WIDE)):
        show_as(lasting, scheme, width)
        assert_accessible(lasting)
    expect(lasting.locator(".st-key-what_next")).to_be_visible(timeout=4 * PATIENCE_MS)
    wait_until(lambda: any("has finished" in line for line in heard(lasting)), "the end is read out")
    lines = heard(lasting)
    assert lines[0] == "running has started."
    assert any(re.fullmatch(r"[1-9]0 % done\. Validation accuracy \d+\.\d %\.", line) for line in lines[1:-1])
    assert re.fullmatch(r"running has finished\. Test accuracy \d+\.\d %\.", lines[-1])
    assert len(set(lines)) == len(lines), "none twice"


def hear(page: Page) -> None:
    """From the next look at the page, keep what its live region is given."""
    page.add_init_script(
        """
        window.heard = [];
        new MutationObserver(() => {
          const region = document.querySelector("[aria-live=polite]#nn-lab-announcer");
          if (!region || region.heard) return;
          region.heard = true;
          new MutationObserver((changes) => {
            for (const { addedNodes } of changes) window.heard.push(...[...addedNodes].map((line) => line.textContent));
          }).observe(region, { childList: true });
        }).observe(document, { childList: true, subtree: true });
        """
    )


def heard(page: Page) -> list[str]:
    lines: list[str] = page.evaluate("() => window.heard")
    return lines


def test_an_answer_is_read_out_once(browser: Browser, site: AppServer) -> None:
    with new_page(browser) as page:
        hear(page)
        open_page(page, f"{site.url}/draw")
        draw_a_seven(page)
        wait_until(lambda: heard(page), "the answer is read out")
        answer = page.locator(".st-key-prediction p").first.inner_text()
        assert re.fullmatch(rf"Read as {answer}, (over )?\d+\.\d % sure\.", heard(page)[0])
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Data").click()
        expect(page.locator("h1")).to_have_text("Data")
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Draw").click()
        expect(page.locator(".st-key-prediction p").first).to_have_text(answer, timeout=PATIENCE_MS)
        page.locator(".st-key-clear_canvas button").click()
        expect(page.locator(".st-key-prediction p").first).to_have_text("Draw a digit")
        assert len(heard(page)) == 1, "neither coming back nor an empty canvas is news"
        draw_a_seven(page)
        wait_until(lambda: len(heard(page)) == 2, "the next answer is read out, though it is the same")


def test_an_error_is_an_alert(lasting: Page, site: AppServer) -> None:
    open_page(lasting, f"{site.url}/train?run=nowhere")
    expect(lasting.get_by_role("alert")).to_contain_text("No run named 'nowhere'")


@pytest.mark.parametrize("address", [page for page in PAGES if page != "playground"])
def test_focus_is_visible_on_every_tab_stop(lasting: Page, runs: AppServer, address: str) -> None:
    """Real presses of Tab: 3:1 at least, nothing hidden, and on a phone from top to bottom."""
    for scheme, width in (("light", WIDE), ("dark", NARROW)):
        show_as(lasting, scheme, width)
        settled(open_page(lasting, f"{runs.url}/{address}"))
        stops = tabbed_through(lasting)
        assert len(stops) >= 2
        assert [stop["what"] for stop in stops if not stop["seen"]] == [], "hidden, and yet in the tab order"
        assert [stop["what"] for stop in stops if stop["contrast"] < 3] == [], "no outline that is seen"
        if width == NARROW:
            in_main = [stop for stop in stops if stop["inMain"]]
            for before, after in pairwise(in_main):
                assert not after["goesUp"], f"{after['what']} is above {before['what']}"


def tabbed_through(page: Page) -> list[dict[str, Any]]:
    """Where Tab leads, until it leaves the page or comes to something again."""
    stops: list[dict[str, Any]] = []
    for _press in range(100):
        page.keyboard.press("Tab")
        stop = focused(page)
        if stop is None or stop["again"]:
            break
        for _again in range(5):  # a page that is redrawn has no style for a moment
            if stop is None or (stop["seen"] and stop["contrast"] >= 3):
                break
            page.wait_for_timeout(200)
            stop = focused(page)
        if stop is None:
            break
        stops.append(stop)
    return stops


def test_cells_of_the_runs_table_are_read_as_displayed(lasting: Page, runs: AppServer) -> None:
    show_as(lasting, "light", WIDE)
    open_page(lasting, f"{runs.url}/runs")
    table = lasting.locator(".st-key-runs_table")
    table.get_by_role("button", name="Validation accuracy").click(timeout=PATIENCE_MS)
    expect(table.get_by_role("columnheader", name="Validation accuracy")).to_have_attribute("aria-sort", "ascending")
    texts = table.locator("[role=cell][data-title='Validation accuracy']").all_inner_texts()
    shares = [text for text in texts if text != "–"]
    shown = [re.fullmatch(r"(\d+\.\d\d) %( ± \d+\.\d\d)?", share) for share in shares]
    assert shares
    assert all(shown)
    assert (means := [float(share[1]) for share in shown if share]) == sorted(means)


def test_a_bar_stays_a_bar_in_forced_colours(lasting: Page, runs: AppServer) -> None:
    """Where the system chooses all colours, what is done of a run differs from what is not."""
    run = create_run(runs.runs_root, get_preset("plane"), "halfway")
    run.write_status(run.status().model_copy(update={"status": "stopped", "step": 1, "steps": 2}))
    show_as(lasting, "light", WIDE)
    open_page(lasting, f"{runs.url}/train?run=halfway")
    lasting.emulate_media(forced_colors="active")
    track = lasting.get_by_test_id("stProgressBarTrack")
    done = track.locator("div").first
    colours = [part.evaluate("element => getComputedStyle(element).backgroundColor") for part in (track, done)]
    assert colours[0] != colours[1]
    assert track.evaluate("element => getComputedStyle(element).borderTopStyle") == "solid"
    lasting.emulate_media(forced_colors="none")
