"""From which preset a run started, and what its command line does not repeat."""

from pathlib import Path

from nn_core.config import apply_settings, get_preset
from nn_core.runs import History, append_metrics, create_run
from nn_core.runs.run_command import find_origin, list_limits, make_run_command


def test_the_recorded_preset_counts_and_otherwise_the_nearest(tmp_path: Path) -> None:
    config = apply_settings(get_preset("plane"), ["training.epochs=7"])
    recorded = create_run(tmp_path, config, "recorded", preset="mlp")
    assert find_origin(recorded, tmp_path) == ("mlp", True)
    unknown = create_run(tmp_path, config, "unknown")
    assert find_origin(unknown, tmp_path) == ("plane", False)
    assert make_run_command(unknown, tmp_path) == "python -m nn_core train --preset plane --set training.epochs=7"
    removed = create_run(tmp_path, config, "removed", preset="of another version")
    assert find_origin(removed, tmp_path) == ("plane", False)


def test_imported_weights_have_no_command(tmp_path: Path) -> None:
    run = create_run(tmp_path, get_preset("simple_net"), "imported")
    run.write_status(run.status().model_copy(update={"status": "finished"}))
    assert make_run_command(run, tmp_path) == ""


def test_what_the_command_does_not_repeat_is_said(tmp_path: Path) -> None:
    run = create_run(tmp_path, get_preset("simple_net"), "changed")
    assert list_limits(run, History(run.metrics_file)) == []
    turn = {"kind": "turn", "step": 1, "epoch": 0.1, "lr": 0.5}
    edit = {"kind": "edit", "step": 1, "epoch": 0.1, "parameter": "1.weight", "index": [0], "value": 0.5}
    append_metrics(run.metrics_file, [turn, turn, edit])
    history = History(run.metrics_file)
    history.update()
    rate, weights = list_limits(run, history)
    assert "learning rate was changed (2×)" in rate
    assert "single weights were set (1×)" in weights
    run.write_config(apply_settings(run.config(), ["training.start_from=other", "data.drawings.share=0.1"]))
    drawings, start = list_limits(run, History(tmp_path / "none"))
    assert "drawings that are stored now" in drawings
    assert "training.start_from" in start
