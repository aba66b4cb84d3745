"""The confusion matrix and the table of the classes: what is sent, what is read out, and how both are used by keyboard."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import PHONE, new_page, open_page
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from processes import ROOT
from serving import AppServer, serve, serve_app
from untrained_runs import untrained_run

from nn_core.evaluation import evaluate_run
from nn_core.paths import get_data_folder

NARROW: ViewportSize = {"width": 320, "height": 700}
_CONTRAST = """cell => {
    const rgb = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = colour => {
        const [r, g, b] = rgb(colour).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
    };
    const style = getComputedStyle(cell.firstElementChild);
    const ground = getComputedStyle(cell.getRootNode().querySelector("tbody th")).backgroundColor;
    return [contrast(style.color, style.backgroundColor), contrast(style.borderTopColor, ground), style.borderTopWidth];
}"""


# In a browser


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """With two measured networks that have learned nothing, so that they mix up a lot."""
    folder = tmp_path_factory.mktemp("matrix")
    for name, preset in (("digits", "quick"), ("names", "text_cnn")):
        run = untrained_run(folder / "runs", preset, name=name)
        evaluate_run(run, get_data_folder())
    with serve_app(folder) as served:
        yield served


def open_matrix(page: Page, app: AppServer, run: str) -> Locator:
    open_page(page, f"{app.url}/evaluate?run={run}")
    grid = page.locator(".st-key-confusion_matrix").get_by_role("grid")
    expect(grid).to_be_visible(timeout=60_000)
    return grid


def measured(app: AppServer, run: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((app.runs_root / run / "evaluation.json").read_text())
    return content


def focused(page: Page) -> str:
    """Row and column of the cell that has the focus, from 0; -1 is a header."""
    place: str = page.evaluate(
        "() => { let at = document.activeElement; while (at?.shadowRoot) at = at.shadowRoot.activeElement; "
        "return at?.dataset?.place ?? '' }"
    )
    return place


def test_the_matrix_is_a_table_whose_cells_and_headers_say_everything(page: Page, app: AppServer) -> None:
    grid = open_matrix(page, app, "names")
    found = measured(app, "names")
    classes, counts = found["classes"], found["confusion_matrix"]
    assert isinstance(classes, list)
    assert isinstance(counts, list)
    assert grid.get_by_role("rowheader").all_text_contents() == classes
    assert grid.get_by_role("columnheader").all_text_contents()[1:] == classes, "the last one too"
    expect(grid.get_by_role("gridcell")).to_have_count(len(classes) ** 2)
    names = grid.get_by_role("gridcell").evaluate_all("cells => cells.map(cell => cell.ariaLabel)")
    for true, row in enumerate(counts):
        for guess, count in enumerate(row):
            share = f"{100 * (count / max(1, sum(row))):.1f} %"
            read = "read correctly" if true == guess else f"read as {classes[guess]}"
            said = f"{classes[true]} {read}: {count} of {sum(row)} ({share})"
            assert names[true * len(classes) + guess] == said
    expect(grid.locator("caption")).to_contain_text("Each row is a true class")
    summary = page.locator(".st-key-confusion_matrix .summary")
    expect(summary).to_contain_text(f"of {found['samples']:,} texts were read correctly")
    assert grid.get_attribute("aria-describedby") == summary.get_attribute("id")


def test_keys_walk_through_the_matrix_and_enter_chooses_what_the_list_shows(page: Page, app: AppServer) -> None:
    grid = open_matrix(page, app, "digits")
    found = measured(app, "digits")
    assert isinstance(found["confusions"], list)
    pair = found["confusions"][0]
    true, guess = int(pair["true"]), int(pair["predicted"])
    assert grid.locator("[tabindex='0']").count() == 1, "one stop for Tab"
    grid.locator("[data-place='0,0']").focus()
    for key, place in (
        ("ArrowUp", "-1,0"), ("ArrowLeft", "-1,0"), ("ArrowDown", "0,0"), ("ArrowLeft", "0,-1"), ("End", "0,9"),
        ("PageDown", "9,9"), ("Home", "9,0"), ("PageUp", "0,0"), ("Control+End", "9,9"), ("ArrowDown", "9,9"),
        ("Control+Home", "0,0"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert focused(page) == place, key
    for key in ["ArrowDown"] * true + ["ArrowRight"] * guess:
        page.keyboard.press(key)
    assert focused(page) == f"{true},{guess}"
    cell = grid.locator(f"[data-place='{true},{guess}']")
    outline = cell.locator("span").evaluate("inner => getComputedStyle(inner).outlineWidth")
    assert float(outline.removesuffix("px")) >= 2, "the focus is seen"
    card = page.locator(".st-key-confusion_matrix")
    expect(card.locator(".detail")).to_contain_text(f"{true} read as {guess}: {pair['count']} of")
    expect(card.locator(".detail")).to_contain_text("Enter")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"true={true}&predicted={guess}"))
    expect(card.locator(".chosen")).to_contain_text(f"{true} read as {guess}")
    expect(cell).to_have_attribute("aria-selected", "true")
    assert focused(page) == f"{true},{guess}", "the place is kept"
    page.reload()
    expect(card.locator(".chosen")).to_contain_text(f"{true} read as {guess}")
    cell.focus()
    page.keyboard.press("Space")
    expect(card.locator(".chosen")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("true="))


def test_the_matrix_and_the_list_mark_what_the_other_has_chosen(page: Page, app: AppServer) -> None:
    grid = open_matrix(page, app, "digits")
    card, listed = page.locator(".st-key-confusion_matrix"), page.locator(".st-key-mistakes")
    pair = listed.locator(".st-key-frequent_confusions button").first
    found = re.match(r"(\d) read as (\d)", pair.inner_text())
    assert found
    true, guess = found.groups()
    pair.click()
    expect(card.locator(".chosen")).to_contain_text(f"{true} read as {guess}")
    expect(grid.locator(f"[data-place='{true},{guess}']")).to_have_attribute("aria-selected", "true")
    listed.get_by_role("combobox", name="Answer").click()
    page.get_by_role("option", name="any", exact=True).click()
    expect(card.locator(".chosen")).to_contain_text(f"true class {true}")
    expect(grid.locator("td.picked-row")).to_have_count(10)
    expect(grid.locator(f"[data-place='{true},0']")).to_have_class(re.compile("picked-row"))

    header = grid.locator(f"[data-place='-1,{guess}']")
    header.focus()
    expect(card.locator(".detail")).to_contain_text("Click or press Enter to list its mistakes below.")
    page.keyboard.press("Enter")
    expect(grid.locator("td.picked-column")).to_have_count(10)
    expect(grid.locator("td.picked-row")).to_have_count(0)
    expect(listed).to_contain_text(f"were read as {guess} and are of another class")


def test_the_matrix_shows_counts_and_percentages_of_rows_and_columns(page: Page, app: AppServer) -> None:
    grid = open_matrix(page, app, "digits")
    counts = measured(app, "digits")["confusion_matrix"]
    assert isinstance(counts, list)
    row, column = next((r, c) for r, row in enumerate(counts) for c, count in enumerate(row) if 0 < count < sum(row))
    cell = grid.locator(f"[data-place='{row},{column}']")
    expect(cell).to_have_text(str(counts[row][column]))
    units = page.locator(".st-key-matrix_unit")
    of_column = sum(line[column] for line in counts)
    for title, whole in (("% of row", sum(counts[row])), ("% of column", of_column)):
        units.get_by_text(title, exact=True).click()
        expect(cell).to_have_text(f"{100 * (counts[row][column] / whole):.1f}")
    expect(page).to_have_url(re.compile("cells=precision"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_readable_and_cells_distinguishable_without_colour(
    browser: Browser, app: AppServer, scheme: str
) -> None:
    with new_page(browser) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        grid = open_matrix(page, app, "names")
        for kind, thickness in (("hit", "2px"), ("miss", "1px")):
            cells = grid.locator(f"td.{kind}:not([aria-label*=': 0 of'])")
            assert cells.count()
            for text, frame, width in (cells.nth(n).evaluate(_CONTRAST) for n in range(0, cells.count(), 3)):
                assert text >= 4.5
                assert frame >= 3
                assert width == thickness
        page.emulate_media(forced_colors="active")
        styles = [
            grid.locator(f"td.{kind} span").first.evaluate("e => getComputedStyle(e).borderTopStyle")
            for kind in ("hit", "miss")
        ]
        assert styles == ["double", "dashed"]


@pytest.mark.parametrize("size", [NARROW, PHONE], ids=["320", "390"])
def test_nothing_is_cut_off_on_a_narrow_screen(browser: Browser, app: AppServer, size: ViewportSize) -> None:
    with new_page(browser, size) as page:
        open_matrix(page, app, "names")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for metric in page.get_by_test_id("stMetricValue").all():
            assert metric.evaluate(
                "e => [e, ...e.querySelectorAll('*')].every(p => p.scrollWidth <= p.clientWidth + 1 || p.clientWidth === 0)"
            )
        table = page.locator(".st-key-class_table .scroller")
        assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "all columns of the classes are seen"
        page.locator(".st-key-confusion_matrix [data-place='0,0']").focus()
        page.keyboard.press("Control+End")
        last = page.locator(".st-key-confusion_matrix [data-place='10,10']").bounding_box()
        assert last
        assert last["x"] + last["width"] <= size["width"], "the last cell comes into view with the keys"


def test_the_table_of_classes_says_what_it_shows_and_sorts_by_value(page: Page, app: AppServer) -> None:
    open_matrix(page, app, "names")
    rows = measured(app, "names")["per_class"]
    assert isinstance(rows, dict)
    table = page.locator(".st-key-class_table").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(len(rows) + 3)
    expect(table.get_by_role("row").last).to_contain_text("Weighted average")
    recall = {name: 100 * row["recall"] for name, row in rows.items()}
    name = next(iter(rows))
    cells = (
        table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True)).get_by_role("cell")
    )
    for cell, figure in zip(cells.all_text_contents(), ("precision", "recall", "f1"), strict=False):
        interval = rows[name][f"{figure}_interval"]
        expected = (
            f"{100 * rows[name][figure]:.1f} % {100 * interval[0]:.1f}–{100 * interval[1]:.1f}" if interval else "–"
        )
        assert cell == expected
    assert cells.last.text_content() == f"{rows[name]['support']:,}"

    header = table.get_by_role("columnheader", name="Recall")
    header.get_by_role("button").focus()
    for order, reverse in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        expect(header).to_have_attribute("aria-sort", order)
        in_order = sorted(recall, key=recall.__getitem__, reverse=reverse)
        assert table.get_by_role("rowheader").all_text_contents() == [*in_order, "Macro average", "Weighted average"]
    page.keyboard.press("Enter")
    assert table.get_by_role("rowheader").all_text_contents()[:-2] == list(rows)


@pytest.mark.parametrize("run", ["digits", "names"])
def test_neither_the_matrix_nor_the_mistakes_wait_for_plotly(page: Page, app: AppServer, run: str) -> None:
    """The charts below them need its four megabytes."""
    plotly = re.compile("plotly", re.IGNORECASE)
    page.route(plotly, lambda route: route.abort())
    with page.expect_request(plotly, timeout=60_000):
        open_matrix(page, app, run)
        mistakes = page.locator(".st-key-mistakes")
        expect(mistakes).to_contain_text("read as")
        expect(mistakes.get_by_role("listitem").first).to_be_visible()


_THOUSAND = """
from many_classes import make_sparse_matrix
from nn_core.runs.reports import ClassificationReport
from ui.evaluate.matrix import show_confusion_matrix

