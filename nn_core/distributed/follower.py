"""The body of a process that shares a run which another one leads: it computes its part of each batch, and writes nothing."""

import io
import signal
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from nn_core.config import RunConfig
from nn_core.devices import use_threads
from nn_core.distributed.coordinator import Command
from nn_core.distributed.process_group import SharedGroup, is_peer_error
from nn_core.distributed.rendezvous import Launch, LaunchOver
from nn_core.errors import NNLabError, RunFailed
from nn_core.runs import RunFolder
from nn_core.training.errors import translate_compute_errors
from nn_core.training.loop import train
from nn_core.training.setup import load_initial_weights, load_training_data
from nn_core.training.state import TrainState

__all__ = ["run_follower"]


def run_follower(launch: Launch, data_folder: Path) -> None:
    """Returns when the leader has no more use for this process, well or because it had none at all. Raises NNLabError when this
    one fails, RunFailed when another one did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(LaunchOver):
        told = launch.hear()
        config = RunConfig.model_validate(told["config"])
        with translate_compute_errors(lambda: config.training.batch_size):
            try:
                _share(launch, config, told["run"], data_folder)
            except RuntimeError as error:
                if is_peer_error(error):
                    raise RunFailed(launch.why_broken()) from error
                raise


def _share(launch: Launch, config: RunConfig, name: str, data_folder: Path) -> None:
    device = launch.device(config.training)
    use_threads(config.training.threads, launch.local_size)
    with launch.join(device) as group:
        try:
            session = _session(group, config, name, data_folder, device)
        except NNLabError as error:
            launch.note_set_up(device, str(error))
            raise
        launch.note_set_up(device)
        launch.await_start()
        # Torchrun sends it to all of them; the leader ends in good order then, and says so.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        session.join(group)
        _learn(session, group)


def _learn(session: TrainState, group: SharedGroup) -> None:
    """To the end of the training, or until the leader says END."""
    next_meeting = _listen(session, group)
    if next_meeting is None:
        return
    for _event in train(session):
        if session.step >= next_meeting:
            next_meeting = _listen(session, group)
            if next_meeting is None:
                return
    _listen(session, group)


def _session(group: SharedGroup, config: RunConfig, name: str, data_folder: Path, device: torch.device) -> TrainState:
    """As the leader has it, of what the leader sends: the files of the run that matter here lie in a folder for a moment."""
    drawings, weights, packed = (group.told_bytes() for _ in range(3))
    with TemporaryDirectory(prefix="nn-lab-") as folder:
        run = RunFolder(Path(folder) / name)
        run.path.mkdir()
        run.drawings_file.write_bytes(drawings)
        run.start_weights.write_bytes(weights)
        session = TrainState(config, load_training_data(run, config, data_folder), device)
        if packed:
            session.restore(torch.load(io.BytesIO(packed), map_location="cpu", weights_only=True))
        else:
            load_initial_weights(run, session)
    return session


def _listen(session: TrainState, group: SharedGroup) -> int | None:
    """Do what the leader says, until it says to train on: the step at which to listen again; None to end."""
    while True:
        what, number = group.told(0.0, 0.0)
        match Command(int(what)):
            case Command.GO:
                return int(number)
            case Command.TURN:
                session.base_rate = number
            case Command.SUM_UP:
                session.pending()
            case Command.PACE:
                group.gather(*group.pace())
            case Command.END:
                return None
            case Command.WAIT:
                continue
