"""Scores and their averages against scikit-learn, and how often their intervals contain the true value."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from nn_core.statistics.proportions import compute_wilson_bounds, compute_wilson_interval
from nn_core.statistics.scores import AverageScores, Score, compute_scores

SIMULATIONS = 1_000


def list_scores(scores: AverageScores) -> list[Score]:
    return [scores.precision, scores.recall, scores.f1]


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    """With a class that has no samples, one that is never predicted, and one that has neither."""
    random = np.random.default_rng(seed)
    labels = random.choice([0, 1, 2, 3], 200)
    predicted = np.where(random.random(200) < 0.6, labels, random.choice([0, 1, 2, 4], 200))
    predicted[predicted == 3] = 2
    scores = compute_scores(confusion_matrix(labels, predicted, labels=range(6)).tolist())
    expected = precision_recall_fscore_support(labels, predicted, labels=range(6), zero_division=0.0)
    for row, *values, support in zip(scores.classes, *expected, strict=True):
        assert [score.value for score in list_scores(row)] == pytest.approx(values)
        assert row.support == support
    for average, name in ((scores.macro, "macro"), (scores.weighted, "weighted")):
        values = precision_recall_fscore_support(labels, predicted, average=name, zero_division=0.0)[:3]
        assert [score.value for score in list_scores(average)] == pytest.approx(values)
        for score in list_scores(average):
            assert score.interval
            assert 0 <= score.interval[0] < score.value < score.interval[1] <= 1


def test_intervals_of_precision_and_recall_are_wilsons() -> None:
    row = compute_scores([[8, 2], [5, 85]]).classes[0]
    assert row.precision.interval == pytest.approx(compute_wilson_interval(8, 13))
    assert row.recall.interval == pytest.approx(compute_wilson_interval(8, 10))
    low, high = compute_wilson_interval(8, 15)
    assert row.f1.interval == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_a_class_without_samples_or_answers_has_no_interval() -> None:
    _first, second, third = compute_scores([[5, 0, 0], [3, 0, 0], [0, 0, 0]]).classes
    assert second.precision == Score(0.0, None)
    assert second.recall.interval
    assert [score.interval for score in list_scores(third)] == [None, None, None]


@pytest.mark.parametrize(("matrix", "value"), [([[30, 0], [0, 10]], 1.0), ([[0, 30], [10, 0]], 0.0)])
def test_averages_without_a_mistake_or_a_right_answer_have_intervals(matrix: list[list[int]], value: float) -> None:
    scores = compute_scores(matrix)
    for score in [*list_scores(scores.macro), *list_scores(scores.weighted)]:
        assert score.interval
        assert score.value == value
        assert 0.05 < score.interval[1] - score.interval[0] < 0.2
    assert scores.weighted.recall.interval == pytest.approx(compute_wilson_interval(int(40 * value), 40))
    macro, weighted = scores.macro.recall.interval, scores.weighted.recall.interval
    assert macro
    assert weighted
    assert macro[1] - macro[0] > weighted[1] - weighted[0], (
        "the class with 10 samples counts for as much as that with 30"
    )


def make_population(random: np.random.Generator, classes: int) -> np.ndarray:
    """The probability of each (true, predicted) pair: classes of unequal size, of which some are easier."""
    sizes = np.exp(-1.2 * np.arange(classes) / classes)
    mistakes = random.dirichlet(np.ones(classes), classes)
    np.fill_diagonal(mistakes, 0)
    recall = random.uniform(0.75, 0.99, classes)
    rows = np.diag(recall) + (1 - recall)[:, None] * mistakes / mistakes.sum(axis=1, keepdims=True)
    return (sizes / sizes.sum())[:, None] * rows


@pytest.mark.parametrize(("classes", "samples"), [(8, 800), (40, 2_000)])
def test_95_percent_of_the_intervals_contain_the_true_value(classes: int, samples: int) -> None:
    random = np.random.default_rng(0)
    hits: dict[str, list[bool]] = {}
    for _population in range(SIMULATIONS // 40):
        population = make_population(random, classes)
        right, true, predicted = population.diagonal(), population.sum(axis=1), population.sum(axis=0)
        of_class = np.array([right / predicted, right / true, 2 * right / (true + predicted)])
        expected = {"class": of_class[:, 0], "macro": of_class.mean(axis=1), "weighted": of_class @ true}
        for counts in random.multinomial(samples, population.ravel(), 40).reshape(40, classes, classes):
            scores = compute_scores(counts.tolist())
            for kind, average in (("class", scores.classes[0]), ("macro", scores.macro), ("weighted", scores.weighted)):
                for name, score, value in zip(
                    ("precision", "recall", "F1"), list_scores(average), expected[kind], strict=True
                ):
                    if score.interval:
                        hits.setdefault(f"{kind} {name}", []).append(score.interval[0] <= value <= score.interval[1])
    coverage = {name: float(np.mean(each)) for name, each in hits.items()}
    assert len(coverage) == 9
    assert all(0.93 <= share <= 0.97 for share in coverage.values()), coverage


def test_averages_of_classes_with_few_samples_have_no_interval_but_the_accuracy() -> None:
    scores = compute_scores([[9, 0], [4, 60]])
    assert [score.interval for score in list_scores(scores.macro)] == [None, None, None]
    assert scores.weighted.recall.interval == pytest.approx(compute_wilson_interval(69, 73))
    assert scores.weighted.f1.interval is None


def test_many_wilson_intervals_are_those_of_scipy() -> None:
    pairs = [(0, 5), (5, 5), (3, 10), (999, 1000)]
    low, high = compute_wilson_bounds(np.array([a / b for a, b in pairs]), np.array([b for _a, b in pairs]))
    assert list(zip(low, high, strict=True)) == [pytest.approx(compute_wilson_interval(*pair)) for pair in pairs]
