"""The body of a process that shares a run led by another process: it computes its shard of each batch and writes nothing."""

import io
import signal
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from nn_core.config import RunConfig
from nn_core.devices import use_threads
from nn_core.distributed.leader import Command
from nn_core.distributed.process_group import ProcessGroup
from nn_core.distributed.rendezvous import Launch, LaunchOver
from nn_core.distributed.sync_layers import join_process_group
from nn_core.errors import NNLabError
from nn_core.runs import RunFolder
from nn_core.training.forward import translate_compute_errors
from nn_core.training.loop import train
from nn_core.training.setup import load_initial_weights, load_training_data
from nn_core.training.state import TrainState
from nn_core.training.state_schema import SavedState

__all__ = ["run_follower"]


def run_follower(launch: Launch, data_folder: Path) -> None:
    """Follow the leader until it ends the training or cancels the launch.

    Raises:
        RunFailed: Another process has failed.
        NNLabError: This process has failed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(LaunchOver):
        run = launch.receive_run()
        config = RunConfig.model_validate(run["config"])
        with translate_compute_errors(lambda: config.training.batch_size), launch.translate_peer_errors():
            _join_and_train(launch, config, run["run"], data_folder)


def _join_and_train(launch: Launch, config: RunConfig, run_name: str, data_folder: Path) -> None:
    device = launch.get_device(config.training)
    use_threads(config.training.threads, launch.local_size)
    with launch.join(device) as group:
        try:
            state = _build_state(group, config, run_name, data_folder, device)
        except NNLabError as error:
            launch.report_ready(device, str(error))
            raise
        launch.report_ready(device)
        launch.wait_for_start()
        # torchrun sends SIGTERM to all processes; the leader then stops the run and releases the others.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        join_process_group(state, group)
        with suppress(LaunchOver):  # here, so that the group is closed and not aborted
            next_sync_step = _handle_commands(state, group)
            for _event in train(state):
                if state.step >= next_sync_step:
                    next_sync_step = _handle_commands(state, group)
            _handle_commands(state, group)


def _build_state(
    group: ProcessGroup, config: RunConfig, run_name: str, data_folder: Path, device: torch.device
) -> TrainState:
    """Build the leader's state from what it sends. The run's files are stored in a temporary folder meanwhile."""
    drawings, weights, packed = (group.broadcast_bytes() for _ in range(3))
    with TemporaryDirectory(prefix="nn-lab-") as folder:
        run = RunFolder(Path(folder) / run_name)
        run.path.mkdir()
        run.drawings_file.write_bytes(drawings)
        run.start_weights.write_bytes(weights)
        state = TrainState(config, load_training_data(run, config, data_folder), device)
        if packed:
            saved = torch.load(io.BytesIO(packed), map_location="cpu", weights_only=True)
            state.restore(SavedState.from_dict(saved))
        else:
            load_initial_weights(run, state)
    return state


def _handle_commands(state: TrainState, group: ProcessGroup) -> int:
    """Obey the leader until it sends TRAIN or END. Returns the step of the next sync point. Raises LaunchOver at the end."""
    while True:
        command, number = group.broadcast(0.0, 0.0)
        match Command(int(command)):
            case Command.TRAIN:
                return int(number)
            case Command.SET_LR:
                state.base_lr = number
            case Command.SET_WEIGHT:
                number, place, value = group.broadcast(0.0, 0.0, 0.0)
                state.set_weight(int(number), int(place), value)
            case Command.SUM_METRICS:
                state.sum_pending()
            case Command.MEASURE:
                group.gather(*group.measure_throughput())
            case Command.END:
                raise LaunchOver
            case Command.WAIT:
                continue
