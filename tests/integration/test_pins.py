"""A run in its own process predicts the pinned drawings while it trains; its weights are those of a run without them."""

import json
from pathlib import Path

import pytest
from processes import running
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.drawings.pins import Pin, add_pin, remove_pin
from nn_core.drawings.strokes import Drawing
from nn_core.jobs.launcher import launch_run
from nn_core.runs import History, RunFolder, create_run
from nn_core.transfer import import_run, write_archive

SEVEN = Drawing(280, 18, (((60, 70), (200, 70), (120, 230)),))
ONE = Drawing(280, 18, (((140, 40), (140, 240)),))
PINS = [Pin("a1", "my 7", "7", SEVEN), Pin("b2", "my 1", "1", ONE)]
CPU = "training.device=cpu"


def history_of(run: RunFolder) -> History:
    history = History(run.metrics_file)
    history.update()
    return history


def ended(run: RunFolder) -> None:
    wait_until(lambda: not run.status().is_active, f"{run.name} has ended")
    run.lock().release()


def test_a_run_with_pins_records_its_confidence_and_ends_with_the_same_weights(
    runs_root: Path, data_folder: Path, tmp_path: Path
) -> None:
    config = apply_settings(get_preset("simple_net"), ["training.epochs=150", CPU])
    plain = create_run(runs_root, config, "plain")
    launch_run(plain)
    ended(plain)
    assert history_of(plain).pinned == {}

    pins = [add_pin(data_folder, pin.drawing, label=pin.label, name=pin.name) for pin in PINS]
    run = create_run(runs_root, config, "asked")
    launch_run(run)
    running(run, 200)
    run.send_request("stop")
    ended(run)
    assert run.status().status == "stopped", "there is something to go on with"
    remove_pin(data_folder, pins[0].id)
    add_pin(data_folder, SEVEN, label="2", name="a late one")
    launch_run(run)
    ended(run)

    assert run.status().status == "finished"
    assert run.pins() == pins, "those that it began with"
    for name in ("last.safetensors", "best.safetensors"):
        assert (run.path / name).read_bytes() == (plain.path / name).read_bytes(), name
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    steps = [line["step"] for line in lines if line["kind"] == "pinned"]
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, run.status().step)
    curves = history_of(run).pinned
    assert set(curves) == {pin.id for pin in pins}
    for curve in curves.values():
        assert curve.share[0] == pytest.approx(0.1, abs=0.1)
        assert curve.share[-1] > 0.8
        assert curve.recognized_at is not None
        assert 0 < curve.recognized_at < 150

    with (tmp_path / "out.zip").open("wb") as stream:
        write_archive(run, stream)
    imported = import_run(tmp_path / "out.zip", runs_root, data_folder, name="imported")
    assert imported.notes == ()
    assert history_of(imported.run).pinned == curves
    assert imported.run.pins() == pins
