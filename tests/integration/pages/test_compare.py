"""The page Compare: which runs it opens with, what it says about them, and what users can choose."""

from pathlib import Path

import pytest
from apptest_pages import PATIENCE_SECONDS, app, texts
from processes import ROOT
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run

from nn_core.runs import RunFolder, rename_run


def open_page(*names: str, **query: str) -> AppTest:
    """The page, opened with these runs."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_SECONDS)
    test.run()
    test.query_params["run"] = list(names)
    for key, value in query.items():
        test.query_params[key] = value
    return test.switch_page("pages/compare.py").run()


@pytest.fixture
def pair(runs_root: Path) -> list[RunFolder]:
    return [
        untrained_run(
            runs_root, "simple_net", "data.name=digits_8x8", f"model.hidden={hidden}", name=f"hidden-{hidden}"
        )
        for hidden in (8, 16)
    ]


def chosen(test: AppTest) -> list[str]:
    names = test.query_params["run"]
    return [names] if isinstance(names, str) else names


def test_it_never_opens_empty(runs_root: Path) -> None:
    test = app("compare")
    assert not test.exception
    assert not test.error
    assert len(chosen(test)) == 2, "two of the networks that come with NN Lab"
    assert "of 1,000 right" in texts(test)


def test_the_newest_pair_on_the_same_data_is_chosen(runs_root: Path, pair: list[RunFolder]) -> None:
    test = app("compare")
    assert sorted(chosen(test)) == ["hidden-16", "hidden-8"]
    assert sorted(chosen(app("compare", run="hidden-8"))) == ["hidden-16", "hidden-8"]


def test_filters_and_the_first_run_can_be_chosen(runs_root: Path, pair: list[RunFolder]) -> None:
    test = open_page("hidden-8", "hidden-16")
    assert not test.exception
    assert "**A**: hidden-8  \n**B**: hidden-16" in texts(test)
    assert "Chance alone would produce" in texts(test)
    options = test.selectbox(key="disagreements_shown").options
    assert any(option.startswith("Only B is right (") for option in options)
    test.selectbox(key="disagreements_shown").set_value("only-B").run()
    assert test.query_params["show"] == "only-B"
    cards = [markdown.value for markdown in test.markdown if markdown.value.startswith("Correct: ")]
    assert cards
    assert all("✗ A: " in card and "✓ B: " in card for card in cards)
    test.selectbox(key="compared_baseline").set_value("hidden-16").run()
    assert chosen(test) == ["hidden-16", "hidden-8"]
    test.multiselect(key="compared_runs").set_value(["hidden-16"]).run()
    assert chosen(test) == ["hidden-16"]
    assert "Choose at least two runs above." in test.info[0].value


def test_hostile_names_are_shown_as_text(runs_root: Path, pair: list[RunFolder]) -> None:
    rename_run(pair[0], name="<b>x</b> **y** $z$ :material/home:")
    test = open_page("hidden-8", "hidden-16")
    assert not test.exception
    assert r"**A**: \<b\>x\</b\> \*\*y\*\* \$z\$ \:material/home\:" in texts(test)


def test_runs_that_cannot_be_compared(runs_root: Path, pair: list[RunFolder]) -> None:
    untrained_run(runs_root, "autoencoder", "model.latent=2", name="painter")
    test = open_page("hidden-8", "painter")
    assert not test.exception
    assert r"do different things (A\: classify; B\: reconstruct their input)" in test.warning[0].value
    damaged = untrained_run(runs_root, "simple_net", "data.name=digits_8x8", name="damaged")
    damaged.best_weights.write_bytes(b"no weights")
    test = open_page("hidden-8", "damaged")
    assert not test.exception
    assert "damaged file" in test.error[0].value


def test_runs_in_the_link_that_are_not_there_are_named(runs_root: Path, pair: list[RunFolder]) -> None:
    test = open_page("hidden-8", "<b>nix</b>", "hidden-16", show="no-such", page="0")
    assert not test.exception
    assert chosen(test) == ["hidden-8", "hidden-16"]
    warnings = "\n".join(warning.value for warning in test.warning)
    assert "there is no run with this name" in warnings
    assert "show=no" in warnings


def test_a_run_that_the_page_has_added_is_named(runs_root: Path, pair: list[RunFolder]) -> None:
    for link, notice in (
        (("nix", "hidden-8"), "there is no run with this name"),
        (("hidden-8",) * 2, "more than once"),
    ):
        test = open_page(*link)
        assert chosen(test) == ["hidden-8", "hidden-16"]
        assert notice in "\n".join(warning.value for warning in test.warning)
        assert "hidden-16 was added" in str([caption.value for caption in test.caption])


@pytest.mark.parametrize(
    ("preset", "settings", "words"),
    [
        ("autoencoder", ["model.latent=2"], "The mean error of"),
        ("text_cnn", [], "of 1,544 right"),
        ("plane", ["data.name=hills", "loss.name=mse"], "The mean error of"),
    ],
)
def test_every_kind_of_network(runs_root: Path, preset: str, settings: list[str], words: str) -> None:
    for seed in (0, 1):
        run = untrained_run(runs_root, preset, *settings, f"training.seed={seed}", name=f"seed-{seed}")
    weights = load_file(run.best_weights)
    save_file({key: 1.1 * value for key, value in weights.items()}, run.best_weights)
    test = open_page("seed-0", "seed-1")
    assert not test.exception
    assert not test.error
    assert words in texts(test)
