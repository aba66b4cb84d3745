"""Settings: presets, overrides, and the message for each mistake."""

import json
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from nn_core.config import (
    PRESETS,
    RunConfig,
    apply_settings,
    get_default_epochs,
    get_preset,
    parse_config,
    read_config,
    update_config,
)
from nn_core.config.overrides import apply_resume_settings
from nn_core.data import DATASETS, DataSettings
from nn_core.data.registry import DOWNLOADED_DATASETS
from nn_core.errors import ConfigError
from nn_core.models import ACTIVATIONS, MODELS, build_model, count_parameters
from nn_core.models.activations import Activation
from nn_core.settings import Section, describe_setting, get_alternatives, get_row_types
from nn_core.task import TaskSpec
from nn_core.training import LOSSES, OPTIMIZERS, SCHEDULERS

PICTURE = TaskSpec("pictures", (1, 28, 28), 10)


def test_simple_net_matches_the_article() -> None:
    config = get_preset("simple_net")
    assert count_parameters(build_model(config.model, PICTURE)) == 101_770
    assert (config.optimizer.name, config.optimizer.lr) == ("sgd", 0.01)
    assert config.optimizer.model_dump()["momentum"] == 0
    assert (config.training.batch_size, config.training.epochs) == (100, 10)
    assert (config.loss.name, config.scheduler.name) == ("cross_entropy", "none")


def test_net_matches_the_article() -> None:
    config = get_preset("net")
    assert count_parameters(build_model(config.model, PICTURE)) == 1_199_882
    assert (
        config.optimizer.model_dump() | {"name": "sgd", "lr": 0.001, "momentum": 0.9} == config.optimizer.model_dump()
    )
    assert (config.training.batch_size, config.training.epochs) == (100, 10)
    dumped = config.model.model_dump()
    assert (dumped["dropout_conv"], dumped["dropout_dense"]) == (0.25, 0.5)


def test_quick_trains_few_epochs_with_adamw_and_one_cycle() -> None:
    config = get_preset("quick", "mnist")
    assert (config.model.name, config.optimizer.name, config.scheduler.name) == ("quick", "adamw", "one_cycle")
    assert config.training.epochs <= 3
    assert config.data.augmentation.is_active


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("data_name", [*DATASETS, "own-leaves"])
def test_a_preset_has_one_number_of_epochs_on_each_data_set(name: str, data_name: str) -> None:
    config = get_preset(name, data_name)
    assert (config.data.name, config.training.epochs) == (data_name, get_default_epochs(name, data_name))
    assert get_preset(name) == get_preset(name, PRESETS[name].data.name)


def test_the_complete_sets_take_fewer_epochs_of_quick_than_the_sample() -> None:
    for name in DOWNLOADED_DATASETS:
        assert get_default_epochs("quick", name) < get_default_epochs("quick", "mnist_sample")
    assert get_default_epochs("cnn", "mnist") == get_default_epochs("cnn", "mnist_sample")


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_needs_no_download_and_holds_out_a_tenth(name: str) -> None:
    config = get_preset(name)
    assert config.data.validation_share == 0.1
    assert DATASETS[config.data.name].is_present(Path("/nowhere"))
    assert config.training.device == "auto"


@pytest.mark.parametrize(
    ("section", "registry"),
    [("model", MODELS), ("optimizer", OPTIMIZERS), ("loss", LOSSES), ("scheduler", SCHEDULERS)],
)
def test_declared_and_registered_choices_are_the_same(section: str, registry: dict[str, Any]) -> None:
    assert set(get_alternatives(RunConfig.model_fields[section])) == set(registry)


def test_the_declared_names_of_activations_are_the_registered_ones() -> None:
    assert set(get_args(Activation)) == set(ACTIVATIONS)


def all_sections(section: type[Section] = RunConfig) -> list[type[Section]]:
    fields = section.model_fields.values()
    inner = [found for field in fields for found in {**get_alternatives(field), **get_row_types(field)}.values()]
    return [section, *(deep for found in inner for deep in all_sections(found))]


