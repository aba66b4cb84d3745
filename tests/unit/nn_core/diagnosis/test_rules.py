"""Each rule finds what it is for and nothing in a healthy run; each remedy can be applied."""

import json
from dataclasses import replace

import pytest

from nn_core.config import PRESETS, apply_settings, get_preset
from nn_core.diagnosis.diagnose import RULES, find_causes
from nn_core.diagnosis.findings import Finding, get_effective_lr, suggest_lr
from nn_core.diagnosis.measurements import (
    Agreement,
    CurveFigures,
    InputFigures,
    Measurements,
    NetworkFigures,
    Probe,
    UnitFigures,
    WeightFigures,
)
from nn_core.errors import DIVERGED_MESSAGE
from nn_core.runs import RunStatus
from nn_core.runs.reports import ClassificationReport, ClassScores
from nn_core.runs.status import Best

CLASSES = tuple("0123456789")
CHANCE = Agreement(0.1, 0.1, 400)
NETWORK = NetworkFigures(
    2.3,
    (WeightFigures("1", 6.5, 1.5), WeightFigures("3", 4.0, 1.0), WeightFigures("5", 1.8, 0.6)),
    (UnitFigures("2", "ReLU", 128, 0.0, 0.0),),
)
CURVES = CurveFigures(2.3, 2.31, 0.25, 0.93, 0.05, (0.9, 0.5, 0.39, 0.37, 0.36), (0.75, 0.85, 0.89, 0.9, 0.9), 1.0)
PROBE = Probe(
    start=NETWORK,
    now=replace(NETWORK, loss=0.3),
    uninformed_loss=2.303,
    validation=Agreement(0.9, 0.1, 400),
    validation_loss=0.36,
    has_softmax=False,
    inputs=InputFigures(0.0, 1.0),
    neighbours=Agreement(0.9, 0.1, 500),
    class_counts=(400,) * 10,
    train_samples=3600,
    saved_step=360,
)
STATUS = RunStatus(
    status="finished",
    created_at="2026-01-01T00:00:00+00:00",
    updated_at="2026-01-01T00:00:00+00:00",
    step=360,
    steps=360,
    epochs_done=10,
    epochs=10,
    best=Best(epoch=10, step=360, accuracy=0.9, loss=0.36),
)


def report(accuracy: float = 0.89, without: int | None = None) -> ClassificationReport:
    right = round(100 * accuracy)
    matrix = [[right if row == column else 0 for column in range(10)] for row in range(10)]
    for row in range(10):
        matrix[row][(row + 1) % 10] += 100 - right
    if without is not None:
        for row in range(10):
            matrix[row][(without + 1) % 10] += matrix[row][without]
            matrix[row][without] = 0
    scores = ClassScores(precision=accuracy, recall=accuracy, f1=accuracy, support=100)
    return ClassificationReport(
        samples=1000,
        step=360,
        accuracy=accuracy,
        accuracy_interval=(accuracy - 0.02, accuracy + 0.02),
        loss=0.4,
        classes=list(CLASSES),
        confusion_matrix=matrix,
        per_class=dict.fromkeys(CLASSES, scores),
        confusions=[],
    )


HEALTHY = Measurements(
    config=get_preset("simple_net"),
    status=STATUS,
    classes=CLASSES,
    kind="pictures",
    goal="classify",
    lr=0.01,
    curves=CURVES,
    probe=PROBE,
    evaluation=report(),
)


def set_up(*settings: str, **changes: object) -> Measurements:
    """The healthy run with other settings and measurements; those of the probe, the curves and the status are found by their names."""
    config = apply_settings(HEALTHY.config, settings)
    probe, curves, status = (
        {name: value for name, value in changes.items() if name in fields}
        for fields in (Probe.__dataclass_fields__, CurveFigures.__dataclass_fields__, RunStatus.model_fields)
    )
    rest = {name: value for name, value in changes.items() if name in ("evaluation", "goal", "kind")}
    return replace(
        HEALTHY,
        config=config,
        lr=config.optimizer.lr,
        probe=replace(PROBE, **probe),
        curves=replace(CURVES, **curves),
        status=STATUS.model_copy(update=status),
        **rest,
    )


