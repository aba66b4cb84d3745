"""The command compare, and what it says about runs that cannot be compared."""

import csv
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from cli_in_process import command
from in_process_runs import three_epochs, trained
from safetensors.torch import load_file
from scipy.stats import binomtest
from untrained_runs import untrained_run

from nn_core.data import load_dataset
from nn_core.data.split import split_train_val
from nn_core.data.transforms import normalize
from nn_core.evaluation.comparability import Remark, describe_comparability, gather_participants
from nn_core.evaluation.comparison import compare_runs
from nn_core.evaluation.comparison_report import make_disagreement_csv
from nn_core.models import build_model
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run, rename_run

DIGITS = "data.name=digits_8x8"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def train(root: Path, name: str, *settings: str) -> RunFolder:
    run = create_run(root, three_epochs(DIGITS, *settings), name)
    trained(run)
    return run


@pytest.fixture(scope="module")
def slow(root: Path) -> RunFolder:
    return train(root, "slow", "optimizer.lr=0.01")


@pytest.fixture(scope="module")
def fast(root: Path) -> RunFolder:
    return train(root, "fast", "optimizer.lr=0.05")


@pytest.fixture(scope="module")
def reseeded(root: Path) -> RunFolder:
    return train(root, "reseeded", "optimizer.lr=0.05", "training.seed=1", "data.validation_share=0.2")


def predict(run: RunFolder) -> torch.Tensor:
    """The answers of the network that the run has saved, without any of what is tested here."""
    dataset = load_dataset(run.config().data, get_data_folder())
    model = build_model(run.config().model, dataset.spec.task).eval()
    model.load_state_dict(load_file(run.best_weights))
    with torch.inference_mode():
        return model(normalize(dataset.test.inputs, dataset.spec)).argmax(dim=1)


def remarks(*runs: RunFolder) -> list[Remark]:
    return describe_comparability(gather_participants(runs, get_data_folder()))


def test_the_json_has_the_promised_fields_and_their_values(slow: RunFolder, fast: RunFolder) -> None:
    answer = command("compare", slow.path, fast.path, "--json")
    assert (answer.code, answer.err) == (0, "")
    report = json.loads(answer.out)
    labels = load_dataset(slow.config().data, get_data_folder()).test.labels
    predicted = [predict(run) for run in (slow, fast)]
    right = [each == labels for each in predicted]
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    assert report["accuracy"] == [each.double().mean().item() for each in right]
    assert report["difference"] == pytest.approx(report["accuracy"][1] - report["accuracy"][0])
    assert (report["only_first_right"], report["only_second_right"]) == (only_first, only_second)
    assert report["p_value"] == pytest.approx(binomtest(only_first, only_first + only_second).pvalue)
    low, high = report["interval"]
    assert low < report["difference"] < high
    assert report["settings"] == {"optimizer.lr": [0.01, 0.05]}
    different = (predicted[0] != predicted[1]).nonzero().flatten().tolist()
    assert [each["index"] for each in report["disagreements"]] == different
    assert report["agreement"][0][1] == pytest.approx(1 - len(different) / len(labels))


def test_several_runs_have_pairs(slow: RunFolder, fast: RunFolder, reseeded: RunFolder) -> None:
    report = json.loads(command("compare", slow.path, fast.path, reseeded.path, "--json").out)
    assert [(pair["first"], pair["second"]) for pair in report["pairs"]] == [
        ("slow", "fast"),
        ("slow", "reseeded"),
        ("fast", "reseeded"),
    ]
    assert all(pair["corrected_p_value"] >= pair["p_value"] for pair in report["pairs"])
    assert "difference" not in report


def test_without_json_it_is_text_that_keeps_hostile_names_as_text(slow: RunFolder, fast: RunFolder) -> None:
    rename_run(fast, name="\u202e<b>x</b> =1+1", note="a note")
    answer = command("compare", slow.path, fast.path)
    assert answer.out.startswith("- A: slow\n- B: <b>x</b> =1+1\n")
    assert "more of" in answer.out
    assert "- optimizer.lr: A 0.01, B 0.05" in answer.out
    assert "note" not in answer.out


def test_what_it_says_about_the_splits_is_true(slow: RunFolder, fast: RunFolder, reseeded: RunFolder) -> None:
    datasets = [load_dataset(run.config().data, get_data_folder()) for run in (slow, fast, reseeded)]
    held_out = [
        split_train_val(data, run.config().data.validation_share, run.config().training.seed)[1].tolist()
        for data, run in zip(datasets, (slow, fast, reseeded), strict=True)
    ]
    assert all(torch.equal(one.test.inputs, other.test.inputs) for one, other in pairwise(datasets))
    assert held_out[0] == held_out[1] != held_out[2]
    same = [remark.sentence for remark in remarks(slow, fast)]
    assert len(same) == 2
    assert "which none of them used for training or to choose its best epoch" in same[0]
    assert same[1] == "They were also trained and validated on the same pictures: seed and shares are equal."
    other = [remark.sentence for remark in remarks(slow, fast, reseeded)]
    assert any(sentence.startswith("Their seeds differ (A, B: 0; C: 1).") for sentence in other)
    assert any("(A, B: 10 %; C: 20 %)" in sentence for sentence in other)
    assert not any("trained and validated on the same" in sentence for sentence in other)