def test_every_setting_has_a_description() -> None:
    settings_seen = 0
    for section in all_sections():
        for name, field in section.model_fields.items():
            if name in ("name", "version") and section is not DataSettings:
                continue
            if not get_alternatives(field):
                assert field.title, (section, name)
                assert describe_setting(field).endswith("."), (section, name)
                settings_seen += 1
    assert settings_seen >= 20


# --set


def test_values_are_json_or_else_plain_text() -> None:
    config = apply_settings(get_preset("simple_net"), ["training.epochs=3", "data.name=mnist", 'loss.name="mse"'])
    assert (config.training.epochs, config.data.name, config.loss.name) == (3, "mnist", "mse")


def test_another_optimizer_starts_from_its_own_defaults() -> None:
    config = apply_settings(get_preset("net"), ["optimizer.name=adam"])
    assert config.optimizer.model_dump() == {
        "name": "adam",
        "lr": 0.001,
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": 1e-8,
        "weight_decay": 0.0,
    }
    kept = apply_settings(get_preset("net"), ["optimizer.name=sgd", "optimizer.lr=0.5"])
    assert kept.optimizer.model_dump()["momentum"] == 0.9


@pytest.mark.parametrize(
    "assignments",
    [["optimizer.name=adam", "optimizer.lr=0.5"], ["optimizer.lr=0.5", "optimizer.name=adam"]],
)
def test_the_order_of_settings_does_not_matter(assignments: list[str]) -> None:
    optimizer = apply_settings(get_preset("net"), assignments).optimizer
    assert (optimizer.name, optimizer.lr) == ("adam", 0.5)


MISTAKES = {
    "training.epochs": ("'training.epochs' is not a setting", "path=value"),
    "=5": ("'=5' is not a setting",),
    "model.nmae=net": ("Unknown setting 'model.nmae'", "Did you mean 'name'?"),
    "training.epoch=5": ("Unknown setting 'training.epoch'", "Did you mean 'epochs'?", "batch_size"),
    "data.augmentation.turn=5": ("Unknown setting 'data.augmentation.turn'", "rotate"),
    "optimiser.lr=1": ("Unknown setting 'optimiser'", "Did you mean 'optimizer'?"),
    "a.b.c=1": ("Unknown setting 'a'", "training"),
    "model.name=nett": ("Unknown model 'nett'", "Did you mean 'net'?", "quick", "simple_net"),
    "model.name=5": ("Unknown model '5'", "Choose one of"),
    "model.name=[1]": ("model",),
    "model.name.deeper=1": ("model",),
    "model=net": ("model", "'net'"),
    "data.name=mnst": ("Unknown data 'mnst'", "Did you mean 'mnist'?", "fashion_mnist"),
    "model.activation=rellu": ("Unknown model.activation 'rellu'", "Did you mean 'relu'?"),
    "training.epochs=0": ("training.epochs = 0", "at least 1"),
    "training.epochs=2.5": ("training.epochs = 2.5",),
    "training.epochs=many": ("training.epochs = 'many'", "integer"),
    "training.epochs=" + "9" * 5000: ("training.epochs",),
    "training.epochs=" + "[" * 5000: ("training.epochs",),
    "optimizer.lr=0": ("optimizer.lr = 0", "more than 0"),
    "optimizer.lr=NaN": ("optimizer.lr = nan", "finite"),
    "optimizer.lr=Infinity": ("optimizer.lr = inf",),
    "optimizer.momentum=1": ("optimizer.momentum = 1", "less than 1"),
    "data.validation_share=0.9": ("data.validation_share = 0.9", "at most 0.5"),
    "training.device=tpu": ("Unknown training.device 'tpu'", "auto"),
    "optimizer.nesterov=true": ("Nesterov needs momentum", "optimizer.momentum"),
    "version=2": ("version 2", "version 1"),
}


