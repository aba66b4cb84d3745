"""States of pages that the checks of accessibility look at: an address, and what is pressed there. The runs are those of test_accessibility.py."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from axe import settled
from browsing import draw_stroke, wait_for_app
from playwright.sync_api import Page, expect
from processes import ROOT

__all__ = ["LOOKS", "PATIENCE_MS", "Look", "draw_a_seven"]

NUMBER = ROOT / "tests" / "support" / "cases" / "pictures" / "p-two-digits-12.png"
SEVEN = [(80.0, 70.0), (200.0, 70.0), (130.0, 220.0)]
PATIENCE_MS = 60_000


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
