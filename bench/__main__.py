"""`python -m bench`: measures everything and prints one table. Nothing else should run on the machine meanwhile."""

import tempfile
import time
from pathlib import Path

from bench import drawing, first_paint, first_point, live, training
from bench.stand import stand
from bench.table import as_markdown, say


def main() -> None:
    began = time.monotonic()
    rows = []
    with tempfile.TemporaryDirectory(prefix="nn-lab-bench-") as folder, stand(Path(folder)) as bench:
        for part in (first_paint, first_point, drawing, live, training):
            rows += part.measure(bench)
    print(as_markdown(rows))
    say(f"Took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
