"""A run in its own process writes previews while it trains, while it is paused and afterwards."""

from pathlib import Path

from processes import running
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.jobs.launcher import launch_run
from nn_core.jobs.previews import Reconstructions, read_preview
from nn_core.runs import create_run


def test_a_run_has_a_preview_while_it_trains_while_it_is_paused_and_afterwards(runs_root: Path) -> None:
    settings = ["model.name=autoencoder", "loss.name=mse", "training.epochs=10000", "training.device=cpu"]
    run = create_run(runs_root, apply_settings(get_preset("quick"), [*settings, "data.augmentation.rotate=0"]))
    launch_run(run)
    running(run)
    first = wait_until(lambda: read_preview(run, Reconstructions), "the first preview is there")
    wait_until(lambda: read_preview(run, Reconstructions) not in (None, first), "a second one has replaced it")
    run.send_request("pause")
    wait_until(lambda: run.status().status == "paused", "the run is paused")
    paused = read_preview(run, Reconstructions)
    assert paused
    assert paused.step == run.status().step
    run.send_request("stop")
    wait_until(lambda: run.status().status == "stopped", "the run has stopped")
    assert read_preview(run, Reconstructions) == paused