DIVERGED = DIVERGED_MESSAGE.format(step=3, smaller=0.5, rate=5.0)
AT_CHANCE = {"validation": CHANCE, "validation_accuracy": (0.1,) * 4, "train_loss": 2.3, "train_accuracy": 0.1}
EXPLODED = replace(NETWORK, loss=1e6)
DEAD = replace(NETWORK, units=(UnitFigures("2", "ReLU", 128, 0.9, 0.0),))
SATURATED = replace(NETWORK, units=(UnitFigures("2", "Tanh", 128, 0.0, 0.9),))
VANISHED = replace(NETWORK, weights=(WeightFigures("1", 6.5, 1e-6), *NETWORK.weights[1:]))
SICK = {
    "lr_too_high": set_up("optimizer.lr=5", highest_loss=300.0, **AT_CHANCE),
    "lr_too_low": set_up("optimizer.lr=0.00001", **AT_CHANCE),
    "too_few_updates": set_up("training.epochs=1", "training.batch_size=1000", step=4, **AT_CHANCE),
    "overfitting": set_up(
        train_accuracy=1.0, train_loss=0.001, validation_accuracy=(0.7, 0.72, 0.71), validation_loss=(1.0, 0.9, 1.6)
    ),
    "dead_units": set_up(start=DEAD, now=DEAD, **AT_CHANCE),
    "saturated_units": set_up("model.activation=tanh", start=SATURATED, now=SATURATED),
    "vanishing_gradients": set_up("model.activation=sigmoid", start=VANISHED, **AT_CHANCE),
    "exploding_gradients": set_up(start=EXPLODED, **AT_CHANCE),
    "shuffled_labels": set_up(neighbours=Agreement(0.1, 0.1, 500), **AT_CHANCE),
    "softmax_twice": set_up(has_softmax=True),
    "unnormalised_inputs": set_up(inputs=InputFigures(33.0, 78.0)),
    "class_never_predicted": set_up(class_counts=(400,) * 9 + (0,), evaluation=report(without=9)),
    "test_below_validation": set_up(evaluation=report(0.6)),
    "still_improving": set_up(validation_loss=(2.0, 1.6, 1.4, 1.2), validation_accuracy=(0.3, 0.5, 0.6, 0.9)),
    "no_better_than_chance": set_up(**AT_CHANCE),
}


def find(measurements: Measurements) -> list[str]:
    return [finding.kind for finding in find_causes(measurements)]


def test_nothing_is_found_in_a_healthy_run() -> None:
    assert find_causes(HEALTHY) == []


@pytest.mark.parametrize("kind", SICK)
def test_each_fault_is_found_first(kind: str) -> None:
    assert find(SICK[kind])[0] == kind


def test_every_rule_has_a_case() -> None:
    assert len(RULES) == len(SICK)


@pytest.mark.parametrize("kind", SICK)
def test_findings_are_sentences_and_their_settings_can_be_applied(kind: str) -> None:
    for finding in find_causes(SICK[kind]):
        for text in (finding.finding, finding.evidence, finding.remedy):
            assert text.endswith(".")
            assert "{" not in text
            assert "nan" not in text
        config = apply_settings(
            SICK[kind].config, [f"{path}={json.dumps(value)}" for path, value in finding.settings.items()]
        )
        assert bool(finding.settings) == (config != SICK[kind].config)
        assert bool(finding.button) == bool(finding.settings)
        assert set(finding.to_json()) == {"finding", "evidence", "remedy", "settings", "kind", "tip"}
        json.dumps(finding.to_json())


def test_the_first_cause_says_that_the_result_is_no_better_than_guessing() -> None:
    first, *others = find_causes(SICK["lr_too_high"])
    assert first.finding == "No better than guessing (10.0 %). The learning rate 5 is probably too high."
    assert first.button == "Try 0.01"
    assert first.settings == {"optimizer.lr": 0.01}
    assert "no_better_than_chance" not in [finding.kind for finding in others]


def test_a_run_that_diverged_has_too_high_a_rate_or_exploding_gradients() -> None:
    lost = {"curves": None}
    high = replace(set_up("optimizer.lr=5", status="failed", message=DIVERGED), **lost)
    assert find(high)[:2] == ["lr_too_high", "exploding_gradients"]
    usual = replace(set_up(status="failed", message=DIVERGED), **lost)
    assert find(usual)[:2] == ["exploding_gradients", "lr_too_high"]
    assert find(replace(high, probe=None))[:2] == ["lr_too_high", "exploding_gradients"]
    other = replace(set_up("optimizer.lr=5", status="failed", message="The disk is full."), **lost)
    assert not {"exploding_gradients"} & set(find(other))


