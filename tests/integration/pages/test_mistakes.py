"""Evaluate lists all mistakes: filter, order, pages and the open example are in the URL, and counts are those of the examples that are there."""

import re
from pathlib import Path

import pytest
from apptest_pages import app, texts
from custom_files import made_of, table
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run

from nn_core.evaluation import evaluate_run
from nn_core.evaluation.answers import get_answers
from nn_core.paths import SHIPPED_RUN, get_data_folder
from nn_core.runs import RunFolder

HOSTILE = ("<b>bold</b>", "**stars**", "$x$ [a](javascript:b)", "\u202egnp.exe", "=1+1")


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    """A run that was evaluated by a version without stored answers."""
    run = untrained_run(runs_root, "simple_net", "data.name=digits_8x8", "model.hidden=6")
    evaluate_run(run, get_data_folder())
    run.answers_file.unlink()
    return run


def find_sentence(test: AppTest) -> str:
    return next(
        each.value for each in test.markdown if re.match(r"Mistakes|Right answers|:material/search_off", each.value)
    )


def find_address(test: AppTest) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else value[-1]
        for name, value in test.query_params.items()
        if name != "run"
    }


def test_filter_order_page_and_example_are_in_the_address(run: RunFolder) -> None:
    answers = get_answers(run, get_data_folder())
    wrong = int((~answers.is_correct).sum())
    test = app("evaluate", run=run.name)
    assert not test.exception
    assert find_sentence(test) == f"Mistakes: {wrong} of 360 test pictures."
    assert find_address(test) == {}
    last = -(-wrong // 24)
    assert f"**{wrong} examples** · Page 1 of {last}" in texts(test)
    test.button(key="next_page").click().run()
    assert find_address(test) == {"page": "2"}
    assert f"Page 2 of {last}" in texts(test)
    first_pair = next(button for button in test.button if str(button.key).startswith("confusion_"))
    first_pair.click().run()
    true, predicted, times = re.fullmatch(r"(\d) read as (\d) \((.+) times\)", first_pair.label).groups()  # type: ignore[union-attr]
    assert find_address(test) == {"true": true, "predicted": predicted}, "another filter begins at the first page"
    assert (
        find_sentence(test)
        == f"Mistakes: {times} of 360 test pictures are **{true}** and were read as **{predicted}**."
    )
    test.selectbox(key=f"mistakes_{run.name}_order").select("highest_loss").run()
    assert find_address(test) == {"true": true, "predicted": predicted, "sort": "highest_loss"}
    test.selectbox(key=f"mistakes_{run.name}_true").select(int(predicted)).run()
    right = int((answers.is_correct & (answers.labels == int(predicted))).sum())
    assert f"Right answers: {right} of" in find_sentence(test) or right == 0


def test_the_list_follows_another_view_that_writes_the_filter(run: RunFolder) -> None:
    def script() -> None:
        import os

        import streamlit as st

        from nn_core.data import find_dataset
        from nn_core.paths import get_data_folder, get_runs_folder
        from nn_core.runs import find_run
        from nn_core.runs.reports import ClassificationReport
        from ui.evaluate.mistake_filter import MistakeFilter, write_filter
        from ui.evaluate.mistakes import show_mistakes

        run = find_run(get_runs_folder(), os.listdir(get_runs_folder())[0])
        spec, evaluation = find_dataset("digits_8x8", get_data_folder()), run.evaluation()
        assert isinstance(evaluation, ClassificationReport)
        if st.button("a cell", key="cell"):
            write_filter(MistakeFilter("3", "3"), spec.classes)
        show_mistakes(run, spec, evaluation)

    test = AppTest.from_function(script, default_timeout=60).run()
    test.selectbox(key=f"mistakes_{run.name}_true").select(5).run()
    assert find_address(test) == {"true": "5"}
    test.button(key="cell").click().run()
    assert not test.exception
    assert find_address(test) == {"true": "3", "predicted": "3"}
    assert test.selectbox(key=f"mistakes_{run.name}_predicted").value == 3
    test.selectbox(key=f"mistakes_{run.name}_true").select(-1).run()
    assert find_address(test) == {"predicted": "3"}, "its own widgets decide afterwards"


def test_a_link_opens_the_same_example_and_bad_values_are_named(run: RunFolder) -> None:
    answers = get_answers(run, get_data_folder())
    index = int((~answers.is_correct).nonzero()[3])
    test = app("evaluate", run=run.name, example=str(index), sort="least_confident")
    assert find_address(test) == {"example": str(index), "sort": "least_confident"}
    assert (
        f"It is **{int(answers.labels[index])}**, but the network answers **{int(answers.predicted[index])}**"
        in texts(test)
    )
    assert [header.value for header in test.header if "Test picture" in header.value] == [f"Test picture {index}"]
    for title, expected in (
        ("What mattered", "With all of them, it says"),
        ("Smallest change", "smaller change may exist"),
        ("Nearest training examples", "training examples were compared"),
    ):
        test.button_group(key="opened_closer").set_value(title).run()
        assert not test.exception
        assert not test.error
        assert expected in texts(test)
    test.button(key="close_example").click().run()
    assert find_address(test) == {"sort": "least_confident"}
    test.switch_page("pages/runs.py").run()
    test.query_params.clear()
    test.query_params.update(run=run.name, example="7")
    test.switch_page("pages/evaluate.py").run()
    assert find_address(test) == {"example": "7"}, "a link from another page decides"
    assert "Test picture 7" in [header.value for header in test.header]
    bad = app("evaluate", run=run.name, true="<b>", predicted="10", example="360", sort="x")
    assert not bad.exception
    assert find_address(bad) == {}
    assert sum(warning.value.count("which is ignored") for warning in bad.warning) == 4
    far = app("evaluate", run=run.name)
    far.switch_page("pages/runs.py").run()
    far.query_params.clear()
    far.query_params.update(run=run.name, page="99", sort="x")
    far.switch_page("pages/evaluate.py").run()
    assert find_address(far) == {}
    warnings = "\n".join(warning.value for warning in far.warning).replace("\\", "")
    assert "page=99”, which is ignored: the last page is " in warnings
    assert "sort=x”, which is ignored" in warnings


def test_the_shipped_network_shows_the_examples_that_are_there_and_no_others() -> None:
    test = app("evaluate", run=SHIPPED_RUN)
    assert not test.exception
    (note,) = [info.value for info in test.info if "The examples here are" in info.value]
    assert "the 1,000 test pictures of MNIST sample" in note
    warned = [info.value for info in test.info if "may have been trained on these pictures" in info.value]
    assert note in warned
    assert len(warned) == 3, "the mistakes, the calibration and the refusals"
    assert "On these pictures, after temperature scaling, it is" in texts(test)
    assert "On these pictures, if it refuses below 80 %, it answers" in texts(test)
    assert "Accuracy, matrix and scores are for the test pictures of " in texts(test)
    wrong = int(re.fullmatch(r"Mistakes: (\d+) of 1,000 test pictures\.", find_sentence(test)).group(1))  # type: ignore[union-attr]
    pairs = [button.label for button in test.button if str(button.key).startswith("confusion_")]
    assert 0 < len(pairs) <= wrong, "pairs without an example here are not offered"
    opened = app("evaluate", run=SHIPPED_RUN, true="7", predicted="7", example="700")
    for title, expected in (
        ("X-ray", "As an upload on the Draw page, which answers **7**, this would"),
        ("Nearest training examples", "these are training examples of MNIST sample (5,000 digits) instead."),
    ):
        opened.button_group(key="opened_closer").set_value(title).run()
        assert not opened.exception
        assert expected in texts(opened)
    empty = app("evaluate", run=SHIPPED_RUN, true="0", predicted="1")
    assert find_sentence(empty) == (
        ":material/search_off: None of the 1,000 test pictures is **0** and was read as **1**. Choose other classes."
    )
    assert "examples** · Page" not in texts(empty)


def test_names_of_classes_and_texts_are_no_markup(runs_root: Path, data_folder: Path) -> None:
    rows = [(f"{name} {number}", name) for name in HOSTILE for number in range(12)]
    data = made_of(table([(f'"{text}"', f'"{label}"') for text, label in rows]), data_folder)
    run = untrained_run(runs_root, "text_cnn", f"data.name={data.name}")
    evaluate_run(run, data_folder)
    answers = get_answers(run, data_folder)
    index = int((~answers.is_correct).nonzero()[0])
    test = app("evaluate", run=run.name, example=str(index))
    test.button_group(key="opened_closer").set_value("Nearest training examples").run()
    assert not test.exception
    assert not test.error
    shown = [texts(test), *(button.label for button in test.button)]
    for markup in ("<b>bold", "**stars**", "$x$", "[a]("):
        assert not [text for text in shown if markup in text.replace("****", "** **")], markup


@pytest.mark.parametrize(
    ("preset", "settings", "expected"),
    [
        ("autoencoder", (), "A picture of the class"),
        ("plane", ("data.name=hills", "loss.name=mse"), "the network predicts"),
        ("plane", (), "is **"),
    ],
)
def test_other_networks_have_the_same_list(
    runs_root: Path, preset: str, settings: tuple[str, ...], expected: str
) -> None:
    run = untrained_run(runs_root, preset, *settings)
    evaluate_run(run, get_data_folder())
    test = app("evaluate", run=run.name, example="3")
    assert not test.exception
    assert not test.error
    assert expected in texts(test).lower() or expected in texts(test)
    test.button_group(key="opened_closer").set_value("Nearest training examples").run()
    assert not test.exception
    assert "training examples were compared" in texts(test)


def test_another_run_keeps_what_fits_it_and_drops_the_rest_without_a_word(run: RunFolder, runs_root: Path) -> None:
    names = untrained_run(runs_root, "text_cnn", name="names")
    evaluate_run(names, get_data_folder())
    test = app("evaluate", run=run.name, true="3", sort="highest_loss", example="5")
    test.selectbox(key="run_picker").select("names").run()
    assert not test.exception
    assert find_address(test) == {"sort": "highest_loss", "example": "5"}
    assert not [warning for warning in test.warning if "which is ignored" in warning.value]
