"""The server's memory over as many ticks as thirty sessions make in an hour, without pauses between them.

The run that they watch grows throughout, some of them draw, and after every fifth of the time all of them are replaced. The
curve is written to docs/pictures/room-memory.svg.
"""

import time

from processes import ROOT

from bench.classroom import memory_mb, visitors
from bench.curve import write_curve
from bench.harness import Bench, start_child
from bench.table import Row, log, skip

__all__ = ["measure"]

_WATCH, _DRAW = 25, 5
_TICKS = 27_000  # 30 sessions × 3,600 s with a tick about every 4 s
_CLASSES = 5
_POINTS, _GROWTH = 1_000, 50  # of the run: at first, and added each second
_SAMPLE_SECONDS = 2.0
_MAY_GROW = 0.05  # in the second half
_PICTURE = ROOT / "docs" / "pictures" / "room-memory.svg"


def measure(bench: Bench) -> list[Row]:
    what = f"The server's memory over an hour of thirty sessions ({_TICKS:,} ticks)"
    if not bench.screen:
        return skip(what, bench.no_screen)
    screen, curve = bench.screen, [(0, memory_mb(bench.screen))]
    with (
        start_child("bench.growing_run", bench.runs_root, "watched", _POINTS, _GROWTH) as process,
        visitors() as others,
    ):
        assert process.stdout
        process.stdout.readline()
        for number in range(_CLASSES):
            before = curve[-1][0]
            others.enter(url=screen.app.url, run="watched", watch=_WATCH, draw=_DRAW, quick=True)
            while curve[-1][0] < _TICKS * (number + 1) // _CLASSES:
                time.sleep(_SAMPLE_SECONDS)
                curve.append((before + others.report()["ticks"], memory_mb(screen)))
            others.leave()
            log(f"{curve[-1][0]:,} ticks: {curve[-1][1]:.0f} MB")
    write_curve(_PICTURE, curve, title="Memory of the server with thirty sessions", across="ticks", up="MB")
    second_half = [memory for ticks, memory in curve if ticks >= _TICKS // 2]
    half = second_half[0]
    grew = max(second_half) / half - 1
    return [
        Row(
            what,
            f"{curve[0][1]:.0f} MB before the first visit, {half:.0f} MB after half of it, at most {max(second_half):.0f} MB after that",
            f"docs/pictures/{_PICTURE.name}",
            f"{100 * grew:+.1f} % in the second half",
            f"bounded (≤ {100 * _MAY_GROW:.0f} %)",
            grew <= _MAY_GROW,
        )
    ]
