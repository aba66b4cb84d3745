"""`predict --text`."""

import json
from pathlib import Path

import pytest
from cli_in_process import nn_core
from processes import assert_one_line
from untrained_runs import untrained_run

from nn_core.inference import load_network, predict_text
from nn_core.paths import get_data_folder


def test_predict_reads_texts(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_rnn")
    result = nn_core("predict", run.name, "--text", "Kowalski", "--text", "O'Brien", "--text", " ")
    assert (result.returncode, result.stderr) == (0, "")
    first, second, empty = (json.loads(line) for line in result.stdout.splitlines())
    network = load_network(run, get_data_folder())
    for line, text in ((first, "Kowalski"), (second, "O'Brien")):
        expected = predict_text(network, text)
        assert expected
        assert line["label"] == expected.label
        assert line["probabilities"] == pytest.approx(expected.probabilities, abs=1e-5)
    assert (empty["label"], empty["probabilities"]) == (None, {})


def test_predict_of_a_wrong_kind_gives_a_message(runs_root: Path, tmp_path: Path) -> None:
    names, digits = untrained_run(runs_root, "text_cnn"), untrained_run(runs_root, "simple_net")
    painter = untrained_run(runs_root, "autoencoder")
    drawings = tmp_path / "drawings.jsonl"
    drawings.write_text('{"size": 280, "pen_width": 18, "strokes": [[[140, 50], [140, 230]]]}\n')
    assert_one_line(nn_core("predict", digits.name, "--text", "Kowalski"), "mnist_sample", "Choose a run")
    assert_one_line(nn_core("predict", names.name, "--drawings", drawings), "surnames", "Choose a run")
    assert_one_line(nn_core("predict", painter.name, "--drawings", drawings), "predicts no class", "Choose a run")
    assert_one_line(nn_core("predict", names.name, "--text", "x", "--drawings", drawings), "--text", "--drawings")
