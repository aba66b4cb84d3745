"""A classroom: how much thirty sessions slow down a run that trains, and how fast the app answers them.

Two browser pages watch the run and one draws; the others speak Streamlit's WebSocket protocol (`bench.visitors`). All run
on the same machine, and the time that they take counts as well. The measurements alternate: no viewer, one viewer, all thirty.
"""

import itertools
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browsing import new_page, open_page
from playwright.sync_api import Page

from bench.drawing import WATCH, pen_to_answer
from bench.harness import Bench, Screen, start_child
from bench.table import Row, log, median_ratio, skip
from bench.visitors import STROKES
from bench.worker import worker
from nn_core.runs import RunFolder

__all__ = ["Visitors", "measure", "memory_mb", "visitors"]

_PRESET = "quick"
_WATCH, _DRAW = 17, 10  # sessions without a browser
_ROUNDS = 3
_WINDOW_SECONDS = 20.0
_SETTLE_SECONDS = 8.0
_STROKE_EVERY_SECONDS = 4.0
_MAY_SLOW = 0.15
_TARGET_MS = 500


@dataclass(frozen=True)
class Visitors:
    """The sessions without a browser, in a separate process."""

    process: subprocess.Popen[str]

    def enter(self, **about: Any) -> None:
        """about: as `bench.visitors` expects it."""
        self._ask({"enter": about})

    def leave(self) -> dict[str, Any]:
        return self._ask({"leave": True})

    def report(self) -> dict[str, Any]:
        return self._ask({"report": True})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(question), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def visitors() -> Iterator[Visitors]:
    with start_child("bench.visitors") as process:
        yield Visitors(process)


@dataclass
class _Seen:
    """Of all measurements: samples per second by number of viewers, milliseconds of responses, seconds between ticks, cores of the server."""

    rates: dict[str, list[float]] = field(default_factory=lambda: {"none": [], "one": [], "all": []})
    stroke: list[float] = field(default_factory=list)
    click: list[float] = field(default_factory=list)
    pen: list[float] = field(default_factory=list)
    pace: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


def measure(bench: Bench) -> list[Row]:
    what = "samples/s of a run while thirty people watch it and draw"
    if not bench.screen:
        return skip(what, bench.no_screen)
    seen = _Seen()
    with worker(bench, "classroom", _PRESET) as trained, visitors() as others, ExitStack() as stack:
        watching, second, drawing = (stack.enter_context(new_page(bench.screen.browser)) for _page in range(3))
        drawing.add_init_script(WATCH)
        trained.run.send_request("resume")
        for number in range(_ROUNDS):
            _round(seen, trained.run, bench.screen, (watching, second, drawing), others)
            log(f"Round {number + 1} of {_ROUNDS}, samples/s: {_last(seen.rates, trained.samples_per_step)}")
    return _rows(what, seen)


def _round(seen: _Seen, run: RunFolder, screen: Screen, pages: Sequence[Page], others: Visitors) -> None:
    watching, second, drawing = pages
    live = f"{screen.app.url}/train?run={run.name}"
    time.sleep(_SETTLE_SECONDS)
    seen.rates["none"].append(_steps_per_second(run, time.sleep))
    open_page(watching, live)
    watching.wait_for_timeout(1000 * _SETTLE_SECONDS)
    seen.rates["one"].append(_steps_per_second(run, lambda seconds: watching.wait_for_timeout(1000 * seconds)))
    open_page(second, live)
    open_page(drawing, f"{screen.app.url}/draw")
    others.enter(url=screen.app.url, run=run.name, watch=_WATCH, draw=_DRAW)
    watching.wait_for_timeout(1000 * _SETTLE_SECONDS)
    trainer = run.status().pid or 0
    before, began = others.report(), time.monotonic()
    server, training, machine = _cpu_seconds(screen.app.process.pid), _cpu_seconds(trainer), _machine_seconds()
    seen.rates["all"].append(_steps_per_second(run, lambda seconds: seen.pen.extend(_drawn(drawing, seconds))))
    took, after = time.monotonic() - began, others.leave()
    server = _cpu_seconds(screen.app.process.pid) - server
    seen.cores.append(server / took)
    seen.others.append((_machine_seconds() - machine - (_cpu_seconds(trainer) - training) - server) / took)
    seen.pace.append(took * _WATCH / max(1, after["ticks"] - before["ticks"]))
    seen.stroke += after["stroke"][len(before["stroke"]) :]
    seen.click += after["click"][len(before["click"]) :]
    for page in pages:
        page.goto("about:blank")


def _steps_per_second(run: RunFolder, wait: Callable[[float], object]) -> float:
    """By the run's own clock, between two statuses."""
    before = run.status()
    wait(_WINDOW_SECONDS)
    after = run.status()
    return (after.step - before.step) / (after.elapsed_seconds - before.elapsed_seconds)


def _drawn(page: Page, seconds: float) -> Iterator[float]:
    """Milliseconds from lifting the pen to the answer in a real browser, with a stroke every few seconds."""
    ends = time.monotonic() + seconds
    for stroke in itertools.cycle(STROKES):
        next_at = time.monotonic() + _STROKE_EVERY_SECONDS
        if next_at > ends:
            break
        yield pen_to_answer(page, stroke)
        page.wait_for_timeout(1000 * max(0.0, next_at - time.monotonic()))
    page.wait_for_timeout(1000 * max(0.0, ends - time.monotonic()))


def _cpu_seconds(process: int) -> float:
    """Processor time of the process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _machine_seconds() -> float:
    """Busy time of all cores of the machine so far."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory_mb(screen: Screen) -> float:
    """The memory of the server now."""
    pages = int(Path(f"/proc/{screen.app.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _last(rates: dict[str, list[float]], samples: float) -> str:
    return ", ".join(f"{viewers} {samples * found[-1]:,.0f}" for viewers, found in rates.items())


def _rows(what: str, seen: _Seen) -> list[Row]:
    thirty, one = (median_ratio(seen.rates[viewers], seen.rates["none"]) for viewers in ("all", "one"))
    return [
        Row(
            what,
            f"{100 * thirty:.0f} % of its speed alone",
            f"with one viewer: {100 * one:.0f} %",
            f"{thirty:.2f} ×",
            f"> {1 - _MAY_SLOW:.2f} ×",
            thirty > 1 - _MAY_SLOW,
        ),
        _answers("A stroke in that classroom → its answer", seen.stroke),
        _answers("The same in a real browser, from pen up", seen.pen),
        _answers("A click that redraws the whole page → the page", seen.click),
        Row(
            "Seconds between two ticks of the live view in that classroom",
            f"{statistics.median(seen.pace):.1f} s",
            f"the server takes {statistics.median(seen.cores):.2f} cores in all",
        ),
        Row(
            "Share of the same cores that browsers and simulated visitors take; in a real classroom they run on other computers",
            f"{statistics.median(seen.others):.2f} cores",
        ),
    ]


def _answers(what: str, took: list[float]) -> Row:
    median, late = statistics.median(took), sorted(took)[len(took) * 95 // 100]
    return Row(
        what,
        f"median {median:.0f} ms, 95 of 100 within {late:.0f} ms ({len(took)} of them)",
        figure=f"{median:.0f} ms",
        target=f"median < {_TARGET_MS} ms",
        met=median < _TARGET_MS,
    )
