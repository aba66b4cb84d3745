"""The command backprop: its JSON agrees with a plain pass of the network that the run has saved."""

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from cli_in_process import command
from safetensors.torch import load_file
from untrained_runs import untrained_run

from nn_core.cli import app
from nn_core.models import build_model
from nn_core.runs import RunFolder
from nn_core.task import TaskSpec


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return untrained_run(tmp_path_factory.mktemp("runs"), "simple_net", "data.name=digits_8x8", "model.hidden=6")


def test_the_json_is_that_of_a_plain_pass(run: RunFolder) -> None:
    answer = command("backprop", run.path, "--sample", "5", "--json")
    assert (answer.code, answer.err) == (0, "")
    report = json.loads(answer.out)
    model = build_model(run.config().model, TaskSpec("pictures", (1, 8, 8), 10)).eval()
    model.load_state_dict(load_file(run.best_weights))
    inputs = torch.tensor(report["input"])
    assert inputs.shape == (1, 1, 8, 8)
    logits = model(inputs)
    loss = F.cross_entropy(logits, torch.tensor([report["target"]]))
    loss.backward()
    assert report["logits"] == logits[0].tolist()
    assert report["loss"] == loss.item()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert report["parameters"] == {
        name: {"gradient_norm": gradient.norm().item(), "gradient_sum": gradient.sum().item()}
        for name, gradient in gradients.items()
        if gradient is not None
    }
    for node in report["nodes"]:
        assert {"name", "module", "op", "shape", "output_norm", "gradient_norm"} <= set(node)
    assert report["finite_difference"]["agrees"]
    assert report["finite_difference"]["max_difference"] <= 1e-6
    assert report["optimizer_step"]["loss_after"] < report["loss"]
    assert report["without_gradient"] == []


def test_without_json_it_is_a_table(run: RunFolder) -> None:
    answer = command("backprop", run.path)
    assert answer.code == 0
    assert "1.addmm" in answer.out
    assert "Finite differences confirm the gradients" in answer.out


@pytest.mark.parametrize("sample", ["-1", "100000"])
def test_a_sample_that_does_not_exist_is_one_clear_line(run: RunFolder, sample: str) -> None:
    answer = command("backprop", run.path, "--sample", sample)
    assert (answer.code, answer.out) == (2, "")
    assert f"There is no test example {sample}" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_it_is_registered() -> None:
    assert "backprop" in {each.name for each in app.registered_commands}


def test_a_missing_run_is_one_clear_line(tmp_path: Path) -> None:
    answer = command("backprop", tmp_path / "nowhere")
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
