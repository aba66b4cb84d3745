"""What a run is called: its name, or what distinguishes it."""

from pathlib import Path

import pytest
from processes import SUPPORT

from nn_core.config import PRESETS, apply_settings, get_preset
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, RunLabel, create_run, describe_settings, list_runs, make_titles
from nn_core.settings import get_title


def add(root: Path, preset: str, *settings: str, name: str = "", created_at: str = "") -> RunFolder:
    run = create_run(root, apply_settings(get_preset(preset), settings), label=RunLabel(name=name))
    if created_at:
        run.write_status(run.status().model_copy(update={"created_at": created_at}))
    return run


def titles(*runs: RunFolder) -> list[str]:
    found = make_titles(runs)
    assert len(set(found.values())) == len(runs), "no two runs have the same title"
    return [found[run.name] for run in runs]


@pytest.mark.parametrize(
    ("preset", "settings", "title"),
    [
        ("simple_net", ["optimizer.lr=5"], "Simple network, rate 5"),
        ("simple_net", [], "Simple network"),
        ("quick", ["data.name=mnist", "training.epochs=2"], "Quick convolutional network, MNIST"),
        ("quick", ["data.name=mnist", "training.epochs=12"], "Quick convolutional network, MNIST, 12 epochs"),
        ("net", ["training.epochs=1", "training.seed=7"], "Classic convolutional network, 1 epoch, seed 7"),
        ("net", ["optimizer.nesterov=true"], "Classic convolutional network, nesterov"),
        ("mlp", ["model.hidden=[64,32]", "model.dropout=0"], "Dense layers (MLP), hidden layers 64-32, dropout 0"),
        ("mlp", ["model.formula=x*sin(x)"], "Dense layers (MLP)"),
        (
            "mlp",
            ["model.activation=formula", "model.formula=x*sin(x)"],
            "Dense layers (MLP), activation formula, f(x) = x*sin(x)",
        ),
        ("plane", [], "Dense layers (MLP)"),
        ("cnn", ["optimizer.name=sgd", "optimizer.lr=0.1"], "Convolutional network (CNN), SGD, rate 0.1"),
        ("cnn", ["optimizer.name=sgd"], "Convolutional network (CNN), SGD"),
        ("layers", ['model.rows=[{"name": "flatten"}]'], "Your own layers, rows 1"),
        ("simple_net", ["training.device=cpu", "training.threads=2", "training.compile=true"], "Simple network"),
        ("simple_net", ["data.name=own-gone"], "Simple network, own-gone"),
    ],
)
def test_a_run_without_a_name_is_called_by_what_differs_from_its_preset(
    preset: str, settings: list[str], title: str
) -> None:
    config = apply_settings(get_preset(preset), settings)
    assert describe_settings(config) == title


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_called_by_its_network(preset: str) -> None:
    assert describe_settings(PRESETS[preset]) == get_title(type(PRESETS[preset].model))


def test_a_title_names_at_most_three_settings() -> None:
    settings = ["training.ema=0.9", "training.epochs=3", "optimizer.lr=1", "training.seed=4", "training.batch_size=10"]
    title = describe_settings(apply_settings(get_preset("simple_net"), settings))
    assert title == "Simple network, rate 1, 3 epochs, batch size 10"


def test_a_name_counts_and_then_that_of_the_folder(tmp_path: Path) -> None:
    named = add(tmp_path, "simple_net", name="first try")
    older = create_run(tmp_path, get_preset("simple_net"), "baseline")
    playground = create_run(tmp_path, get_preset("plane"), "playground-2026-11-28-quiet-otter")
    imported = create_run(tmp_path, get_preset("net"), "2026-11-28-quiet-otter-2")
    shipped = RunFolder(SHIPPED_RUN)
    assert titles(named, older, playground, imported, shipped) == [
        "first try",
        "baseline",
        "Dense layers (MLP)",
        "Classic convolutional network",
        "pretrained-digits",
    ]


