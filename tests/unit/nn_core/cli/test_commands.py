"""Commands in this process: options, help, and one line for bad input."""

import json
import os
from pathlib import Path

import pytest
from cli_in_process import command as ask

from nn_core.cli.train import build_config
from nn_core.config import get_default_epochs
from nn_core.data import DATASETS
from nn_core.models import ACTIVATIONS, MODELS
from nn_core.training import LOSSES, OPTIMIZERS, SCHEDULERS


def test_options_name_everything_that_is_registered() -> None:
    answer = ask("options", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out) == {
        "models": list(MODELS),
        "datasets": list(DATASETS),
        "activations": list(ACTIVATIONS),
        "optimizers": list(OPTIMIZERS),
        "losses": list(LOSSES),
        "schedulers": list(SCHEDULERS),
    }
    assert "models: " in ask("options").out


def test_train_takes_the_epochs_of_the_preset_on_the_data_set(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"data": {"name": "fashion_mnist"}}')

    def epochs(config_file: Path | None, *settings: str) -> int:
        return build_config("quick", settings, tmp_path, config_file).training.epochs

    assert epochs(None) == get_default_epochs("quick", "mnist_sample")
    assert epochs(None, "data.name=mnist") == get_default_epochs("quick", "mnist")
    assert epochs(file) == get_default_epochs("quick", "fashion_mnist")
    assert epochs(file, "data.name=pen_digits") == get_default_epochs("quick", "pen_digits")
    assert epochs(file, "training.epochs=7") == 7
    file.write_text('{"data": {"name": "mnist"}, "training": {"epochs": 5}}')
    assert epochs(file) == 5
    assert build_config("quick", [], tmp_path, file).data.name == "mnist"


# Bad input: one line on stderr that names it, nothing on stdout, status 2


BAD: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("Missing command", "--help"),
    ("frobnicate",): ("No such command 'frobnicate'",),
    ("info",): ("Missing argument 'RUN'",),
    ("info", "a", "b"): ("unexpected extra argument",),
    ("train", "--presets", "net"): ("No such option: --presets",),
    ("train", "--preset"): ("--preset", "requires an argument"),
    ("train", "--preset", "lenet"): ("Unknown preset 'lenet'", "Did you mean 'net'?", "quick"),
    ("train", "--set", "training.epochs"): ("'training.epochs' is not a setting", "training.epochs=5"),
    ("train", "--set", "training.epochs=0"): ("training.epochs = 0", "at least 1"),
    ("train", "--set", "model.name=resnet9"): ("Unknown model 'resnet9'", "Choose one of: attention, autoencoder, cnn"),
    ("train", "--set", "modle.name=net"): ("Unknown setting 'modle'", "Did you mean 'model'?"),
    ("train", "--set", "training.device=tpu"): ("'tpu'", "cpu"),
    ("train", "--config", "absent.json"): ("absent.json", "No such file"),
    ("train", "--name", "../escape"): ("'../escape' cannot be the name of a run",),
    ("info", "no-such-run"): ("No run named 'no-such-run'",),
    ("info", "no/such/run"): ("no run folder 'no/such/run'",),
    ("info", ".."): ("..",),
    ("resume", "no-such-run"): ("No run named 'no-such-run'",),
    ("stop", "no-such-run"): ("No run named 'no-such-run'",),
    ("pause", "no-such-run"): ("No run named 'no-such-run'",),
    ("evaluate", "no-such-run"): ("No run named 'no-such-run'",),
    ("predict", "no-such-run", "a.png"): ("No run named 'no-such-run'",),
    ("download", "cifar"): ("Unknown data set 'cifar'", "mnist"),
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input_gets_one_line(runs_root: Path, arguments: tuple[str, ...]) -> None:
    answer = ask(*arguments)
    assert answer.code == 2, answer.err
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1, answer.err
    for words in BAD[arguments]:
        assert words in answer.err
    assert not runs_root.exists() or not os.listdir(runs_root), "nothing was begun"


def test_help_names_every_command() -> None:
    answer = ask("--help")
    assert answer.code == 0
    for command in ("presets", "train", "resume", "stop", "pause", "evaluate", "predict", "info", "list", "options"):
        assert command in answer.out