names = ["<img src=x onerror=alert(1)>"] + [f"class {number} with a long name" for number in range(1, 1000)]
figures = {"samples": 50_000, "step": None, "accuracy": 0.5, "accuracy_interval": (0.4, 0.6), "loss": 1.0, "per_class": {}}
found = ClassificationReport(**figures, classes=names, confusion_matrix=make_sparse_matrix(1000, 50_000), confusions=[])
show_confusion_matrix(found, "pictures", run="many", title="many", examples="substitute")
"""


def test_a_thousand_classes_send_little_and_are_seen_at_once_or_one_by_one(page: Page, tmp_path: Path) -> None:
    script = tmp_path / "thousand.py"
    script.write_text(_THOUSAND)
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    with serve(script, ROOT, tmp_path / "server.log", {"PYTHONPATH": path}) as (url, _process):
        open_page(page, url)
        card, grid = page.locator(".st-key-confusion_matrix"), page.get_by_role("grid")
        expect(grid).to_have_attribute("aria-rowcount", "1001", timeout=60_000)
        expect(grid).to_have_attribute("aria-colcount", "1001")
        assert sum(received) < 400_000
        assert grid.get_by_role("gridcell").count() == 1, "the others are drawn"
        expect(grid.get_by_role("rowheader").first).to_have_text("<img src=x onerror=alert(1)>")
        grid.locator("[data-place='0,0']").focus()
        for key, place in (("PageDown", None), ("End", None), ("Control+End", "999,999"), ("ArrowUp", "998,999")):
            page.keyboard.press(key)
            row, column = focused(page).split(",")
            assert place is None or place == f"{row},{column}"
            cell = grid.locator(f"[data-place='{row},{column}']")
            expect(cell).to_be_in_viewport()
            expect(cell).to_have_attribute("aria-colindex", str(int(column) + 2))
        expect(card.locator(".detail")).to_have_text(
            re.compile(r"^class 998 with a long name read as class 999 with a long name: \d of 50 \(\d.0 %\)$")
        )

        for _press in range(12):
            page.keyboard.press("+")
        assert focused(page) == "998,999"
        assert 20 < grid.get_by_role("gridcell").count() < 3_000, "now each visible cell has its figure"
        expect(grid.get_by_role("rowheader").last).to_have_attribute(
            "title", re.compile(r"true class class 999 with a long name: 50 pictures, \d\d.0 % read correctly")
        )
        scroller = card.locator(".scroller")
        scroller.evaluate("element => { element.scrollTop = 0; element.scrollLeft = 0; }")
        expect(grid.locator("[data-place='0,0']")).to_be_visible()
        page.keyboard.press("ArrowUp")  # the cell with the focus was scrolled away, but its place is known
        assert focused(page) == "997,999"

        page.keyboard.press("0")
        box = scroller.bounding_box()
        assert box
        page.mouse.click(box["x"] + 10, box["y"] + 200)  # a name: its row is chosen
        expect(card.locator(".chosen")).to_contain_text("true class class")
        expect(page).to_have_url(re.compile("true=class"))
        assert "to list" not in card.inner_text(), "the list would show other examples than these"
        expect(card.locator(".chosen")).to_contain_text("The list below counts other pictures")


_TABLE = """
from ui.components.data_table import Column, show_data_table

show_data_table([Column("Name", list("abcd")), Column("Count", ["1,234", "−0.5", "999", "–"])], caption="Counts", key="counts")
"""


def test_texts_that_begin_with_numbers_are_sorted_by_them(page: Page, tmp_path: Path) -> None:
    script = tmp_path / "table.py"
    script.write_text(_TABLE)
    with serve(script, ROOT, tmp_path / "server.log", {"PYTHONPATH": str(ROOT)}) as (url, _process):
        open_page(page, url)
        table = page.get_by_role("table", name="Counts")
        table.get_by_role("columnheader", name="Count").get_by_role("button").press("Enter")
        expect(table.get_by_role("columnheader", name="Count")).to_have_attribute("aria-sort", "ascending")
        assert [name for name in table.get_by_role("rowheader").all_text_contents() if name != "d"] == ["b", "c", "a"]
