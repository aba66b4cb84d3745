"""Kills processes with SIGKILL at random moments, hundreds of times, and checks their files.

    python -m scripts.soak [--kills 200] [--seed 1] [--runs-at-once 2]

It kills workers (while they import, train, save or evaluate), the server with a page open, both at once as in a power cut, and
runs that wait in the queue. After each kill every file of the run is opened and checked, and the run is resumed: with a warm
worker, from the command line, or with the button on the page. At the end its weights, curves and figures must equal those of an
undisturbed run, bit for bit. Exits with 1 if anything differs.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nn_core.jobs.warm_worker import WarmWorkers
from nn_core.paths import get_runs_folder

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from soak_checks import Kills, Server, Victim, kill_waiting_runs, undisturbed
from soak_tally import Tally

__all__ = ["soak"]

_SHARES = {"worker": 0.7, "server": 0.1, "both": 0.1, "waiting": 0.1}  # of the kills


def soak(
    folder: Path, kills: Mapping[str, int], spares: WarmWorkers, seed: int = 1, runs_at_once: int = 2, epochs: int = 12
) -> Tally:
    """Kill runs in `NN_LAB_RUNS`, which is in `folder`, that many times, and train each to its end.

    kills: how many of each kind (worker, server, both, waiting).
    """
    chance = random.Random(seed)
    kinds = [kind for kind, count in kills.items() for _number in range(count) if kind != "waiting"]
    chance.shuffle(kinds)
    tally, left = Tally(), Kills(kinds)
    whole = undisturbed(folder, epochs)
    with Server(folder) as server, ThreadPoolExecutor(runs_at_once) as pool:

        def drive(number: int) -> None:
            while left.any:
                Victim(whole, tally, spares, server, random.Random(f"{seed} {number} {tally.runs}")).drive(left)

        for driver in [pool.submit(drive, number) for number in range(runs_at_once)]:
            driver.result()
    kill_waiting_runs(folder / "waiting", kills.get("waiting", 0), whole, tally, chance)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs-at-once", type=int, default=2)
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nn-lab-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ |= {
            "NN_LAB_RUNS": str(folder / "runs"),
            "NN_LAB_DATA": str(folder / "data"),
            "NN_LAB_RUNS_AT_ONCE": str(chosen.runs_at_once),
            "OMP_NUM_THREADS": "1",
        }
        assert get_runs_folder().is_relative_to(folder)
        stop = threading.Event()
        threading.Thread(target=_show_progress, args=[folder, stop], daemon=True).start()
        spares = WarmWorkers()
        spares.keep()
        kills = {kind: round(share * chosen.kills) for kind, share in _SHARES.items()}
        tally = soak(folder, kills, spares, chosen.seed, chosen.runs_at_once)
        spares.close()
        stop.set()
    print(f"{tally.in_words()} {time.monotonic() - began:.0f} s, seed {chosen.seed}.")
    for difference in tally.differences:
        print(difference)
    sys.exit(1 if tally.differences else 0)


def _show_progress(folder: Path, stop: threading.Event) -> None:
    while not stop.wait(30):
        runs = len(list((folder / "runs").glob("*/config.json")))
        print(f"… {runs} runs so far", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
