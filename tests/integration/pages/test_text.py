"""The page Text, and `predict --text`: a typed name, its probabilities, and the letters that mattered."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from untrained_runs import untrained_run

from nn_core.data.builtin.surnames import make_surnames
from nn_core.inference import load_network, predict_text
from nn_core.paths import get_data_folder
from nn_core.runs import list_runs


def test_without_a_text_network_a_button_starts_one(runs_root: Path) -> None:
    untrained_run(runs_root, "quick")
    test = app("text")
    assert "no trained network for text" in test.info[0].value
    test.button(key="first_text_network").click().run()
    (run,) = [run for run in list_runs(runs_root) if run.name != "quick"]
    assert (run.config().model.name, run.config().data.name) == ("text_attention", "surnames")
    assert run.status().is_active


@pytest.mark.parametrize("preset", ["text_attention", "text_rnn", "text_cnn"])
def test_a_typed_name_gets_the_answer_of_the_engine(runs_root: Path, preset: str) -> None:
    run = untrained_run(runs_root, preset)
    test = app("text", run=run.name)
    assert "Type a name" in [text.value for text in test.markdown]
    test.text_input(key="typed_text").set_value("Kowalski").run()
    assert not test.exception
    assert not test.error
    expected = predict_text(load_network(run, get_data_folder()), "Kowalski")
    assert expected
    assert f"**{expected.label}**" in [text.value for text in test.markdown]
    assert f"{100 * expected.probabilities[expected.label]:.1f} % sure" in texts(test)
    assert "Which letters mattered" in [heading.value for heading in test.header]
    assert ("more attention the letter got" in texts(test)) == (preset == "text_attention")
    assert ("less probable without the letter" in texts(test)) == (preset != "text_attention")


def test_attention_can_be_seen_by_block_and_head_and_compared_with_leaving_out(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_attention")
    test = app("text", run=run.name)
    test.text_input(key="typed_text").set_value("O'Brien").run()
    test.button_group(key="block").set_value(2).run()
    test.button_group(key="head").set_value(4).run()
    assert not test.exception
    assert not test.error
    test.button_group(key="letters_way").set_value("left_out").run()
    assert "less probable without the letter" in texts(test)


def test_examples_are_from_the_test_split_and_their_label_is_shown_afterwards(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_cnn")
    test = app("text", run=run.name)
    offered = [test.button(key=f"example_{number}").label for number in range(6)]
    truth = dict(make_surnames()[1])
    languages = list(load_network(run, get_data_folder()).spec.classes)
    assert {label.replace("\\", "") for label in offered} <= set(truth)
    assert "It is:" not in texts(test), "the truth comes after the guess"
    test.button(key="example_3").click().run()
    name = str(test.text_input(key="typed_text").value)
    assert f"It is: {languages[truth[name]]}." in texts(test)
    test.text_input(key="typed_text").set_value(name + "x").run()
    assert "It is:" not in texts(test), "nobody knows what a text of one's own is"
    test.button(key="other_examples").click().run()
    assert [test.button(key=f"example_{number}").label for number in range(6)] != offered


def test_markup_in_a_text_stays_text(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_attention")
    test = app("text", run=run.name)
    test.text_input(key="typed_text").set_value("<b>**x**</b>" + "y" * 500).run()
    assert not test.exception
    assert not test.error
    assert "only the first 16 letters" in texts(test)