def test_runs_that_read_the_same_are_told_apart_by_their_settings(tmp_path: Path) -> None:
    runs = [
        add(tmp_path, "simple_net"),
        add(tmp_path, "simple_net", "training.seed=1"),
        add(tmp_path, "simple_net", name="test"),
        add(tmp_path, "simple_net", "optimizer.lr=0.5", "training.epochs=3", name="test"),
        add(tmp_path, "net", name="שלום"),
        add(tmp_path, "net", "loss.name=nll", name="שלום"),
    ]
    assert titles(*runs) == [
        "Simple network",
        "Simple network, seed 1",
        "test, rate 0.01",
        "test, rate 0.5",
        "\N{FIRST STRONG ISOLATE}שלום\N{POP DIRECTIONAL ISOLATE}, Cross-entropy",
        "\N{FIRST STRONG ISOLATE}שלום\N{POP DIRECTIONAL ISOLATE}, Negative log-likelihood",
    ]


def test_runs_with_the_same_settings_are_told_apart_by_their_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = ["optimizer.lr=3", "training.epochs=3", "training.batch_size=7"]
    runs = [
        add(tmp_path, "net", created_at="2026-11-27T10:00:05+00:00"),
        add(tmp_path, "net", created_at="2026-11-28T10:00:05+00:00"),
        add(tmp_path, "net", created_at="2026-11-28T10:00:06+00:00"),
        add(tmp_path, "quick", created_at="2026-11-28T10:00:05+00:00"),
        add(tmp_path, "quick", created_at="2026-11-28T10:00:05+00:00"),
        add(tmp_path, "mlp", *many),
        add(tmp_path, "mlp", *many, "training.ema=0.9"),
    ]
    named = titles(*runs)
    assert [title.partition(", 2026")[0] for title in named[:3]] == ["Classic convolutional network"] * 3
    assert [title[-5:].count(":") for title in named[:3]] == [1, 1, 1]
    assert {title[-3:] for title in named[1:3]} == {":05", ":06"}, "seconds where the minute is the same"
    assert [title.endswith(run.name) for title, run in zip(named[3:5], runs[3:5], strict=True)] == [True, True]
    assert [title.rpartition(", ")[2] for title in named[5:]] == [
        "weight averaging (EMA) 0",
        "weight averaging (EMA) 0.9",
    ]


def test_a_fine_tuned_run_says_of_which(tmp_path: Path) -> None:
    settings = ["data.drawings.share=0.05", "training.start_from=pretrained-digits", "optimizer.lr=0.0002"]
    config = apply_settings(get_preset("quick"), settings)
    assert describe_settings(config) == "Quick convolutional network, fine-tuned from pretrained-digits"
    started = apply_settings(get_preset("net"), ["training.start_from=older"])
    assert describe_settings(started) == "Classic convolutional network, started from older"
    unnamed = apply_settings(get_preset("net"), ["training.start_from=2026-11-28-quiet-otter", "training.epochs=2"])
    assert describe_settings(unnamed) == "Classic convolutional network, started from another run, 2 epochs"


def test_a_damaged_or_older_run_has_a_title_too(tmp_path: Path) -> None:
    damaged = add(tmp_path, "net", name="mine")
    broken = add(tmp_path, "net")
    for run in (damaged, broken):
        run.config_file.write_text("{")
    assert titles(damaged, broken) == ["mine", broken.name]
    old = list_runs(SUPPORT / "old_runs" / "runs")
    assert old
    assert titles(*old) == [run.name for run in old]
    assert {run.label() for run in old} == {RunLabel()}


def test_epochs_that_follow_the_number_of_examples_are_no_difference() -> None:
    chosen = ["data.train_examples=100", "training.epochs=75", "training.batch_size=32"]
    title = describe_settings(apply_settings(get_preset("simple_net"), chosen))
    assert "epochs" not in title
    assert "100" in title


def test_a_chosen_name_stays_when_another_run_would_have_the_same_title(tmp_path: Path) -> None:
    plain = add(tmp_path, "simple_net", "optimizer.lr=0.5", created_at="2026-01-02T03:04:05+00:00")
    automatic = describe_settings(plain.config())
    named = add(tmp_path, "simple_net", "optimizer.lr=5", name=automatic)
    assert titles(plain, named) == [f"{automatic}, 2026-01-02 03:04", automatic]