@pytest.mark.parametrize(
    ("preset", "settings", "reason"),
    [
        ("autoencoder", ["model.latent=2"], "do different things (A: classify; B: reconstruct their input)"),
        ("simple_net", [], "tested on different examples (A: "),
    ],
)
def test_runs_that_cannot_be_compared_still_show_their_settings(
    slow: RunFolder, tmp_path: Path, preset: str, settings: list[str], reason: str
) -> None:
    other = untrained_run(tmp_path, preset, *settings)
    report = json.loads(command("compare", slow.path, other.path, "--json").out)
    assert reason in report["remarks"][0]
    assert report["accuracy"] == [None, None]
    assert report["difference"] is None
    assert report["settings"]["data.name"] == ["digits_8x8", "mnist_sample"]


def test_points_with_other_settings_are_other_examples(tmp_path: Path) -> None:
    one, other = (
        untrained_run(tmp_path, "plane", f"data.plane.noise={noise}", name=f"n{noise}") for noise in (0.1, 0.2)
    )
    (remark,) = remarks(one, other)
    assert remark.kind == "blocks"
    assert "with different settings, so their test points differ" in remark.sentence


def test_a_network_whose_data_is_missing_answers_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "nothing"))
    sample, absent = (
        untrained_run(tmp_path, "simple_net", f"data.name={name}", name=name) for name in ("mnist_sample", "mnist")
    )
    sentences = [remark.sentence for remark in remarks(sample, absent)]
    assert any(
        "The data set of B, MNIST" in sentence and "is not on this machine" in sentence for sentence in sentences
    )
    assert not any("none of them used" in sentence for sentence in sentences)


def test_errors_of_regressions_are_compared(tmp_path: Path) -> None:
    settings = ["data.name=hills", "loss.name=mse"]
    one = untrained_run(tmp_path, "plane", *settings, name="one")
    other = untrained_run(tmp_path, "plane", *settings, "model.hidden=[4]", name="other")
    report = json.loads(command("compare", one.path, other.path, "--json").out)
    assert report["accuracy"] == [None, None]
    assert report["only_first_right"] is None
    assert report["difference"] == pytest.approx(report["error"][1] - report["error"][0])
    assert report["disagreements"] == []
    assert "mean error" in report["verdict"]


def test_cells_that_a_spreadsheet_would_compute_are_quoted(slow: RunFolder, fast: RunFolder) -> None:
    comparison = compare_runs(gather_participants([slow, fast], get_data_folder()), get_data_folder())
    first = comparison.participants[0]
    data = replace(first.data, spec=replace(first.data.spec, classes=tuple(f"=cmd{index}" for index in range(10))))
    comparison = replace(comparison, participants=(replace(first, data=data), comparison.participants[1]))
    rows = list(csv.DictReader(make_disagreement_csv(comparison).splitlines()))
    assert len(rows) == len(comparison.find_disagreements())
    assert all(row["correct"].startswith("'=cmd") for row in rows)
    assert set(rows[0]) == {"example", "correct", "answer of A", "confidence of A", "answer of B", "confidence of B"}


def test_wrong_requests_are_one_clear_line(slow: RunFolder, tmp_path: Path) -> None:
    damaged = untrained_run(tmp_path, "simple_net", DIGITS, name="damaged")
    damaged.best_weights.write_bytes(b"no weights")
    queued = create_run(tmp_path, three_epochs(DIGITS), "queued")
    empty = untrained_run(tmp_path, "simple_net", DIGITS, name="empty")
    empty.best_weights.unlink()
    others = [untrained_run(tmp_path, "simple_net", DIGITS, name=f"other-{number}").path for number in range(8)]
    for runs, words in (
        ([slow.path], "needs 2 to 8 runs, and 1 were given: add another one"),
        ([slow.path, *others], "and 9 were given: leave some out"),
        ([slow.path, slow.path], "Run 'slow' was given twice"),
        ([slow.path, "no-such-run"], "No run named 'no-such-run'"),
        ([slow.path, damaged.path], "Run 'damaged' has a damaged file"),
        ([slow.path, empty.path], "has no trained weights yet"),
    ):
        answer = command("compare", *runs)
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
        assert answer.err.count("\n") == 1
    with queued.lock():
        queued.write_status(queued.status().model_copy(update={"status": "running"}))
        answer = command("compare", slow.path, queued.path)
    assert "Run 'queued' is running: compare it when its training has ended." in answer.err
