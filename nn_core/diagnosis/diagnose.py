"""Diagnoses a run: measures it, applies all rules, and orders what they find."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from nn_core.data import Dataset, find_configured_dataset, load_dataset
from nn_core.diagnosis import rules_data, rules_network, rules_training
from nn_core.diagnosis.findings import Finding, FindingKind
from nn_core.diagnosis.measurements import Measurements, Probe, measure_curves
from nn_core.errors import NNLabError
from nn_core.i18n import N_
from nn_core.models import get_goal
from nn_core.runs import History, RunFolder

__all__ = [
    "CHECKED",
    "CHECKED_CURVES",
    "EARLY_RULES",
    "IMPORTED_RULES",
    "RULES",
    "diagnose_run",
    "find_causes",
    "measure_run",
]

RULES: tuple[Callable[[Measurements], Finding | None], ...] = (
    rules_network.check_softmax_twice,
    rules_data.check_inputs,
    rules_data.check_predicted_classes,
    rules_data.check_labels,
    rules_training.check_lr_too_high,
    rules_network.check_exploding_gradients,
    rules_network.check_dead_units,
    rules_network.check_saturated_units,
    rules_network.check_vanishing_gradients,
    rules_training.check_lr_too_low,
    rules_training.check_updates,
    rules_data.check_test_data,
    rules_training.check_overfitting,
    rules_training.check_better_than_chance,
    rules_training.check_still_improving,
)
"""In the order of equally likely findings."""
EARLY_RULES = (
    rules_network.check_softmax_twice,
    rules_data.check_inputs,
    rules_network.check_exploding_gradients,
)
"""Those for a run that has hardly begun, when a poor result says nothing yet."""
IMPORTED_RULES = (
    rules_network.check_softmax_twice,
    rules_data.check_predicted_classes,
    rules_training.check_better_than_chance,
)
"""Those for a network that was trained elsewhere: how it began, and with which settings, is not known."""
_SPOILS_TRAINING: frozenset[FindingKind] = frozenset(
    {
        "softmax_twice",
        "unnormalised_inputs",
        "lr_too_high",
        "lr_too_low",
        "too_few_updates",
        "dead_units",
        "saturated_units",
        "vanishing_gradients",
        "exploding_gradients",
    }
)
CHECKED = N_(
    "learning rate, number of updates, overfitting, units, gradients, labels, inputs, outputs, predicted classes, test data"
)
"""What the rules look at, in words."""
CHECKED_CURVES = N_("learning rate, overfitting, predicted classes, test data")
"""The same for a run whose network cannot be examined."""


def find_causes(measurements: Measurements) -> list[Finding]:
    """Apply all rules. The most likely finding comes first.

    That a run is no better than guessing is a symptom: where a cause is known, the first cause says so as well.
    """
    rules = (
        EARLY_RULES if measurements.is_early else IMPORTED_RULES if measurements.status.has_imported_weights else RULES
    )
    found = [finding for rule in rules if (finding := rule(measurements))]
    if measurements.status.has_imported_weights:
        found = [replace(finding, settings={}, button="") for finding in found]  # they would train another network
    if any(finding.kind in _SPOILS_TRAINING for finding in found):
        # Then a network finds no connection between examples and labels even if there is one.
        found = [replace(each, likelihood=0.5) if each.kind == "shuffled_labels" else each for each in found]
    found.sort(key=lambda finding: -finding.likelihood)
    symptoms = [finding for finding in found if finding.kind == "no_better_than_chance"]
    causes = [finding for finding in found if finding.kind != "no_better_than_chance" and not finding.is_tip]
    if symptoms and causes:
        first = replace(causes[0], finding=f"{symptoms[0].finding} {causes[0].finding}")
        return [
            first,
            *(finding for finding in found if finding not in (causes[0], symptoms[0]) and not finding.is_tip),
        ]
    return [finding for finding in found if not (finding.is_tip and causes)]


def diagnose_run(
    run: RunFolder,
    data_folder: Path,
    *,
    history: History | None = None,
    load: Callable[[], Dataset] | None = None,
    has_probe: bool = True,
) -> list[Finding]:
    """Find what is probably wrong with a run; an empty list if nothing is.

    Args:
        run: A run in any state.
        data_folder: Where its data set is.
        history: Its curves, if they have been read already.
        load: Loads its data set; by default without downloading it.
        has_probe: Whether to run the network. It takes a fraction of a second and finds much more.

    Raises:
        BadInput: The run's config or status cannot be read.
    """
    return find_causes(measure_run(run, data_folder, history=history, load=load, has_probe=has_probe))


def measure_run(
    run: RunFolder,
    data_folder: Path,
    *,
    history: History | None = None,
    load: Callable[[], Dataset] | None = None,
    has_probe: bool = True,
) -> Measurements:
    """Measure what the rules need. The arguments are those of `diagnose_run`."""
    config, status = run.config(), run.status()
    if history is None:
        history = History(run.metrics_file)
        history.update()
    spec = find_configured_dataset(config.data, data_folder)
    evaluation = None
    with suppress(NNLabError):  # a damaged evaluation is reported where it is shown
        evaluation = run.evaluation_of(status)
    lr = float(status.learning_rate or config.optimizer.lr)
    return Measurements(
        config=config,
        status=status,
        classes=spec.classes,
        kind=spec.kind,
        goal=get_goal(config.model.name, spec.task),
        lr=lr,
        curves=measure_curves(history, lr),
        probe=_probe(run, data_folder, load) if has_probe and spec.is_present(data_folder) else None,
        evaluation=evaluation,
    )


def _probe(run: RunFolder, data_folder: Path, load: Callable[[], Dataset] | None) -> Probe | None:
    """Measure the network; None if its weights or its data cannot be read, which is reported elsewhere."""
    from safetensors import SafetensorError

    from nn_core.diagnosis.probe import probe_run

    config = run.config()
    try:
        dataset = load() if load else load_dataset(config.data, data_folder, download=False)
        return probe_run(run, config, dataset)
    except (NNLabError, OSError, SafetensorError, RuntimeError):
        return None
