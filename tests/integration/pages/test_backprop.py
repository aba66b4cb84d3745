"""The page Backprop for each kind of network, and what it says about a weight and about the optimizer's step."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from backprop_cases import CASES
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run


def figures(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


@pytest.mark.parametrize("preset", ["layers", "rnn", "attention", "autoencoder"])
def test_a_picture_network_shows_an_example_a_weight_and_a_step(runs_root: Path, preset: str) -> None:
    run = untrained_run(runs_root, preset, *CASES[preset])
    test = app("backprop", run=run.name)
    assert not test.exception
    assert not test.error
    shown = figures(test)
    assert float(shown["Sum of the terms"].replace("−", "-")) == pytest.approx(
        float(shown["Finite difference"].replace("−", "-")), abs=1e-5
    )
    assert "Loss: **" in texts(test)
    test.button(key="take_step").click().run()
    assert not test.exception
    shown = figures(test)
    assert shown["Loss before"] != shown["Loss after"]


def test_a_typed_name_is_an_example(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_rnn", *CASES["text_rnn"])
    test = app("backprop", run=run.name)
    test.segmented_control[0].set_value("own").run()
    assert "Type a name first." in test.info[0].value
    test.text_input(key="backprop_text").set_value("Rossi").run()
    assert not test.exception
    assert not test.error
    assert "Finite difference" in figures(test)
    test.text_input(key="backprop_text").set_value("12 34").run()
    assert "has no letter that the network knows" in test.error[0].value


def test_a_point_is_an_example(runs_root: Path) -> None:
    run = untrained_run(runs_root, "plane", *CASES["plane"])
    test = app("backprop", run=run.name)
    test.segmented_control[0].set_value("own").run()
    assert not test.exception
    assert not test.error
    before = texts(test)
    test.number_input(key="backprop_x").set_value(-2.0).run()
    assert texts(test) != before


def test_without_its_data_a_digit_network_shows_bundled_digits(
    runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    test = app("backprop", run="pretrained-digits")
    assert not test.exception
    assert not test.error
    assert "so the examples are those of MNIST sample" in texts(test)
    assert "The network answers **0**" in texts(test)
    assert test.button(key="download_data")


def test_a_link_opens_the_same_example_and_weight(runs_root: Path) -> None:
    run = untrained_run(runs_root, "layers", *CASES["layers"])
    test = app("backprop", run=run.name, example="7", weight="0.bias[3]")
    assert test.number_input(key="backprop_sample").value == 7
    assert "**0.bias**, weight 3." in texts(test)
    test.number_input(key="backprop_sample").set_value(9).run()
    assert "9" in test.query_params["example"]
    test = app("backprop", run=run.name, source="nowhere", weight="<b>")
    assert not test.exception
    assert [each.value for each in test.warning if "is ignored" in each.value]
