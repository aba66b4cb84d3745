"""Sets up what the process of a run needs before it trains: data, network, checkpoint and callbacks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nn_core.data import find_configured_dataset
from nn_core.devices import describe_device, use_threads
from nn_core.distributed.leader import Leader
from nn_core.i18n import _
from nn_core.jobs import messages
from nn_core.jobs.environment import describe_environment
from nn_core.jobs.live_views import PinnedDrawings, Previews, select_pins
from nn_core.jobs.recorder import Clock, Recorder, StatusWriter
from nn_core.models import count_parameters
from nn_core.runs import cut_metrics
from nn_core.runs.environment import record_environment
from nn_core.training.callbacks import Callback
from nn_core.training.checkpoint import load_checkpoint, remove_temp_files, repair_checkpoint, restore_checkpoint
from nn_core.training.setup import load_initial_weights, load_training_data
from nn_core.training.state import TrainState
from nn_core.vitals.recorder import make_vitals_callbacks

__all__ = ["ReadyRun", "set_up_run"]


@dataclass(frozen=True)
class ReadyRun:
    """A run that can train. callbacks: called between batches, in this order."""

    state: TrainState
    clock: Clock
    recorder: Recorder
    callbacks: Sequence[Callback]


def set_up_run(writer: StatusWriter, data_folder: Path, report: Callable[[str], object], leader: Leader) -> ReadyRun:
    """Load everything that the run needs.

    Args:
        report: Shows people a message.

    Raises:
        NNLabError: The run cannot be started or resumed.
        KeyboardInterrupt: A signal asks to stop meanwhile.
    """
    run = writer.run
    writer.update_status(
        status="running",
        activity="starting",
        message="",
        ended_early="",
        pid=os.getpid(),
        ranks=[],
        remaining_seconds=None,  # otherwise that of the process before
    )
    remove_temp_files(run)
    checkpoint, config = load_checkpoint(run), run.config()
    device = leader.send_run(run, config, checkpoint)
    use_threads(config.training.threads, leader.local_size)
    spec = find_configured_dataset(config.data, data_folder)
    if not spec.is_present(data_folder):
        report(_("Downloading {title} into {folder}.").format(title=spec.title, folder=data_folder))
        writer.update_status(activity="downloading")
    state = TrainState(config, load_training_data(run, config, data_folder), device)
    if checkpoint:
        restore_checkpoint(run, state, checkpoint)
        if repaired := repair_checkpoint(run, state, checkpoint):
            report(repaired)
            writer.update_status(message=repaired)
    else:
        load_initial_weights(run, state)
    leader.join(state)
    cut_metrics(run.metrics_file, checkpoint.metrics_size if checkpoint else 0)
    writer.update_status(device=str(describe_device(device)), parameters=count_parameters(state.model))
    record_environment(run, describe_environment(device, state.step, leader.local_size))
    report(messages.describe_start(run, state, writer.status))
    clock = Clock(checkpoint.elapsed_seconds if checkpoint else 0.0, state)
    recorder = Recorder(writer, state, clock, leader)
    pins = PinnedDrawings(state, select_pins(run, state, data_folder), recorder.add_line, report=report)
    previews = Previews(run, state, recorder.flush, report=report)
    vitals = make_vitals_callbacks(run, state, report=report)
    # In this order: a preview is never ahead of the metrics on disk.
    return ReadyRun(state, clock, recorder, (recorder, pins, previews, *vitals))
