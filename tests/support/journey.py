"""What a person does and sees in the app: mouse, keyboard or touch, the address bar, and what is visible.

With NN_LAB_JOURNEY_PICTURES=FOLDER a picture of every step is saved below that folder.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from browsing import draw_strokes, open_page, wait_for_app
from playwright.sync_api import Locator, Page, TimeoutError, expect
from serving import AppServer

from nn_core.runs import RunFolder, find_run, list_runs

__all__ = ["ONE", "SEVEN", "TRAINING_MS", "Journey"]

TRAINING_MS = 120_000
_LIST_MS = 5_000
_SHOW = """field => new Promise(shown => {
  field.scrollIntoView({block: "center", behavior: "instant"});
  requestAnimationFrame(() => requestAnimationFrame(shown));
})"""
SEVEN = [[(80.0, 70.0), (140.0, 70.0), (200.0, 70.0), (180.0, 120.0), (155.0, 170.0), (130.0, 220.0)]]
ONE = [[(140.0, 50.0), (140.0, 110.0), (140.0, 170.0), (140.0, 230.0)]]


@dataclass
class Journey:
    """One person's page. Every method does one thing that a person can do, and waits until its effect is visible."""

    page: Page
    app: AppServer
    name: str
    phone: bool = False
    _steps: int = field(default=0, repr=False)

    # Going places

    def open(self, path: str) -> None:
        """Types an address."""
        open_page(self.page, self.app.url + path)
        self.picture(f"open {path}")

    def sidebar(self, title: str) -> None:
        """Follows a link of the sidebar; on a phone it is opened first."""
        if self.phone:
            self._tap(self.page.get_by_test_id("stExpandSidebarButton"))
        self._tap(self.page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{title}$")))
        if title != "Home":
            expect(self.page.locator("h1")).to_have_text(title)
            wait_for_app(self.page)
        self.picture(f"sidebar {title}")

    def follow(self, label: str) -> None:
        """Follows a link on the page."""
        self._tap(self.page.get_by_test_id("stMain").get_by_role("link", name=label).first)
        self.picture(label)

    def back(self) -> None:
        self.page.go_back()
        self._settled("back")

    def forward(self) -> None:
        self.page.go_forward()
        self._settled("forward")

    def reload(self) -> None:
        self.page.reload()
        self._settled("reload")

    def expect_address(self, path: str, **query: str | list[str]) -> None:
        """The address bar shows this page and exactly these parameters."""
        expect(self.page).to_have_url(re.compile(rf"^{re.escape(self.app.url + path)}(\?|$)"))
        wanted = {key: value if isinstance(value, list) else [value] for key, value in query.items()}
        try:
            self.page.wait_for_function(
                """wanted => {
                  const found = {};
                  for (const [key, value] of new URLSearchParams(location.search)) (found[key] ??= []).push(value);
                  const names = Object.keys(found).sort();
                  return JSON.stringify(names) === JSON.stringify(Object.keys(wanted).sort())
                    && names.every(name => JSON.stringify(found[name]) === JSON.stringify(wanted[name]));
                }""",
                arg=wanted,
            )
        except TimeoutError as error:
            raise AssertionError(f"the address is {self.page.url} and not {path} with {wanted}") from error

    def parameter(self, name: str) -> str:
        """One parameter of the address."""
        return parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)[name][0]

    # Doing things

    def press(self, key: str, note: str = "") -> None:
        """Presses the button with that key."""
        self._tap(self.page.locator(f".st-key-{key} button").first)
        self.picture(note or key)

    def press_link(self, key: str) -> None:
        """Follows the link in the container with that key."""
        self._tap(self.page.locator(f".st-key-{key} a"))
        self.picture(key)

    def fill(self, label: str, value: str) -> None:
        """Types into the field with that label."""
        field = self.page.get_by_test_id("stMain").get_by_label(label, exact=True).first
        field.fill(value)
        field.press("Tab")
        self._settled(f"{label} {value}")

    def draw(self, strokes: list[list[tuple[float, float]]]) -> None:
        """Draws on the canvas, with the mouse or a finger."""
        draw_strokes(self.page, strokes, touch=self.phone)

    def open_fold(self, title: str) -> None:
        """Opens the last fold (expander) with that title, if it is closed."""
        fold = self.main.locator("details").filter(has=self.page.locator("summary", has_text=title)).last
        if fold.get_attribute("open") is None:
            self._tap(fold.locator("summary"))
        self.picture(f"fold {title}")

    def upload(self, file: Path) -> None:
        """Chooses a file for the uploader that is visible."""
        self.main.get_by_test_id("stFileUploader").locator("visible=true").first.locator(
            "input[type=file]"
        ).set_input_files(file)
        self._settled(f"upload {file.name}")

    def download(self, key: str, folder: Path) -> Path:
        """Presses the download button with that key; gives the file."""
        with self.page.expect_download() as downloading:
            self._tap(self.page.locator(f".st-key-{key} button").first, settle=False)
        target = folder / downloading.value.suggested_filename
        downloading.value.save_as(target)
        return target

    def tick_newest_run(self) -> None:
        """Ticks the first row of the table on the Runs page."""
        self._tap(self.page.locator(".st-key-runs_table tbody input").first)
        self.page.locator(".st-key-run_files").wait_for()
        self._settled("ticked")

    def choose(self, key: str, option: str) -> None:
        """Picks an option of the select box with that key."""
        self._tap(
            self.page.locator(f".st-key-{key} [data-baseweb=select], .st-key-{key} [role=combobox]").first, settle=False
        )
        self._tap(self.page.get_by_role("option", name=option, exact=True))
        self.picture(option)

    def choose_labelled(self, label: str, option: str) -> None:
        """Types into the select box with that label and chooses the option that contains the text.

        The list closes when the page moves, as it does while a preview appears; a person opens it again.
        """
        box = self.main.get_by_role("combobox", name=label)
        item = self.page.get_by_role("option").filter(has_text=option).first
        for _attempt in range(4):
            wait_for_app(self.page)
            box.evaluate(_SHOW)
            box.fill(option)
            with suppress(TimeoutError):
                item.wait_for(timeout=_LIST_MS)
                box.press("Enter")
            box.blur()  # the typed text stays only if it was chosen
            if option in box.input_value():
                break
        self._settled(f"{label} {option}")

    def train_on_it(self, dataset: str) -> RunFolder:
        """Follows the link from the data set to its training, starts it and waits for the result."""
        self.follow("Train a network on it")
        self.expect_address("/train", data=dataset)
        self.press("start_training")
        run = self.see_finished()
        assert run.config().data.name == dataset
        return run

    # Seeing things

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    def see(self, text: str, *, within: str | None = None, timeout: float = 30_000) -> None:
        """The text is visible, in the container with the key `within` or anywhere on the page."""
        place = self.page.locator(f".st-key-{within}").first if within else self.main
        expect(place).to_contain_text(text, timeout=timeout)

    def see_finished(self) -> RunFolder:
        """Waits for the end of the run that is shown; gives its folder."""
        self.see("finished", within="run_status", timeout=TRAINING_MS)
        wait_for_app(self.page)
        self.picture("finished")
        return self.run()

    def run(self) -> RunFolder:
        """The run that the address names, as soon as it names one."""
        expect(self.page).to_have_url(re.compile(r"[?&]run="))
        return find_run(self.app.runs_root, self.parameter("run"))

    def runs(self) -> list[RunFolder]:
        """All runs on the disk, the newest first."""
        return list_runs(self.app.runs_root)

    def see_no_error(self) -> None:
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        expect(self.page.get_by_test_id("stAlertContentError")).to_have_count(0)

    def picture(self, title: str) -> None:
        """A picture of the page as it is now, if pictures are wanted. No step shows two primary buttons."""
        primary = self.main.locator("[data-testid=stBaseButton-primary]:visible")
        assert primary.count() <= 1, primary.all_inner_texts()
        self._steps += 1
        if folder := os.environ.get("NN_LAB_JOURNEY_PICTURES"):
            place = Path(folder) / self.name
            place.mkdir(parents=True, exist_ok=True)
            words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50]
            self.page.screenshot(path=place / f"{self._steps:02}-{words}.png")

    def _tap(self, target: Locator, *, settle: bool = True) -> None:
        target.tap() if self.phone else target.click()
        if settle:
            wait_for_app(self.page)

    def _settled(self, title: str) -> None:
        wait_for_app(self.page)
        self.picture(title)
