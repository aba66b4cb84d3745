"""Defaults that follow the number of examples, and the sentences about small and uneven data."""

import math
from dataclasses import replace

import pytest

from nn_core.config import PRESETS, apply_settings, get_preset
from nn_core.config.data_defaults import (
    MIN_UPDATES,
    count_splits,
    describe_data_size,
    describe_uneven_classes,
    explain_data_defaults,
    get_data_defaults,
    warn_about_validation,
)
from nn_core.data import DATASETS, DatasetSpec, DataSettings


def spec_of(*counts: int) -> DatasetSpec:
    """A data set with so many training examples of each class."""
    classes = tuple(f"class {number}" for number in range(len(counts)))
    return replace(DATASETS["mnist"], name="own-some", classes=classes, train_counts=lambda settings: counts)


def updates(examples: int, batch_size: int, epochs: int) -> int:
    return math.ceil(examples / batch_size) * epochs


SOME = DataSettings(name="own-some")


@pytest.mark.parametrize("preset", ["quick", "simple_net", "mlp", "rnn", "text_cnn"])
@pytest.mark.parametrize("examples", [10, 11, 17, 69, 86, 161, 700, 1111, 5000, 60_000])
def test_there_are_enough_updates_with_a_batch_size_that_fits(preset: str, examples: int) -> None:
    spec, own = spec_of(examples), get_preset(preset).training
    sizes = count_splits(spec, SOME)
    assert sizes
    chosen = get_data_defaults(preset, spec, SOME)
    assert updates(sizes.train, chosen.batch_size, chosen.epochs) >= MIN_UPDATES
    assert own.epochs <= chosen.epochs <= 300
    assert 2 <= chosen.batch_size <= min(own.batch_size, sizes.train)
    assert sizes.train % chosen.batch_size != 1
    assert chosen.model_copy(update={"batch_size": own.batch_size, "epochs": own.epochs}) == own


@pytest.mark.parametrize("preset", PRESETS)
def test_the_data_set_of_the_preset_keeps_its_defaults(preset: str) -> None:
    config = PRESETS[preset]
    spec = DATASETS[config.data.name]
    assert get_data_defaults(preset, spec, config.data) == config.training
    assert explain_data_defaults(preset, spec, config) == ""
    few = config.data.model_copy(update={"train_examples": 10})
    assert get_data_defaults(preset, spec, few).batch_size == 10


def test_the_batch_size_of_the_user_decides_the_epochs() -> None:
    assert get_data_defaults("quick", spec_of(43, 43), SOME, batch_size=100).epochs == 300
    assert get_data_defaults("quick", spec_of(43, 43), SOME, batch_size=4).epochs == 15


def test_what_is_not_known_changes_nothing() -> None:
    assert count_splits(spec_of(), SOME) is None
    assert get_data_defaults("quick", spec_of(), SOME) == get_preset("quick").training


def test_the_reason_is_one_sentence() -> None:
    spec = spec_of(35, 34)
    config = get_preset("quick", "mnist").model_copy(update={"training": get_data_defaults("quick", spec, SOME)})
    said = "Chosen for 62 training examples: 150 epochs with batches of 32 are 300 updates."
    assert explain_data_defaults("quick", spec, config) == said
    assert explain_data_defaults("quick", spec, apply_settings(config, ["training.epochs=7"])) == ""
    large = spec_of(3000, 3000)
    other_size = apply_settings(get_preset("quick", "mnist"), ["training.batch_size=64", "training.epochs=12"])
    assert explain_data_defaults("quick", large, other_size) == "", "nothing was chosen"


@pytest.mark.parametrize(("examples", "warns"), [(20, True), (190, True), (200, False), (5000, False)])
def test_few_validation_examples_are_a_warning(examples: int, warns: bool) -> None:
    sizes = count_splits(spec_of(examples), SOME)
    assert sizes
    assert (f"Only {sizes.validation} examples are held out" in warn_about_validation(sizes)) == warns


def test_uneven_classes_are_named_with_their_counts() -> None:
    assert describe_uneven_classes(spec_of(50, 40, 20), SOME) == ""
    assert describe_uneven_classes(spec_of(50, 0), SOME) == "", "a class without examples cannot be weighed"
    said = describe_uneven_classes(spec_of(6, 1520, 40), SOME)
    assert said == "The classes are uneven: 'class 1' has 1,520 examples for training and validation, 'class 0' only 6."


def test_the_command_line_is_told_what_to_do() -> None:
    spec, config = spec_of(152, 6), get_preset("quick", "mnist")
    config = config.model_copy(update={"training": get_data_defaults("quick", spec, SOME)})
    chosen, few, uneven = describe_data_size("quick", spec, config)
    assert chosen.startswith("Chosen for 142 training examples")
    assert few.startswith("Only 16 examples")
    assert uneven.endswith("--set loss.class_weights=balanced gives every class the same weight.")
    weighted = apply_settings(config, ["loss.class_weights=balanced"])
    assert describe_data_size("quick", spec, weighted) == [chosen, few]
    assert describe_data_size("quick", DATASETS["mnist_sample"], get_preset("quick")) == []
