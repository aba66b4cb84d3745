"""Time from pressing Start to the first point on the chart, on a warm server."""

import re
import statistics
import time
from collections.abc import Callable

from browsing import new_page, open_page, wait_for_app
from playwright.sync_api import Locator, Page, expect
from processes import end_workers

from bench.harness import Bench, Screen
from bench.table import Row, log, skip

__all__ = ["measure"]

_ROUNDS = 3
_TARGET_SECONDS = 4.0
_FIRST_POINT = '.live-chart[data-covered]:not([data-covered="0"])'


def measure(bench: Bench) -> list[Row]:
    screen = bench.screen
    if not screen:
        return skip("Start pressed → first point", bench.no_screen)
    with new_page(screen.browser) as page:
        open_page(page, screen.app.url)
        expect(page.get_by_text("Networks train on:")).not_to_contain_text("looking", timeout=60_000)
    ways: dict[str, Callable[[Page], Locator]] = {
        "first network": lambda page: _home(page, screen),
        "`simple_net`": lambda page: _train(page, screen, "simple_net"),
        "`net`": lambda page: _train(page, screen, "net"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(_ROUNDS):
        for name, way in ways.items():
            seconds[name].append(_seconds(screen, way))
            end_workers(bench.runs_root)
        latest = ", ".join(f"{name} {values[-1]:.2f}" for name, values in seconds.items())
        log(f"First point, round {number + 1} of {_ROUNDS}, seconds: {latest}")
    return [_row(name, values) for name, values in seconds.items()]


def _row(name: str, seconds: list[float]) -> Row:
    median = statistics.median(seconds)
    return Row(
        f"Start pressed → first point, {name}",
        f"{median:.2f} s (longest of {len(seconds)}: {max(seconds):.2f} s)",
        figure=f"{median:.2f} s",
        target=f"≤ {_TARGET_SECONDS:g} s",
        met=median <= _TARGET_SECONDS,
    )


def _seconds(screen: Screen, way: Callable[[Page], Locator]) -> float:
    with new_page(screen.browser) as page:
        button = way(page)
        began = time.perf_counter()
        button.click()
        page.locator(_FIRST_POINT).wait_for(timeout=60_000)
        return time.perf_counter() - began


def _home(page: Page, screen: Screen) -> Locator:
    open_page(page, screen.app.url)
    return page.locator(".st-key-first_network button")


def _train(page: Page, screen: Screen, preset: str) -> Locator:
    open_page(page, f"{screen.app.url}/train")
    page.locator(".st-key-preset").get_by_text(preset, exact=True).click()
    page.locator(f'[class*="st-key-{preset}"][class*="epochs"] input').wait_for()
    button = page.locator(".st-key-start_training button")
    expect(button).to_have_text(re.compile("Start training"))
    wait_for_app(page)
    return button
