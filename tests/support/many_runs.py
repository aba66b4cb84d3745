"""Many finished runs and long curves, to count what is read."""

import time
from pathlib import Path

from waiting import wait_until

from nn_core.runs import RunFolder

__all__ = ["copies", "points", "settled"]


def copies(run: RunFolder, count: int) -> None:
    """Finished runs with a real run's config and status."""
    finished = run.status().model_copy(update={"status": "finished"}).model_dump_json()
    config = run.config_file.read_bytes()
    for number in range(count):
        folder = run.path.with_name(f"copy-{number:04}")
        folder.mkdir()
        (folder / "config.json").write_bytes(config)
        (folder / "status.json").write_text(finished)


def settled(root: Path) -> None:
    """What was written a moment ago might be written again without looking any different, so it is not remembered."""
    written = max(file.stat().st_ctime_ns for file in root.glob("*/*"))
    wait_until(lambda: time.time_ns() - written > 60_000_000, "the files are settled")


def points(count: int, first: int = 1) -> list[dict[str, object]]:
    figures = ((step, step / 10, 1 / step) for step in range(first, first + count))
    return [{"kind": "train", "step": step, "epoch": at, "loss": loss, "accuracy": 0.5} for step, at, loss in figures]
