"""The form of a new run for small and uneven data: the number of examples, the defaults that follow it, and class weights."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from custom_files import eighty_six_pictures, made_of, table, uneven_pictures
from streamlit.testing.v1 import AppTest

from nn_core.config import get_default_epochs
from nn_core.data.custom.metadata import CustomDataset


@pytest.fixture
def eighty_six(data_folder: Path) -> CustomDataset:
    return eighty_six_pictures(data_folder)


@pytest.fixture
def uneven(data_folder: Path) -> CustomDataset:
    return uneven_pictures(data_folder)


def training(test: AppTest, preset: str = "quick") -> tuple[int, int]:
    """Epochs and batch size."""
    epochs, size = (test.number_input(key=f"{preset}.training.{name}").value for name in ("epochs", "batch_size"))
    return int(epochs), int(size)


def choose_examples(test: AppTest, count: int, preset: str = "quick") -> None:
    test.button_group(key=f"{preset}.data.train_examples").set_value(count).run()


def test_the_defaults_follow_the_data_and_say_why(runs_root: Path, eighty_six: CustomDataset) -> None:
    test = app("train", data=eighty_six.name)
    assert training(test) == (150, 32)
    assert "Chosen for 61 training examples: 150 epochs with batches of 32 are 300 updates." in texts(test)
    assert "61 examples to train on, 7 held out for validation." in texts(test)
    assert any("Only 7 examples are held out" in warning.value for warning in test.warning)
    test.selectbox(key="quick.data.name").set_value("mnist_sample").run()
    assert training(test) == (get_default_epochs("quick", "mnist_sample"), 100)
    assert "Chosen for" not in texts(test)
    assert not test.warning
    assert not test.error


def test_what_the_user_enters_is_never_overwritten(runs_root: Path, eighty_six: CustomDataset) -> None:
    test = app("train", data=eighty_six.name)
    test.number_input(key="quick.training.batch_size").set_value(7).run()
    assert training(test) == (34, 7), "the epochs follow the batch size"
    test.number_input(key="quick.training.epochs").set_value(9).run()
    for name in ("mnist_sample", eighty_six.name, "pen_digits"):
        test.selectbox(key="quick.data.name").set_value(name).run()
        assert training(test) == (9, 7)
    assert "Chosen for" not in texts(test)


def test_an_entered_value_stays_when_a_default_happens_to_equal_it(runs_root: Path, eighty_six: CustomDataset) -> None:
    test = app("train", data="mnist_sample")
    test.number_input(key="quick.training.epochs").set_value(150).run()
    for name in (eighty_six.name, "mnist_sample"):
        test.selectbox(key="quick.data.name").set_value(name).run()
        assert training(test)[0] == 150


def test_too_little_data_is_two_clicks(runs_root: Path) -> None:
    test = app("train")
    choose_examples(test, 10)
    assert training(test) == (300, 10)
    assert "10 examples to train on, 400 held out for validation." in texts(test)
    test.button(key="start_training").click().run()
    assert not test.exception
    (folder,) = [path for path in runs_root.iterdir() if (path / "config.json").exists()]
    assert '"train_examples":10' in (folder / "config.json").read_text().replace(" ", "")


def test_any_other_number_can_be_typed(runs_root: Path) -> None:
    test = app("train")
    choose_examples(test, -1)
    field = test.number_input(key="quick.data.train_examples.other")
    assert field.value == 10
    field.set_value(250).run()
    assert "250 examples to train on" in texts(test)
    choose_examples(test, 0)
    assert "3,600 examples to train on" in texts(test)


@pytest.mark.parametrize("preset", ["plane", "text_cnn"])
def test_every_kind_of_data_has_the_choice(runs_root: Path, preset: str) -> None:
    test = app("train", data="moons" if preset == "plane" else "surnames")
    choose_examples(test, 100, preset)
    assert "100 examples to train on" in texts(test)
    assert not test.error


def test_class_weights_are_suggested_for_uneven_classes_and_are_one_button(
    runs_root: Path, uneven: CustomDataset
) -> None:
    test = app("train", data=uneven.name)
    assert "The classes are uneven: 'red' has 48 examples for training and validation, 'green' only 6." in texts(
        test
    ).replace("\\", "")
    setting = "quick.loss.cross_entropy.class_weights"
    assert test.selectbox(key=setting).value == "none"
    assert test.button(key="class_weights").label == "Use class weights"
    test.button(key="class_weights").click().run()
    assert test.selectbox(key=setting).value == "balanced"
    assert "Class weights are on" in texts(test)
    test.button(key="class_weights").click().run()
    assert test.selectbox(key=setting).value == "none"
    test.selectbox(key="quick.data.name").set_value("mnist_sample").run()
    assert "uneven" not in texts(test)


def test_an_autoencoder_is_not_offered_class_weights(runs_root: Path, uneven: CustomDataset) -> None:
    test = app("train", data=uneven.name)
    test.radio(key="preset").set_value("autoencoder").run()
    assert "uneven" not in texts(test)
    assert not any(str(box.key).endswith(".class_weights") for box in test.selectbox)
    assert not test.error


def test_labels_of_a_user_are_shown_as_text(runs_root: Path, data_folder: Path) -> None:
    rows = [(f"text {number}", "**<b>bold</b>**") for number in range(60)] + [
        (f"word {number}", "_$x$_") for number in range(8)
    ]
    name = made_of(table(rows), data_folder).name
    shown = [mark.value for mark in app("train", data=name).markdown if "uneven" in mark.value]
    assert len(shown) == 1
    assert r"\*\*" in shown[0]
    assert r"\$" in shown[0]
