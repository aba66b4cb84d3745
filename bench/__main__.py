"""`python -m bench [PART …]`: measures and prints one table. Nothing else should run on the machine meanwhile.

The parts, all of them by default: training, presets, live, first_point, drawing, reading, runs, room, room_memory, first_paint.
"""

import sys
import tempfile
import time
from pathlib import Path

from bench import drawing, first_paint, first_point, live, many_runs, presets, reading, room, room_memory, training
from bench.stand import stand
from bench.table import as_markdown, say

_PARTS = {
    "training": training.measure,
    "presets": presets.measure,
    "live": live.measure,
    "first_point": first_point.measure,
    "drawing": drawing.measure,
    "reading": reading.measure,
    "runs": many_runs.measure,
    "room": room.measure,
    "room_memory": room_memory.measure,
    "first_paint": first_paint.measure,
}


def main(chosen: list[str]) -> None:
    if unknown := [name for name in chosen if name not in _PARTS]:
        sys.exit(f"Unknown part '{unknown[0]}'. Choose among: {', '.join(_PARTS)}.")
    began = time.monotonic()
    rows = []
    with tempfile.TemporaryDirectory(prefix="nn-lab-bench-") as folder, stand(Path(folder)) as bench:
        for name in chosen or _PARTS:
            rows += _PARTS[name](bench)
    print(as_markdown(rows))
    say(f"Took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main(sys.argv[1:])
