"""The command line that repeats a run gives exactly its settings, and the differences from the preset are marked."""

import shlex
from pathlib import Path

import pytest

from nn_core.config import PRESETS, apply_settings, get_preset
from nn_core.config.repeat import build_config, choose_preset, list_assignments, list_groups, make_command

CHANGES = {
    "simple": ("simple_net", ["optimizer.lr=0.5", "training.epochs=2"]),
    "other data": ("quick", ["data.name=pen_digits", "training.epochs=2"]),
    "other parts": ("mlp", ["optimizer.name=adam", "optimizer.lr=0.005", "scheduler.name=none", "model.hidden=[3,4]"]),
    "few examples": ("quick", ["data.train_examples=62", "training.batch_size=100", "training.epochs=12"]),
    "an own batch size": ("mlp", ["data.name=digits_8x8", "training.batch_size=7"]),
    "values to predict": ("plane", ["data.name=function", "data.plane.function=x1*x2", "loss.name=huber"]),
    "a boundary": ("plane", ["data.name=function", "data.plane.function=x2 > sin(3*x1)", "data.plane.noise=0.5"]),
    "rows of layers": ("layers", ['model.rows=[{"name": "flatten"}, {"name": "linear", "neurons": 7}]']),
    "another network": ("net", ["model.name=cnn", "model.head=mean"]),
    "texts like JSON": ("simple_net", ["training.start_from=007", "data.name=mnist"]),
    "quotes": ("simple_net", ['training.start_from=a\'b "c" $HOME `x` \\ \u202e ürk; rm']),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_command_gives_exactly_these_settings(change: tuple[str, list[str]], tmp_path: Path) -> None:
    preset, settings = change
    config = build_config(preset, settings, tmp_path)
    for start in (preset, choose_preset(config, tmp_path), "quick"):
        words = shlex.split(make_command(config, start, tmp_path))
        assert words[:6] == ["python", "-m", "nn_core", "train", "--preset", start]
        assert set(words[6::2]) <= {"--set"}
        assert build_config(start, words[7::2], tmp_path) == config


def test_a_setting_like_json_stays_a_text(tmp_path: Path) -> None:
    config = get_preset("simple_net")
    config = config.model_copy(update={"training": config.training.model_copy(update={"start_from": "007"})})
    assert list_assignments(config, "simple_net", tmp_path) == ["training.start_from=007"], "is no JSON"
    config = config.model_copy(update={"training": config.training.model_copy(update={"start_from": "7"})})
    assert list_assignments(config, "simple_net", tmp_path) == ['training.start_from="7"']


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_differs_in_nothing_from_itself(name: str, tmp_path: Path) -> None:
    config = get_preset(name)
    assert make_command(config, name, tmp_path) == f"python -m nn_core train --preset {name}"
    assert choose_preset(config, tmp_path) == name
    assert not any(setting.difference for group in list_groups(config, name, tmp_path) for setting in group.settings)


def test_the_command_has_only_what_differs(tmp_path: Path) -> None:
    config = build_config("quick", ["data.name=mnist"], tmp_path)
    assert config.training.epochs != get_preset("quick").training.epochs
    assert list_assignments(config, "quick", tmp_path) == ["data.name=mnist"], "the preset's epochs follow the data"


def test_differences_are_marked_in_words(tmp_path: Path) -> None:
    settings = ["optimizer.name=adam", "optimizer.lr=0.5", "model.dropout=0.5", "training.start_from=<b>x</b>"]
    config = apply_settings(get_preset("mlp"), settings)
    groups = list_groups(config, "mlp", tmp_path)
    titles = [group.title for group in groups]
    assert titles[0] == "Data"
    assert {"Network", "Optimizer", "Loss", "Learning rate schedule", "Training", "Augmentation"} <= set(titles)
    found = {setting.path: setting for group in groups for setting in group.settings}
    assert {path: setting.difference for path, setting in found.items() if setting.difference} == {
        "model.dropout": "preset: 0.2",
        "optimizer.name": "preset: adamw",
        "optimizer.lr": "default: 0.001",  # AdamW's own is no measure for Adam
        "training.start_from": "preset: –",
    }
    assert found["training.start_from"].value == "<b>x</b>"
    assert found["model.hidden"].value == "512, 256"
    assert found["training.checkpoint_seconds"].value == "5.0 s"
    assert "data.plane.points" not in found, "it has no effect on pictures"
