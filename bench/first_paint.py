"""The first visit to Home on a fresh server: the time until there is something to read, and until torch is imported."""

import statistics

from browsing import new_page
from playwright.sync_api import expect

from bench.harness import Bench, Screen, timed_app
from bench.table import Row, log, skip

__all__ = ["measure"]

_WHAT = "Home's first paint, first visitor of a fresh server"
_ROUNDS = 3
_WAITING = "Networks train on: checking"

# Records, in milliseconds since the navigation began, when the title is shown and when torch named the device.
_WATCH = """
new MutationObserver(() => {
  window.titleAt ??= document.querySelector("h1") ? performance.now() : undefined;
  const device = [...document.querySelectorAll("[data-testid=stCaptionContainer]")].find((it) =>
    it.textContent.startsWith("Networks train on:"));
  if (device && !device.textContent.includes("WAITING")) window.torchAt ??= performance.now();
}).observe(document, { subtree: true, childList: true, characterData: true });
""".replace("WAITING", _WAITING)


def measure(bench: Bench) -> list[Row]:
    if not bench.screen:
        return skip(_WHAT, bench.no_screen)
    ours: list[tuple[float, float]] = []
    torch_first: list[tuple[float, float]] = []
    for number in range(_ROUNDS):
        ours.append(_visit(bench, bench.screen, f"paint-{number}"))
        torch_first.append(_visit(bench, bench.screen, f"paint-{number}-torch", NN_LAB_BENCH_IMPORT="torch"))
        log(
            f"First paint, round {number + 1} of {_ROUNDS}: {ours[-1][0]:.0f} ms, torch first {torch_first[-1][0]:.0f} ms"
        )
    paint, warm = (statistics.median(column) for column in zip(*ours, strict=True))
    waits = statistics.median(title for title, _ in torch_first)
    return [
        Row(
            _WHAT,
            f"{paint:.0f} ms; torch is there after {warm:.0f} ms",
            f"the same with torch imported first: {waits:.0f} ms",
            f"{waits / paint:.1f} × sooner",
            "before torch is there",
            all(title < torch for title, torch in ours),
        )
    ]


def _visit(bench: Bench, screen: Screen, name: str, **environment: str) -> tuple[float, float]:
    """(until the title, until torch) in milliseconds."""
    with timed_app(bench.folder / name, **environment) as app, new_page(screen.browser) as page:
        page.add_init_script(_WATCH)
        page.goto(app.url)
        expect(page.locator("h1")).to_be_visible(timeout=60_000)
        page.wait_for_function("() => window.torchAt")
        return page.evaluate("window.titleAt"), page.evaluate("window.torchAt")
