"""Accessibility of every page: axe-core, visible focus, tab order, zoom, and what is read out."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from axe import VISUAL_RULES, assert_accessible, assert_nothing_is_cut_off, focused, need_axe, settled, show_as
from browsing import draw_stroke, new_page, open_page, wait_for_app
from guessing_runs import guessing_run
from playwright.sync_api import Browser, Page, expect
from processes import ROOT
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

NUMBER = ROOT / "tests" / "support" / "cases" / "pictures" / "p-two-digits-12.png"
SEVEN = [(80.0, 70.0), (200.0, 70.0), (130.0, 220.0)]
WIDE, NARROW = 1440, 390
ZOOMED = 720  # of 1440 px, at 200 %
NARROWEST = 320
PATIENCE_MS = 60_000


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


def open_keys(page: Page) -> None:
    page.locator("#nn-presentation .help").click(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Reset for the next visitor").wait_for()


def draw_a_seven(page: Page) -> None:
    draw_stroke(page, SEVEN)
    expect(page.locator(".st-key-prediction p").first).to_have_text(re.compile(r"^\d$"), timeout=PATIENCE_MS)


def lower_the_pen(page: Page) -> None:
    page.locator(".st-key-prediction_pen_reader [data-state=ready]").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("application", name="Drawing area for the keyboard").focus()
    for key in ("Space", *["ArrowDown"] * 6):
        page.keyboard.press(key)
    expect(page.locator(".st-key-prediction_live_label b")).to_have_text(re.compile(r"^\d$"), timeout=PATIENCE_MS)


def upload_a_number(page: Page) -> None:
    page.get_by_role("tab", name="Upload a picture").click()
    page.locator(".st-key-picture input[type=file]").set_input_files(NUMBER)
    expect(page.locator(".st-key-picture_prediction p").first).to_have_text(re.compile(r"^\d+$"), timeout=PATIENCE_MS)


def look_for_a_camera(page: Page) -> None:
    unfold_everything(page)
    page.get_by_role("tab", name="Camera").click()
    page.get_by_role("button", name="Turn on the camera").click()
    page.locator(".camera[data-state=error]").wait_for(timeout=PATIENCE_MS)


def open_mistake(page: Page) -> None:
    page.locator(".examples button").first.click()
    page.locator(".st-key-opened_example").get_by_role("radio", name="Nearest training examples").click()
    page.locator(".st-key-nearest_training").wait_for(timeout=PATIENCE_MS)


def type_a_name(page: Page) -> None:
    page.locator(".st-key-typed_text input").fill("Kowalski")
    page.locator(".letters .letter").first.wait_for(timeout=PATIENCE_MS)


def unfold_everything(page: Page) -> None:
    folded = page.locator("[data-testid=stExpander] details:not([open]) > summary:visible")
    while folded.count():
        settled(page)
        fold = folded.first.element_handle()
        fold.click()
        page.wait_for_function("(summary) => !summary.isConnected || summary.parentElement.open", arg=fold)
        wait_for_app(page)


def tick_by_keyboard(page: Page) -> None:
    """Tab to the boxes, choose the second row with an arrow key and tick it with the space bar, as the page says."""
    page.locator(".st-key-runs_table tbody tr").first.wait_for(timeout=PATIENCE_MS)
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("() => Boolean(document.activeElement.shadowRoot?.activeElement?.matches('tbody input'))"):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.locator(".st-key-rename_run button").wait_for(timeout=PATIENCE_MS)


def tick_all_runs(page: Page) -> None:
    page.locator(".st-key-runs_table thead input").click(timeout=PATIENCE_MS)
    page.locator(".st-key-untick_all").wait_for(timeout=PATIENCE_MS)
    wait_for_app(page)


def open_tags(page: Page) -> None:
    tick_all_runs(page)
    page.locator(".st-key-tag_runs button").first.click()
    page.locator(".st-key-added_tags input").wait_for(timeout=PATIENCE_MS)


def open_columns(page: Page) -> None:
    page.locator(".st-key-columns button").first.click()
    page.locator(".st-key-chosen_columns").wait_for(timeout=PATIENCE_MS)


def take_it_away(page: Page) -> None:
    page.locator(".st-key-take_away button:visible").click()
    page.locator(".st-key-download_page button:visible").wait_for(timeout=PATIENCE_MS)


def open_export(page: Page) -> None:
    page.locator(".st-key-export_run button").first.click()
    page.locator(".st-key-make_export button").click(timeout=PATIENCE_MS)
    page.locator(".st-key-download_export button").wait_for(timeout=4 * PATIENCE_MS)


def open_name(page: Page) -> None:
    page.locator(".st-key-rename_run button").first.click()
    page.locator(".st-key-new_name input").wait_for(timeout=PATIENCE_MS)


def go_back_through_the_network(page: Page) -> None:
    film = page.locator(".backprop")
    film.get_by_role("button", name="To the last step").click(timeout=PATIENCE_MS)
    film.locator(".parameters .button").first.click()
    film.locator(".weights .map").first.wait_for(timeout=PATIENCE_MS)
    page.locator(".st-key-take_step button").click()
    page.locator(".st-key-step_result").wait_for(timeout=PATIENCE_MS)


def open_products(page: Page) -> None:
    for title in ("Every input’s share of the sum", "The largest products"):
        page.locator(".maps summary").filter(has_text=title).click()


def choose_a_class(page: Page) -> None:
    page.locator(".st-key-map_group input").click()
    page.get_by_role("option", name="Class 3").click()
    page.locator(".st-key-map_selected img").first.wait_for(timeout=PATIENCE_MS)


def open_network(page: Page) -> None:
    page.get_by_role("tab", name="Network").click()
    page.locator(".network.activations canvas").first.wait_for(timeout=PATIENCE_MS)
    unfold_everything(page)


def open_help(page: Page) -> None:
    page.get_by_role("button", name="What is this? Confusion matrix").click()
    page.get_by_test_id("stPopoverBody").wait_for(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Look:
    """An address, and what is done there before the check."""

    address: str
    act: Callable[[Page], None] = lambda page: None


def open_card(page: Page) -> None:
    page.get_by_role("button", name="Layer 2, neuron 1").press("Enter")
    page.locator(".network .card").wait_for(timeout=PATIENCE_MS)


def compare_seeds(page: Page) -> None:
    page.get_by_role("combobox", name="Compare with another group").click()
    page.get_by_role("option", name="Faster").click()
    page.locator(".st-key-group_comparison").wait_for(timeout=PATIENCE_MS)
    unfold_everything(page)


def open_groups(page: Page) -> None:
    page.locator(".st-key-runs_table button.opener").first.press("Enter")
    page.locator(".st-key-runs_table button.opener[aria-expanded=true]").wait_for(timeout=PATIENCE_MS)


LOOKS = {
    "a finished run": Look("train?run=finished"),
    "about a run, its command": Look("train?run=finished&about=command"),
    "about a run, its files": Look("train?run=finished&about=files"),
    "a file that was exported": Look("train?run=finished&about=files", open_export),
    "a network inside": Look("train?run=finished", open_network),
    "the name of a run": Look("train?run=finished", open_name),
    "every fold of the form": Look("train", unfold_everything),
    "a run with other seeds": Look("train?run=seeds", compare_seeds),
    "groups of seeds": Look("runs", open_groups),
    "the runs, one ticked": Look("runs?seeds=single", tick_by_keyboard),
    "the runs, all ticked, in groups": Look("runs?group=data&smooth=0.5&search=date>2020", tick_all_runs),
    "the tags of several runs": Look("runs", open_tags),
    "the columns of the runs, and a search with a mistake": Look("runs?search=lr+>+fast", open_columns),
    "a classifier's mistakes": Look("evaluate?run=finished"),
    "one of its mistakes": Look("evaluate?run=finished", open_mistake),
    "a pair of classes and curves": Look("evaluate?run=finished&cells=precision&true=5&predicted=8&curves=6-9"),
    "what a classifier bears": Look("evaluate?run=bears&robustness=contrast&refuse=95", unfold_everything),
    "a term, explained in place": Look("evaluate?run=finished", open_help),
    "a term of the glossary": Look("glossary?term=backpropagation"),
    "an autoencoder's mistakes": Look("evaluate?run=painter"),
    "mistakes in the plane": Look("evaluate?run=plane"),
    "errors of values in the plane": Look("evaluate?run=values"),
    "an answer": Look("draw", draw_a_seven),
    "an answer while the pen is down": Look("draw", lower_the_pen),
    "a network to take away": Look("draw", take_it_away),
    "a demo": Look("demo"),
    "a presented answer": Look("draw?present=1", draw_a_seven),
    "a presented view with its keys": Look("train?run=finished&present=1&demo=1", open_keys),
    "a number in a picture": Look("draw", upload_a_number),
    "a camera that is missing, and files of drawings": Look("draw", look_for_a_camera),
    "a name": Look("text?run=names", type_a_name),
    "attention": Look("inside?run=looker"),
    "a run and what is wrong with it": Look("train?run=guessing", unfold_everything),
    "latent numbers": Look("inside?run=painter"),
    "a comparison": Look("compare?run=guessing&run=pretrained-memory&run=pretrained-attention"),
    "a training step": Look("backprop?run=patterns", go_back_through_the_network),
    "patterns": Look("inside?run=patterns"),
    "feature maps": Look("inside?run=pretrained-digits&card=feature-maps&layer=2", open_products),
    "the map of a layer": Look("inside?run=pretrained-digits&card=map", choose_a_class),
    "texts": Look("data?set=surnames", unfold_everything),
    "points": Look("data?set=moons", unfold_everything),
    "a neuron's numbers": Look("playground?set=function&hidden=3-2", open_card),
}


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
