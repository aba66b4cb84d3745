"""Fine-tuning on the command line."""

import json
from pathlib import Path

import pytest
from processes import assert_one_line, nn_core
from safetensors.torch import load_file
from untrained_runs import untrained_run
from upside_down_sevens import sevens, upside_down_seven

from nn_core.config import apply_settings, get_preset
from nn_core.drawings.corrections import Correction, pack_corrections
from nn_core.errors import BadInput
from nn_core.finetuning.report import FinetuneReport, read_finetune_report
from nn_core.finetuning.run import create_finetune_run, list_finetune_runs
from nn_core.inference import load_network, predict_drawing
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import create_run, find_run, list_runs


def test_the_command_line_starts_from_a_run_and_resumes_it(runs_root: Path) -> None:
    untrained_run(runs_root, "simple_net", name="parent")
    settings = ("optimizer.lr=1e-6", "training.batch_size=500", "training.start_from=parent")
    arguments = [part for setting in settings for part in ("--set", setting)]
    result = nn_core("train", "--preset", "simple_net", "--name", "child", *arguments, "--set", "training.epochs=1")
    assert result.returncode == 0, result.stderr
    child = find_run(runs_root, "child")
    weights = load_file(find_run(runs_root, "parent").best_weights)
    moved = [float((tensor - weights[name]).abs().max()) for name, tensor in load_file(child.best_weights).items()]
    assert 0 < max(moved) < 0.01, "a rate of nearly nothing leaves the weights where they began"
    steps = child.status().step
    result = nn_core("resume", "child", "--set", "training.epochs=2")
    assert result.returncode == 0, result.stderr
    assert (child.status().step, child.status().epochs_done) == (2 * steps, 2)
    assert_one_line(nn_core("train", "--name", "other", "--set", "training.start_from=nobody"), "No run named 'nobody'")
    assert_one_line(nn_core("train", "--name", "other", "--set", "training.start_from=parent"), "Set model.name to")
    assert [run.name for run in list_runs(runs_root)].count("other") == 0


def test_a_run_that_asks_for_drawings_needs_some(tmp_path: Path, data_folder: Path, runs_root: Path) -> None:
    config = apply_settings(get_preset("mlp"), ["data.drawings.share=0.2"])
    with pytest.raises(BadInput, match="there are none"):
        create_run(tmp_path, config, "child")
    assert_one_line(nn_core("train", "--set", "data.drawings.share=0.2"), "data.drawings.share = 0.2", "there are none")
    assert list_runs(runs_root) == []


# Fine-tuning


def test_finetuning_improves_the_drawings_and_keeps_the_test_accuracy(
    data_folder: Path, runs_root: Path, tmp_path: Path
) -> None:
    drawings = tmp_path / "mine.jsonl"
    drawings.write_bytes(pack_corrections(sevens()))
    result = nn_core("teach", SHIPPED_RUN.name, "--drawings", drawings, "--name", "taught")
    assert result.returncode == 0, result.stderr
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    before, after = told["before"], told["after"]
    assert (told["run"], told["parent"], told["test_samples"]) == ("taught", SHIPPED_RUN.name, 1000)
    assert (before["of"], after["of"]) == (10, 10)
    assert before["right"] <= 3
    assert after["right"] >= 9
    assert after["test_accuracy"] >= before["test_accuracy"] - 0.002
    assert {each["label"] for each in told["drawings"]} == {"7"}
    assert sum(each["after"] == "7" and not each["after_refused"] for each in told["drawings"]) == after["right"]
    for figures, time in ((before, "before"), (after, "after")):
        assert figures["right"] + figures["wrong"] + figures["refused"] == 10
        assert sum(each[f"{time}_refused"] for each in told["drawings"]) == figures["refused"]
    assert before["refused"] >= 5, "nobody turns a 7 upside down: the network has seen nothing like it"
    assert after["refused"] <= 1
    run = find_run(runs_root, "taught")
    assert read_finetune_report(run) == FinetuneReport.model_validate(told)
    evaluation = run.evaluation()
    assert evaluation
    assert evaluation.accuracy == pytest.approx(after["test_accuracy"])
    assert list_finetune_runs(runs_root, SHIPPED_RUN.name) == [run]
    # What was counted is what the Draw page says of each drawing.
    parent, taught = (load_network(each, data_folder) for each in (find_run(runs_root, SHIPPED_RUN.name), run))
    for each, drawn in zip(told["drawings"], sevens(), strict=True):
        for network, time in ((parent, "before"), (taught, "after")):
            prediction = predict_drawing(network, drawn.drawing)
            assert prediction is not None
            assert (prediction.label, prediction.is_out_of_distribution) == (each[time], each[f"{time}_refused"])
    was, now = before["refused"], after["refused"]
    assert f"not recognised {was} → {now} of 10. Test accuracy: " in run.log_file.read_text()
    assert run.status().steps <= 300, (
        "a fine-tuning run is short: about two seconds on a machine that does nothing else"
    )


def test_finetuning_needs_drawings_and_a_network_for_pictures(
    data_folder: Path, runs_root: Path, tmp_path: Path
) -> None:
    quick = untrained_run(runs_root, "quick")
    for run, drawings, sentence in (
        (quick, [], "there are no drawings yet"),
        (quick, [Correction("cat", upside_down_seven(0))], "there are only drawings of cat"),
        (untrained_run(runs_root, "autoencoder"), sevens(), "predicts no class"),
        (untrained_run(runs_root, "text_cnn"), sevens(), "not pictures"),
        (untrained_run(runs_root, "quick", "data.name=cifar10", name="photos"), sevens(), "are photos"),
        (untrained_run(runs_root, "quick", "data.name=fashion_mnist", name="clothes"), sevens(), "not on this machine"),
    ):
        with pytest.raises(BadInput, match=sentence):
            create_finetune_run(runs_root, run, drawings, data_folder)
    assert list_finetune_runs(runs_root, "quick") == []
    assert_one_line(nn_core("teach", "quick"), "there are no drawings yet")
    file = tmp_path / "mine.jsonl"
    file.write_text('{"size": 280, "pen_width": 18, "strokes": [[[140, 50], [140, 230]]]}\n')
    assert_one_line(nn_core("teach", "quick", "--drawings", file), "mine.jsonl, line 1", "label")
    assert_one_line(nn_core("teach", "quick", "--drawings", tmp_path), "Cannot read the drawings")