def test_nothing_is_said_too_early() -> None:
    early = set_up(status="running", step=40, epochs_done=1, **AT_CHANCE)
    assert find_causes(early) == []
    later = set_up(status="running", step=400, epochs_done=4, **AT_CHANCE)
    assert find(later) == ["no_better_than_chance"]
    assert later.probe
    unsaved = replace(later, probe=replace(later.probe, saved_step=0))
    assert find_causes(unsaved) == [], "the network that was measured is the one before the first step"
    running = set_up("training.epochs=1", "training.batch_size=1000", status="running", step=100, epochs_done=1)
    assert "too_few_updates" not in find(running), "it still trains"


def test_a_run_without_curves_or_network_is_not_judged() -> None:
    assert find_causes(replace(HEALTHY, probe=None)) == []
    assert find_causes(replace(HEALTHY, probe=None, curves=None, evaluation=None)) == []


def test_a_tip_is_not_shown_beside_a_fault() -> None:
    both = replace(SICK["still_improving"], probe=replace(PROBE, has_softmax=True))
    assert find(both) == ["softmax_twice"]
    assert find_causes(SICK["still_improving"])[0].is_tip


def test_labels_are_not_blamed_if_the_network_found_a_connection() -> None:
    assert "shuffled_labels" not in find(set_up(neighbours=Agreement(0.1, 0.1, 500)))


def test_labels_are_a_less_likely_cause_if_the_training_was_spoiled() -> None:
    both = set_up("optimizer.lr=5", neighbours=Agreement(0.1, 0.1, 500), highest_loss=300.0, **AT_CHANCE)
    assert find(both)[0] == "lr_too_high"
    assert "shuffled_labels" in find(both)


def test_a_run_that_continues_from_trained_weights_may_be_short_and_careful() -> None:
    start_from = "training.start_from=other"
    short = set_up(start_from, "training.epochs=1", "optimizer.lr=0.0001", step=20, first_loss=0.3, train_loss=0.28)
    assert find_causes(short) == []


def test_a_gap_between_few_examples_may_be_chance() -> None:
    few = {"train_accuracy": 1.0, "validation_accuracy": (0.7, 0.8, 0.8), "validation_loss": (1.0, 0.9, 1.6)}
    gap = set_up(validation=Agreement(0.8, 0.1, 10), evaluation=None, **few)
    assert "overfitting" not in find(gap)
    with_test = set_up(validation=Agreement(0.8, 0.1, 10), evaluation=report(0.75), **few)
    assert "overfitting" in find(with_test)


def test_a_rare_class_gets_other_evidence_than_one_without_examples() -> None:
    rare = set_up(class_counts=(400,) * 9 + (12,), evaluation=report(without=9))
    (finding,) = [each for each in find_causes(rare) if each.kind == "class_never_predicted"]
    assert "12 of 3,612 training examples" in finding.evidence
    assert finding.finding == "The class '9' is never predicted."


@pytest.mark.parametrize("preset", PRESETS)
def test_the_learning_rate_of_every_preset_is_known_to_work(preset: str) -> None:
    config = get_preset(preset)
    assert suggest_lr(config) == pytest.approx(config.optimizer.lr)


def test_momentum_makes_steps_of_sgd_larger() -> None:
    config = apply_settings(get_preset("simple_net"), ["optimizer.momentum=0.9"])
    assert suggest_lr(config) == pytest.approx(0.001)
    assert get_effective_lr(config, 0.001) == pytest.approx(0.01)
    adam = apply_settings(get_preset("simple_net"), ["optimizer.name=adam"])
    assert suggest_lr(adam) == 0.001


def test_findings_are_ordered_by_likelihood() -> None:
    everything = set_up(
        "optimizer.lr=5", has_softmax=True, inputs=InputFigures(33.0, 78.0), highest_loss=300.0, **AT_CHANCE
    )
    found: list[Finding] = find_causes(everything)
    assert [each.kind for each in found][:3] == ["softmax_twice", "unnormalised_inputs", "lr_too_high"]
    assert [each.likelihood for each in found] == sorted((each.likelihood for each in found), reverse=True)


def test_another_pixel_scaling_is_the_cause_of_unnormalised_inputs() -> None:
    raw = set_up("data.scaling=0-255", inputs=InputFigures(33.0, 78.0))
    assert find_causes(raw)[0].settings == {"data.scaling": "mean-std"}


def test_a_network_that_was_trained_elsewhere_is_not_judged_by_a_training_that_nobody_saw() -> None:
    imported = set_up(inputs=InputFigures(33.0, 78.0), start=EXPLODED, status="finished", epochs_done=0, **AT_CHANCE)
    (found,) = find_causes(imported)
    assert (found.kind, found.settings, found.button) == ("no_better_than_chance", {}, "")
