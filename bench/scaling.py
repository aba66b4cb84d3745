"""`python -m bench.scaling`: when do more devices stop helping? Measured with one process and with two, and computed for other
connections between devices. Prints a table, and takes two minutes. Nothing else should run on the machine.

A step takes a + c / k + r with k devices: the time that does not depend on the batch (a), the time that does (c), both measured
with one process and one thread, and the communication of the gradients (r). In a ring each device sends 2 (k - 1) / k of their bytes, in 2 (k - 1)
messages (Patarasu and Yuan, 2009). DistributedDataParallel hides some of that behind the backward pass; this calculation assumes no overlap.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch.distributed import FileStore  # type: ignore[attr-defined]

from bench.table import log
from nn_core.config import PRESETS, RunConfig, apply_settings
from nn_core.data import DATASETS, load_dataset
from nn_core.devices import choose_device
from nn_core.distributed.process_group import ProcessGroup
from nn_core.distributed.sync_layers import join_process_group
from nn_core.models import count_parameters
from nn_core.paths import get_data_folder
from nn_core.training.loop import Epoch, train
from nn_core.training.state import TrainState

_SECONDS = 2.0
_WARM_UP_STEPS = 10
_EIGHTH = 8
_EXCHANGES = 30


@dataclass(frozen=True)
class Link:
    """bandwidth in bytes per second, and latency in seconds per message."""

    name: str
    bandwidth: float
    latency: float

    def exchange(self, size: int, devices: int) -> float:
        """Seconds for gradients of that many bytes."""
        return 2 * (devices - 1) / devices * size / self.bandwidth + 2 * (devices - 1) * self.latency


_LINKS = (Link("1 Gbit/s", 1e9 / 8, 50e-6), Link("10 Gbit/s", 1e10 / 8, 20e-6), Link("NVLink 300 GB/s", 300e9, 5e-6))


def main() -> None:
    torch.set_num_threads(1)
    whole, eighth = {}, {}
    for name in PRESETS:
        whole[name] = _step_seconds(_session(name))
        eighth[name] = _step_seconds(_session(name, share=_EIGHTH))
        log(f"{name}: {1e3 * whole[name]:.2f} ms a step, {1e3 * eighth[name]:.2f} ms with an eighth of the batch")
    shared = _with_two()
    heads = [
        "preset",
        "batch",
        "parameters",
        "gradients",
        "step, 1 process",
        "step, 2 processes",
        "speed-up",
        "exchange, Gloo",
    ]
    heads += [f"{link.name}: exchange between 2" for link in _LINKS] + [f"{link.name}: best with" for link in _LINKS]
    print("|", " | ".join(heads), "|")
    print("|", " | ".join(["---"] * len(heads)), "|")
    for name, config in PRESETS.items():
        step, exchange, count = shared[name]
        size = 4 * int(count)
        fixed = max(0.0, (_EIGHTH * eighth[name] - whole[name]) / (_EIGHTH - 1))
        cells = [f"`{name}`", str(config.training.batch_size), f"{int(count):,}", _bytes(size), _ms(whole[name])]
        cells += [_ms(step), f"{whole[name] / step:.2f} ×", _ms(exchange)]
        cells += [_ms(link.exchange(size, 2)) for link in _LINKS]
        cells += [_best(fixed, whole[name] - fixed, size, config.training.batch_size, link) for link in _LINKS]
        print("|", " | ".join(cells), "|")


def _best(fixed: float, shrinking: float, size: int, batch_size: int, link: Link) -> str:
    """The fastest number of devices, up to the number of samples in a batch, and its speed-up over one."""
    seconds = {
        devices: fixed + shrinking / devices + (link.exchange(size, devices) if devices > 1 else 0)
        for devices in range(1, batch_size + 1)
    }
    devices = min(seconds, key=seconds.__getitem__)
    return f"{devices}, {seconds[1] / seconds[devices]:.1f} ×"


def _config(name: str) -> RunConfig:
    """The preset, with a sample of the data if the complete set is missing; the steps are the same."""
    config = apply_settings(PRESETS[name], ["training.epochs=10000"])
    here = DATASETS[config.data.name].is_present(get_data_folder())
    return config if here else apply_settings(config, ["data.name=mnist_sample"])


def _session(name: str, share: int = 1) -> TrainState:
    """share: 8 means an eighth of the batch."""
    config = _config(name)
    config = apply_settings(config, [f"training.batch_size={max(2, config.training.batch_size // share)}"])
    return TrainState(
        config, load_dataset(config.data, get_data_folder(), download=False), choose_device(config.training.device)
    )


def _step_seconds(session: TrainState, steps: int = 0) -> float:
    """The median over the steps of some seconds, or over that many steps."""
    taken: list[float] = []
    begun = before = time.perf_counter()
    for event in train(session):
        if session.device.type == "cuda":
            torch.cuda.synchronize(session.device)
        now = time.perf_counter()
        if not isinstance(event, Epoch):
            taken.append(now - before)
        before = now
        if len(taken) > _WARM_UP_STEPS and (len(taken) >= steps if steps else now - begun > _SECONDS):
            break
    return statistics.median(taken[_WARM_UP_STEPS:])


def _with_two() -> dict[str, tuple[float, float, float]]:
    """Seconds per step and per communication with two processes on this machine, and the parameters, by preset."""
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo"}
        command = [sys.executable, "-m", "bench.scaling", folder]
        processes = [subprocess.Popen([*command, str(rank)], env=environment) for rank in range(2)]
        codes = [process.wait() for process in processes]
        if any(codes):
            sys.exit("A process that shared the training failed.")
        found: dict[str, tuple[float, float, float]] = json.loads((Path(folder) / "shared.json").read_text())
        return found


def _shared(folder: Path, rank: int) -> None:
    """One of the two processes."""
    torch.set_num_threads(1)
    device = choose_device()
    group = ProcessGroup(FileStore(str(folder / "store"), 2), rank, 2, device, 120)
    found = {}
    for name in PRESETS:
        session = _session(name)
        join_process_group(session, group)
        # As many steps in both, for they wait for each other.
        (steps,) = group.broadcast(
            _WARM_UP_STEPS + max(20, round(_SECONDS / _step_seconds(session, 2 * _WARM_UP_STEPS)))
        )
        step = _step_seconds(session, int(steps))
        count = count_parameters(session.model)
        gradients = torch.zeros(count, device=device)
        found[name] = step, _median_seconds(partial(group.all_reduce, gradients)), count
        if rank == 0:
            log(
                f"{name}: {1e3 * found[name][0]:.2f} ms a step with two processes, {1e3 * found[name][1]:.2f} ms an exchange"
            )
    if rank == 0:
        (folder / "shared.json").write_text(json.dumps(found))
    group.close()


def _median_seconds(do: Callable[[], object]) -> float:
    taken = []
    for _turn in range(_EXCHANGES):
        begun = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms"


def _bytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB" if size >= 1e4 else f"{size / 1e3:.2f} kB"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _shared(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
