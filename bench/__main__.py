"""`python -m bench [PART …]`: measures and prints one table. Nothing else should run on the machine.

The parts: training, presets, playground, live, first_point, drawing, reading, photos, runs, classes, first_paint, limits, pen; and two that run only when they
are named: classroom and classroom_memory, thirty sessions for a quarter of an hour.
"""

import sys
import tempfile
import time
from pathlib import Path

from bench import (
    classes,
    classroom,
    classroom_memory,
    drawing,
    first_paint,
    first_point,
    limits,
    live,
    many_runs,
    pen,
    photos,
    playground,
    presets,
    reading,
    training,
)
from bench.harness import open_bench
from bench.table import format_markdown, log

_PARTS = {
    "training": training.measure,
    "presets": presets.measure,
    "playground": playground.measure,
    "live": live.measure,
    "first_point": first_point.measure,
    "drawing": drawing.measure,
    "reading": reading.measure,
    "photos": photos.measure,
    "runs": many_runs.measure,
    "classes": classes.measure,
    "first_paint": first_paint.measure,
    "limits": limits.measure,
    "pen": pen.measure,
}
_WHEN_NAMED = {"classroom": classroom.measure, "classroom_memory": classroom_memory.measure}


def main(chosen: list[str]) -> None:
    parts = _PARTS | _WHEN_NAMED
    if unknown := [name for name in chosen if name not in parts]:
        sys.exit(f"Unknown part '{unknown[0]}'. Choose one of: {', '.join(parts)}.")
    began = time.monotonic()
    rows = []
    with tempfile.TemporaryDirectory(prefix="nn-lab-bench-") as folder, open_bench(Path(folder)) as bench:
        for name in chosen or _PARTS:
            rows += parts[name](bench)
    print(format_markdown(rows))
    log(f"Took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main(sys.argv[1:])
