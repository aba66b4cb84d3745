"""The page Text, and `predict --text`: a typed name, its probabilities, and the letters that mattered."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from untrained_runs import untrained_run

from nn_core.data.builtin.surnames import make_surnames
from nn_core.inference import load_network, predict_text
from nn_core.paths import get_data_folder
from nn_core.runs import list_runs


def test_without_a_text_network_a_button_starts_one(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn_core.paths.SHIPPED_NAMES", ("pretrained-digits",))
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


def test_what_is_no_name_is_refused_in_a_sentence(runs_root: Path) -> None:
    test = app("text", run="pretrained-names")
    field = test.text_input(key="typed_text")
    refused = {
        "R2D2": "'R2D2' is not a name, because it contains '2'",
        "!?": r"contains '\!'",
        "K": "at least 2 letters",
        "Иванов": "type the name in Latin letters",
        "<b>**x**</b>": r"'\<b\>\*\*x\*\*\</b\>' is not a name",
    }
    for text, sentence in refused.items():
        field.set_value(text).run()
        assert not test.exception
        assert not test.error
        assert "Not a name yet" in texts(test), text
        assert sentence in texts(test)
        assert "Best guess" not in texts(test)
    for text in ("O'Brien", "van der Berg", "Müller-Lüdenscheidt", "y" * 500):
        field.set_value(text).run()
        assert "Best guess" in texts(test), text
    assert "only the first 16 letters" in texts(test)
    field.set_value("  ").run()
    assert "Type a name" in texts(test)


def test_an_unsure_answer_says_so(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_attention")  # all languages are about equally likely
    test = app("text", run=run.name)
    test.text_input(key="typed_text").set_value("Kowalski").run()
    assert "The network does not know: it is only" in texts(test)
    test = app("text", run="pretrained-names")
    test.text_input(key="typed_text").set_value("Kowalczewski").run()
    assert "**Polish**" in texts(test)
    assert "The network is" in texts(test)
