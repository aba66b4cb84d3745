"""The page Backprop for each kind of network, and what it says about a weight and about the optimizer's step."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from backprop_cases import CASES
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput
from untrained_runs import untrained_run

from nn_core.backprop import find_hardest_example
from nn_core.data import load_dataset
from nn_core.inference import load_network


def figures(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def rate(test: AppTest) -> NumberInput:
    """The field for the learning rate."""
    (field,) = (each for each in test.number_input if each.label == "Learning rate")
    return field


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
    assert "The network reads the first" not in texts(test)
    test.text_input(key="backprop_text").set_value("Wolfeschlegelsteinhausen").run()
    assert "The network reads the first 16 letters only: “wolfeschlegelste”." in texts(test)
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
    test = app("backprop", run="pretrained-digits", example="0")
    assert not test.exception
    assert not test.error
    assert "so the examples are those of MNIST sample" in texts(test)
    assert "The network answers **0**" in texts(test)
    assert test.button(key="download_data")


def test_a_link_opens_the_same_example_and_weight(runs_root: Path) -> None:
    run = untrained_run(runs_root, "layers", *CASES["layers"])
    test = app("backprop", run=run.name, example="7", weight="0.bias[3]")
    assert test.number_input(key="backprop_sample").value == 7
    assert "**0.bias**: unit 3." in texts(test)
    test.number_input(key="backprop_sample").set_value(9).run()
    assert "9" in test.query_params["example"]
    test = app("backprop", run=run.name, source="nowhere", weight="<b>")
    assert not test.exception
    assert [each.value for each in test.warning if "is ignored" in each.value]


def test_the_first_example_is_one_with_a_large_loss(runs_root: Path) -> None:
    run = untrained_run(runs_root, "plane", *CASES["plane"])
    network = load_network(run, runs_root)
    hardest = find_hardest_example(network, load_dataset(network.config.data, Path("unused")))
    assert hardest != 0
    test = app("backprop", run=run.name)
    assert test.number_input(key="backprop_sample").value == hardest
    assert "example" not in test.query_params
    test.number_input(key="backprop_sample").set_value(0).run()
    assert "0" in test.query_params["example"]


def test_label_smoothing_is_named_and_the_loss_without_it(runs_root: Path) -> None:
    run = untrained_run(runs_root, "layers", *CASES["layers"], "loss.label_smoothing=0.05")
    test = app("backprop", run=run.name, example="2")
    sentence = next(each.value for each in test.caption if "label smoothing 0.05" in each.value)
    assert "it is not 0 even for a perfect answer; cross-entropy alone: " in sentence
    test.button(key="take_step").click().run()
    assert "Cross-entropy alone" in figures(test)
    plain = untrained_run(runs_root, "layers", *CASES["layers"], name="plain")
    test = app("backprop", run=plain.name)
    assert "label smoothing" not in texts(test)
    test.button(key="take_step").click().run()
    assert "Cross-entropy alone" not in figures(test)


def test_an_invalid_learning_rate_takes_no_step(runs_root: Path) -> None:
    run = untrained_run(runs_root, "plane", *CASES["plane"])
    test = app("backprop", run=run.name)
    test.button(key="take_step").click().run()
    assert "Loss after" in figures(test)
    for wrong in (0.0, -1.0, 200.0):
        rate(test).set_value(wrong).run()
        assert "is not between 0 and 100" in test.error[0].value
        assert test.button(key="take_step").disabled
        assert "Loss after" not in figures(test)
    rate(test).set_value(0.001).run()
    assert not test.error
    assert "Loss after" not in figures(test), "that was another rate"
    test.button(key="take_step").click().run()
    assert "Loss after" in figures(test)


def test_where_the_loss_rises_a_tenth_of_the_rate_is_offered(runs_root: Path) -> None:
    run = untrained_run(runs_root, "plane", *CASES["plane values"], "optimizer.name=adam", name="values")
    test = app("backprop", run=run.name)
    rate(test).set_value(30.0).run()
    test.button(key="take_step").click().run()
    assert "by about the full learning rate, however small its gradient is" in test.info[-1].value
    while has_risen(test):
        before = rate(test).value
        test.button(key="take_smaller_step").click().run()
        assert not test.exception
        assert rate(test).value == pytest.approx(before / 10, rel=0.01)
    assert rate(test).value < 30, "the first step was too long"
    assert "take_smaller_step" not in {each.key for each in test.button}


def has_risen(test: AppTest) -> bool:
    shown = figures(test)
    return float(shown["Loss after"].replace("−", "-")) > float(shown["Loss before"].replace("−", "-"))


def test_numbers_have_minus_signs_and_no_network_is_fully_certain(runs_root: Path) -> None:
    run = untrained_run(runs_root, "layers", *CASES["layers"], "optimizer.name=adam", "optimizer.lr=1")
    test = app("backprop", run=run.name)
    test.button(key="take_step").click().run()
    moved = test.table[-1].value
    assert "-" not in "".join(map(str, moved["The weight that moved most"]))
    assert "100.0" not in figures(test)["Probability of the correct class"]
