"""Short runs of the training loop that several processes share.

`python distributed_training.py RANK FOLDER JOBS` is one of these processes: it takes part in each job, and number 0 writes the curves.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.distributed import FileStore  # type: ignore[attr-defined]
from train_states import CPU, config_of

from nn_core.data import Dataset, DataSettings, load_dataset
from nn_core.distributed.process_group import ProcessGroup
from nn_core.distributed.sync_layers import join_process_group
from nn_core.runs import RunFolder
from nn_core.training.callbacks import Callback
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState
from nn_core.training.state_schema import SavedState
from nn_core.vitals.capture import HeldOutExamples
from nn_core.vitals.recorder import VitalsRecorder

__all__ = ["Curve", "Job", "curves_of", "worst"]

Curve = list[list[float]]


@dataclass(frozen=True)
class Job:
    """What to train, with how many processes. precise: with twice the digits, so that only what is really computed in another
    way differs. begin_with, save_as: files of a state to go on from, and to leave after the step `stop_after`. watched: the folder that
    number 0 writes the figures of the layers into, at every step."""

    preset: str
    settings: Sequence[str] = ()
    size: int = 1
    precise: bool = False
    begin_with: str = ""
    save_as: str = ""
    stop_after: int = 0
    watched: str = ""


def curves_of(jobs: Mapping[str, Job], folder: Path) -> dict[str, Curve]:
    """Each job's figures, loss and accuracy, in the order in which they are reported. Those that follow the first with several
    processes need none of their own."""
    packed = json.dumps({name: asdict(job) for name, job in jobs.items()})
    ours = Path(__file__).resolve()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ours.parents[2]),
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
    }
    processes = [
        subprocess.Popen([sys.executable, str(ours), str(rank), str(folder), packed], env=environment)
        for rank in range(max(job.size for job in jobs.values()))
    ]
    try:
        for process in processes:
            assert process.wait(timeout=120) == 0
    finally:
        for process in processes:
            process.kill()
    curves: dict[str, Curve] = json.loads((folder / "curves.json").read_text())
    return curves


def worst(ours: list[list[float]], theirs: Curve) -> float:
    """The largest difference between two curves, relative to the loss, and of the accuracy."""
    assert len(ours) == len(theirs)
    apart = [(abs(a[0] - b[0]) / abs(b[0]), abs(a[1] - b[1])) for a, b in zip(ours, theirs, strict=True)]
    return max(max(pair) for pair in apart)


def _few(kind: str, folder: Path) -> Dataset:
    """149 samples to learn from, as in `little`: ten batches of 16, of which the last has 5."""
    whole = load_dataset(DataSettings(name=kind), folder, download=False)
    rows = torch.arange(0, len(whole.train), len(whole.train) // 165)[:165]
    return Dataset(whole.spec, whole.train.take(rows), whole.test)


def _figures(session: TrainState, stop_after: int, recorder: Callback) -> Iterator[list[float]]:
    recorder.on_start(session)
    for event in train(session):
        if isinstance(event, Step):
            recorder.on_step(session, event)
        figures = event.validation if isinstance(event, Epoch) else event.metrics
        if figures:
            yield [figures.loss, figures.accuracy or 0.0]
        if session.step == stop_after and not isinstance(event, Epoch):
            return


def _trained(job: Job, group: ProcessGroup | None, folder: Path) -> Curve:
    torch.set_default_dtype(torch.float32)
    config = config_of(job.preset, "training.device=cpu", *job.settings)
    session = TrainState(config, _few(config.data.name, folder), CPU)
    if job.precise:
        torch.set_default_dtype(torch.float64)
        session.model.double()
        if session.ema:
            session.ema.double()
    if job.begin_with:
        session.restore(SavedState.from_dict(torch.load(folder / job.begin_with, weights_only=True)))
    if group:
        join_process_group(session, group)
    recorder = Callback()
    if job.watched and (group is None or group.rank == 0):
        (folder / job.watched).mkdir()
        recorder = VitalsRecorder(RunFolder(folder / job.watched), session, HeldOutExamples.choose(session))
        recorder.max_share, recorder.min_seconds, recorder.min_steps = 1e9, 0.0, 1
    curve = list(_figures(session, job.stop_after, recorder))
    if job.save_as:
        state, packed = session.capture(), io.BytesIO()
        torch.save(state.as_dict(), packed)
        if group is None or group.rank == 0:
            (folder / job.save_as).write_bytes(packed.getvalue())
    return curve


def _main(rank: int, folder: Path, jobs: Mapping[str, Job]) -> None:
    torch.set_num_threads(1)
    curves: dict[str, Curve] = {}
    for size in sorted({job.size for job in jobs.values()}):
        if rank >= size:
            continue
        group = ProcessGroup(FileStore(str(folder / f"store{size}"), size), rank, size, CPU, 60) if size > 1 else None
        curves |= {name: _trained(job, group, folder) for name, job in jobs.items() if job.size == size}
        if group:
            group.close()
    if rank == 0:
        (folder / "curves.json").write_text(json.dumps(curves))


if __name__ == "__main__":
    _main(int(sys.argv[1]), Path(sys.argv[2]), {name: Job(**job) for name, job in json.loads(sys.argv[3]).items()})