@pytest.mark.parametrize("assignment", MISTAKES, ids=lambda text: text[:30])
def test_a_mistake_is_reported_with_its_rule_and_remedy(assignment: str) -> None:
    with pytest.raises(ConfigError) as caught:
        apply_settings(get_preset("simple_net"), [assignment])
    for words in MISTAKES[assignment]:
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(ConfigError, match=r"optimizer\.lr.*training\.epochs"):
        apply_settings(get_preset("simple_net"), ["training.epochs=0", "optimizer.lr=-1"])


def test_a_setting_below_one_that_is_replaced_is_refused() -> None:
    with pytest.raises(ConfigError, match="leave one of them out"):
        apply_settings(get_preset("net"), ["model=3", "model.name=quick"])


def test_an_unknown_preset_is_reported_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"Unknown preset 'quik'\. Did you mean 'quick'\?"):
        get_preset("quik")


# Files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "JSON object"),
        (b"\xff\xfe", "not text"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"version": 99}', "version 99"),
        (b'{"model": {"name": "lenet"}}', "Unknown model 'lenet'"),
        (b'{"model": {}}', "model"),
        (b'{"training": 5}', "training"),
        (b'{"surprise": 5}', "Unknown setting 'surprise'"),
    ],
)
def test_a_bad_config_file_is_reported_with_its_mistake(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert "mine.json" in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_config_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.json.*No such file"):
        read_config(tmp_path / "absent.json")


def test_a_partial_config_file_overrides_its_base(tmp_path: Path) -> None:
    file = tmp_path / "part.json"
    file.write_text('{"training": {"epochs": 4}, "optimizer": {"name": "adamw"}}')
    config = read_config(file, base=get_preset("net"))
    assert (config.model.name, config.training.epochs, config.optimizer.name) == ("net", 4, "adamw")
    assert config.training.batch_size == get_preset("net").training.batch_size


# A run that has begun


@pytest.mark.parametrize(
    "assignment",
    ["model.name=net", "data.name=mnist", "optimizer.name=adam", "training.batch_size=7", "training.seed=7"],
)
def test_settings_that_a_started_run_depends_on_cannot_change(assignment: str) -> None:
    with pytest.raises(ConfigError, match="cannot be changed in a run that has started"):
        apply_resume_settings(get_preset("simple_net"), [assignment])


def test_a_started_run_may_get_more_epochs_and_another_learning_rate() -> None:
    config = apply_resume_settings(get_preset("simple_net"), ["training.epochs=20", "optimizer.lr=0.001"])
    assert (config.training.epochs, config.optimizer.lr) == (20, 0.001)


# Round trips


def values_of(field: FieldInfo) -> st.SearchStrategy[Any]:
    """What the declaration of a plain setting allows."""
    bounds = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)
    }
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
    if field.annotation in (bool, str) or get_origin(field.annotation) is tuple:
        return st.just(field.default)
    if field.annotation is int:
        return st.integers(low, high)
    if field.annotation is float:
        return st.floats(low, high, exclude_min="gt" in bounds, exclude_max="lt" in bounds)
    return st.sampled_from(get_args(field.annotation))


def sections(section: type[Section]) -> st.SearchStrategy[dict[str, Any]]:
    parts = {}
    for name, field in section.model_fields.items():
        inner = get_alternatives(field)
        parts[name] = st.one_of([sections(one) for one in inner.values()]) if inner else values_of(field)
    return st.fixed_dictionaries(parts)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(sections(RunConfig))
def test_valid_settings_survive_json_and_changes(values: dict[str, Any]) -> None:
    try:
        config = parse_config(values)
    except ConfigError:  # settings that are allowed one by one, and not together
        reject()
    again = parse_config(json.loads(json.dumps(config.model_dump())))
    assert again == config
    assert update_config(config, {}) == config
    assert update_config(get_preset("quick"), config.model_dump()) == config
