"""Measures how often the diagnosis finds a fault, and how often it finds one where there is none: `make diagnosis`.

    python -m scripts.diagnosis [--seeds 20] [--healthy 200] [--first-seed 0] [--cache build/diagnosis] [--write]

Each run is trained by the code that trains every run, and its measurements are kept in the cache, so that the evaluation can be
interrupted and continued, and so that changed rules are applied without training again. `--write` puts the tables into
docs/diagnosis.md.
"""

import scripts.diagnosis.networks  # noqa: F401, I001  before the settings are declared

import argparse
import math
import os
import pickle
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nn_core.config import RunConfig
from nn_core.diagnosis import find_causes
from nn_core.diagnosis.diagnose import measure_run
from nn_core.diagnosis.measurements import Measurements
from nn_core.errors import NNLabError
from nn_core.jobs.runner import run_worker
from nn_core.paths import get_data_folder
from nn_core.runs import RunStatus, create_run
from scripts.diagnosis.faults import FAULTS, list_healthy, make_config
from scripts.diagnosis.tables import Result, format_faults, format_healthy, replace_between_markers

__all__ = ["main"]

_DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "diagnosis.md"


class Silent:
    """Reports nothing."""

    def line(self, text: str) -> None:
        pass

    def progress(self, status: RunStatus) -> None:
        pass


@dataclass(frozen=True)
class Job:
    """A run of the evaluation. group: the fault, or "healthy". base: the preset."""

    group: str
    base: str
    seed: int
    make: Callable[[Path], RunConfig]

    @property
    def name(self) -> str:
        return f"{self.group}-{self.base}-{self.seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="runs of each fault and preset")
    parser.add_argument("--healthy", type=int, default=200, help="healthy runs")
    parser.add_argument("--first-seed", type=int, default=0, help="from 1000 on for choosing thresholds")
    parser.add_argument("--cache", type=Path, default=Path("build/diagnosis"))
    parser.add_argument("--only", help="only the fault with this kind, or 'healthy'")
    parser.add_argument("--measured", action="store_true", help="train nothing, use only what is in the cache")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/diagnosis.md")
    arguments = parser.parse_args()
    faults: list[Result] = []
    healthy: list[Result] = []
    jobs = [
        job
        for job in _list_jobs(arguments.seeds, arguments.healthy, arguments.first_seed)
        if arguments.only in (None, job.group)
    ]
    started = time.monotonic()
    for number, job in enumerate(jobs, start=1):
        measured = _measure(job, arguments.cache, is_only_cached=arguments.measured)
        if measured is None:
            continue
        result = Result(job.group, job.base, job.seed, find_causes(measured))
        (healthy if job.group == "healthy" else faults).append(result)
        kinds = ", ".join(f"{each.kind} {each.likelihood:g}" for each in result.findings) or "nothing"
        mark = "  " if result.is_right else "✗ "
        print(
            f"{mark}{number}/{len(jobs)} {time.monotonic() - started:.0f} s {job.name}: {kinds}",
            file=sys.stderr,
            flush=True,
        )
    tables = {"faults": format_faults(faults, FAULTS), "healthy": format_healthy(healthy)}
    for table in tables.values():
        print(table, end="\n\n")
    if arguments.write:
        replace_between_markers(_DOCS, tables)


def _list_jobs(seeds: int, healthy: int, first_seed: int) -> Iterator[Job]:
    """List the runs, seed by seed with some healthy ones each, so that an interrupted evaluation has some of each."""
    runs = list_healthy(healthy, first_seed)
    per_seed = math.ceil(len(runs) / max(seeds, 1))
    for number in range(max(seeds, 1)):
        seed = first_seed + number
        for fault in FAULTS if seeds else ():
            for base in fault.bases:
                make = partial(make_config, fault, base, seed)
                yield Job(fault.kind, base, seed, make)
        for name, config in runs[number * per_seed : (number + 1) * per_seed]:
            yield Job("healthy", f"{name}-{config.data.name}", config.training.seed, partial(_return_config, config))


def _return_config(config: RunConfig, _root: Path) -> RunConfig:
    return config


def _measure(job: Job, cache: Path, *, is_only_cached: bool) -> Measurements | None:
    """Train the run and measure it, or read its measurements from the cache."""
    file = cache / f"{job.name}.pickle"
    if file.exists():
        measured: Measurements = pickle.loads(file.read_bytes())
        return measured
    if is_only_cached:
        return None
    root = cache / f"runs-{os.getpid()}"
    shutil.rmtree(root, ignore_errors=True)
    config = job.make(root)
    run = create_run(root, config)
    try:
        run_worker(run, get_data_folder(), Silent())
    except NNLabError:
        if run.status().status != "failed":
            raise
    measured = measure_run(run, get_data_folder())
    temporary = file.with_suffix(".tmp")
    temporary.write_bytes(pickle.dumps(measured))
    temporary.replace(file)
    shutil.rmtree(root, ignore_errors=True)
    return measured


if __name__ == "__main__":
    main()
