"""Simulates what docs/seeds.md says about the statistics of seeds: `python -m scripts.seed_statistics`, about a minute.

The results of runs are drawn from a normal distribution, or from a skewed one as accuracies near 100 % have.
"""

from collections.abc import Iterable

import numpy as np
from scipy.stats import t

from nn_core.statistics.power import find_seeds_needed
from nn_core.statistics.spread import compare_means

__all__ = ["draw_results", "measure_difference_coverage", "measure_mean_coverage"]

_REPEATS = 100_000
_PLANS = 2_000
_MOST_LOOKS = 16
_SKEW = 4.0  # the shape of a gamma distribution

Random = np.random.Generator
Results = np.ndarray


def main() -> None:
    """Print the tables."""
    random = np.random.default_rng(0)
    print("95 % interval of the mean: how often it contains the true mean")
    for count in (2, 3, 5, 10, 16):
        shares = [measure_mean_coverage(random, count, _REPEATS, is_skewed=is_skewed) for is_skewed in (False, True)]
        print(f"  {count:2} runs: normal {shares[0]:.1%}, skewed {shares[1]:.1%}")
    print("95 % interval of a difference (Welch): how often it contains the true difference")
    for counts in ((2, 2), (3, 3), (3, 8), (5, 5), (16, 16)):
        shares = [measure_difference_coverage(random, counts, ratio, _REPEATS) for ratio in (1.0, 3.0)]
        print(
            f"  {counts[0]:2} and {counts[1]:2} runs: equal spread {shares[0]:.1%}, three times the spread {shares[1]:.1%}"
        )
    print("Adding one seed to each group until the interval leaves out 0, without a true difference")
    print(f"  from 3 to {_MOST_LOOKS} runs each: a difference is found in {_measure_stopping(random):.1%} of the cases")
    print("Needed runs in each group, as planned from 3 runs each (true difference / standard deviation)")
    for ratio, needed in ((2.0, 6), (1.0, 17), (0.5, 64)):
        print(f"  {ratio:g}: truly {needed}; {_describe_plans(random, ratio)}")


def draw_results(random: Random, shape: tuple[int, ...], *, is_skewed: bool = False) -> Results:
    """Draw results with mean 0 and standard deviation 1."""
    if is_skewed:
        return (_SKEW - random.gamma(_SKEW, size=shape)) / np.sqrt(_SKEW)
    return random.normal(size=shape)


def measure_mean_coverage(random: Random, count: int, repeats: int, *, is_skewed: bool = False) -> float:
    """The share of 95 % intervals that contain the true mean."""
    results = draw_results(random, (repeats, count), is_skewed=is_skewed)
    half = t.ppf(0.975, count - 1) * results.std(axis=1, ddof=1) / np.sqrt(count)
    return float((np.abs(results.mean(axis=1)) <= half).mean())


def measure_difference_coverage(random: Random, counts: tuple[int, int], ratio: float, repeats: int) -> float:
    """The share of 95 % intervals that contain the true difference. ratio: of the second standard deviation to the first."""
    first = draw_results(random, (repeats, counts[0]))
    second = ratio * draw_results(random, (repeats, counts[1]))
    one, other = first.var(axis=1, ddof=1) / counts[0], second.var(axis=1, ddof=1) / counts[1]
    freedom = (one + other) ** 2 / (one**2 / (counts[0] - 1) + other**2 / (counts[1] - 1))
    half = t.ppf(0.975, freedom) * np.sqrt(one + other)
    return float((np.abs(second.mean(axis=1) - first.mean(axis=1)) <= half).mean())


def _measure_stopping(random: Random) -> float:
    """How often a difference is found that is not there, if each number of runs is looked at."""
    results = draw_results(random, (2, _REPEATS, _MOST_LOOKS))
    found = np.zeros(_REPEATS, dtype=bool)
    for count in range(3, _MOST_LOOKS + 1):
        seen = results[:, :, :count]
        one, other = seen.var(axis=2, ddof=1) / count
        freedom = (one + other) ** 2 / (one**2 + other**2) * (count - 1)
        means = seen.mean(axis=2)
        found |= np.abs(means[1] - means[0]) > t.ppf(0.975, freedom) * np.sqrt(one + other)
    return float(found.mean())


def _describe_plans(random: Random, ratio: float) -> str:
    plans = sorted(_make_plans(random, ratio))
    low, middle, high = (plans[round(share * (len(plans) - 1))] for share in (0.1, 0.5, 0.9))
    return f"planned {low} to {high} in 80 % of the cases, median {middle}"


def _make_plans(random: Random, ratio: float) -> Iterable[int]:
    """Yield the planned numbers of runs; 101 for more than 100."""
    for _plan in range(_PLANS):
        first, second = draw_results(random, (3,)), ratio + draw_results(random, (3,))
        comparison = compare_means(first.tolist(), second.tolist())
        assert comparison
        yield find_seeds_needed(comparison).per_group or 101


if __name__ == "__main__":
    main()
