"""Defaults that follow the number of training examples, and sentences about small and uneven data. Needs no torch.

A preset's batch size and epochs suit its own data set. With 62 examples, batches of 100 and 2 epochs are only two updates.
"""

import math
from dataclasses import dataclass

from nn_core.config.losses import HuberSettings, MAESettings, MSESettings, WeightedLossSettings
from nn_core.config.presets import PRESETS, get_preset
from nn_core.config.run import RunConfig, TrainingSettings
from nn_core.data import DatasetSpec, DataSettings
from nn_core.i18n import _
from nn_core.models import get_goal

__all__ = [
    "MIN_UPDATES",
    "SplitSizes",
    "count_splits",
    "describe_data_size",
    "describe_uneven_classes",
    "explain_data_defaults",
    "fit_loss",
    "get_data_defaults",
    "warn_about_validation",
]

MIN_UPDATES = 300
"""The default number of epochs gives at least this many updates, unless `_MAX_EPOCHS` are fewer."""
_MAX_EPOCHS = 300
_BATCHES = 4
"""About how many batches an epoch of a small data set has."""
_MIN_BATCH_SIZE = 32
"""With the learning rates of the presets, smaller batches of few examples are too noisy, above all with class weights."""
_MIN_VALIDATION = 20
_UNEVEN_RATIO = 3


@dataclass(frozen=True)
class SplitSizes:
    """How many examples a run trains on, and how many it holds out for validation."""

    train: int
    validation: int


def count_splits(spec: DatasetSpec, settings: DataSettings) -> SplitSizes | None:
    """Count the examples of a run without reading the data; None if that is not possible."""
    total = sum(spec.train_counts(settings))
    if not total or settings.drawings.share:
        return None
    validation = max(1, round(settings.validation_share * total))
    train = total - validation
    return SplitSizes(min(train, settings.train_examples or train), validation)


def get_data_defaults(
    preset: str, spec: DatasetSpec, data: DataSettings, batch_size: int | None = None
) -> TrainingSettings:
    """Return a preset's settings with a batch size that fits the data, and enough epochs for `MIN_UPDATES`.

    The number of epochs is never reduced. On all examples of the preset's own data set, nothing changes.

    Args:
        preset: the name of a preset.
        spec: the data set.
        data: how many examples of it are used.
        batch_size: the batch size that the user has set; None to choose it.
    """
    training = get_preset(preset, spec.name).training
    sizes = count_splits(spec, data)
    if sizes is None or (spec.name == PRESETS[preset].data.name and not data.train_examples):
        return training
    size = batch_size or _choose_batch_size(training.batch_size, sizes.train)
    epochs = math.ceil(MIN_UPDATES / math.ceil(sizes.train / size))
    return training.model_copy(update={"batch_size": size, "epochs": max(training.epochs, min(epochs, _MAX_EPOCHS))})


def fit_loss(config: RunConfig, spec: DatasetSpec) -> RunConfig:
    """Return the settings with the mean squared error if a number is to be predicted and their loss is for something else."""
    if not spec.is_regression or isinstance(config.loss, MSESettings | MAESettings | HuberSettings):
        return config
    return config.model_copy(update={"loss": MSESettings()})


def _choose_batch_size(preferred: int, train: int) -> int:
    power_of_two: int = 1 << round(math.log2(max(1, train / _BATCHES)))
    size = min(preferred, max(_MIN_BATCH_SIZE, power_of_two), train)
    while size > 2 and train % size == 1:  # batch norm cannot be trained on a single example
        size -= 1
    return size


def explain_data_defaults(preset: str, spec: DatasetSpec, config: RunConfig) -> str:
    """Explain in a sentence why a config has other defaults than the preset; an empty string if it has the preset's or others."""
    training, sizes = config.training, count_splits(spec, config.data)
    own = get_preset(preset, spec.name).training
    chosen = get_data_defaults(preset, spec, config.data)
    epochs = get_data_defaults(preset, spec, config.data, training.batch_size).epochs
    has_own_batch_size = training.batch_size != chosen.batch_size or chosen.batch_size == own.batch_size
    if sizes is None or epochs != training.epochs or (epochs == own.epochs and has_own_batch_size):
        return ""
    return _(
        "Chosen for {count:,} training examples: {epochs:,} epochs with batches of {size:,} are {updates:,} updates."
    ).format(
        count=sizes.train,
        size=min(training.batch_size, sizes.train),
        epochs=training.epochs,
        updates=math.ceil(sizes.train / training.batch_size) * training.epochs,
    )


def warn_about_validation(sizes: SplitSizes) -> str:
    """Return a warning if too few examples are held out for validation; otherwise an empty string."""
    if sizes.validation >= _MIN_VALIDATION:
        return ""
    return _(
        "Only {count} examples are held out for validation, fewer than {fewest}, so the validation accuracy is a rough estimate: "
        "collect more examples, or hold out a larger share."
    ).format(count=sizes.validation, fewest=_MIN_VALIDATION)


def describe_uneven_classes(spec: DatasetSpec, settings: DataSettings) -> str:
    """Say how uneven the classes are if the largest has several times as many examples as the smallest; otherwise an empty
    string."""
    counts = {label: count for label, count in zip(spec.classes, spec.train_counts(settings), strict=False) if count}
    if not counts or max(counts.values()) < _UNEVEN_RATIO * min(counts.values()):
        return ""
    largest, smallest = (choose(counts, key=counts.__getitem__) for choose in (max, min))
    return _(
        "The classes are uneven: '{largest}' has {most:,} examples for training and validation, '{smallest}' only {fewest:,}."
    ).format(largest=largest, most=counts[largest], smallest=smallest, fewest=counts[smallest])


def describe_data_size(preset: str, spec: DatasetSpec, config: RunConfig) -> list[str]:
    """Describe for the command line what follows from the number of examples: the defaults, and what is too few or uneven."""
    sizes = count_splits(spec, config.data)
    sentences = [explain_data_defaults(preset, spec, config), warn_about_validation(sizes) if sizes else ""]
    uneven = describe_uneven_classes(spec, config.data)
    if (
        uneven
        and isinstance(config.loss, WeightedLossSettings)
        and get_goal(config.model.name, spec.task) == "classify"
    ):
        remedy = _("--set loss.class_weights=balanced gives every class the same weight.")
        sentences.append(f"{uneven} {remedy}" if config.loss.class_weights == "none" else "")
    return [sentence for sentence in sentences if sentence]
