"""What is said of a group and of the difference between two groups."""

import pytest

from nn_core.statistics.spread import MeanDifference, Spread, compare_means
from ui.seeds.compare_groups import describe_difference, describe_seeds_needed
from ui.seeds.figures import describe_mean, format_range, format_spread

NAMES = ("A", "B")


def compare(first: list[float], second: list[float]) -> MeanDifference:
    found = compare_means(first, second)
    assert found
    return found


def test_a_clear_difference_needs_no_more_seeds() -> None:
    clear = compare([0.9, 0.91, 0.905], [0.95, 0.96, 0.955])
    text = describe_difference(clear, "accuracy", NAMES)
    assert text.startswith("The mean test accuracy of B is **5.00 percentage points** higher than that of A.")
    assert "leaves out 0, so chance is a poor explanation" in text
    assert describe_seeds_needed(clear, 0, "accuracy", NAMES).startswith("**No further seeds are needed** to tell")
    assert describe_seeds_needed(clear, 0.04, "accuracy", NAMES).startswith("**No further seeds are needed** for")


def test_an_unclear_difference_says_how_many_more() -> None:
    unclear = compare([0.9, 0.92, 0.94, 0.91], [0.95, 0.91, 0.93])
    text = describe_difference(unclear, "accuracy", NAMES)
    assert "It contains 0, so chance alone may be the reason." in text
    needed = describe_seeds_needed(unclear, 0, "accuracy", NAMES)
    assert needed.startswith("**About 32 more seeds for A and 33 for B** (36 in each group)")
    assert "This is a rough number" in needed
    assert "A group holds at most 16 runs." in needed
    equal = compare([0.9, 0.92, 0.94], [0.95, 0.91, 0.93])
    assert "**About 4 more seeds each** (7 in each group)" in describe_seeds_needed(equal, 0.035, "accuracy", NAMES)


def test_a_tiny_difference_is_never_settled() -> None:
    tiny = compare([0.9, 0.92, 0.94], [0.901, 0.919, 0.941])
    assert describe_seeds_needed(tiny, 0, "accuracy", NAMES).startswith("**No number of seeds up to 100 in each group")
    same = compare([0.9, 0.92], [0.92, 0.9])
    assert describe_difference(same, "accuracy", NAMES).startswith("Both groups have the same mean test accuracy.")


def test_without_spread_nothing_is_claimed() -> None:
    flat = compare([1.0, 1.0], [0.9, 0.9])
    assert "so there is no spread to judge this by" in describe_difference(flat, "accuracy", NAMES)
    assert "can be said once the runs of a group differ" in describe_seeds_needed(flat, 0, "accuracy", NAMES)


def test_errors_and_r_squared_have_no_percentage_points() -> None:
    found = compare([0.11, 0.12, 0.1], [0.2, 0.25, 0.3])
    assert "0.1400** higher" in describe_difference(found, "error", NAMES)
    assert "percentage points" not in describe_difference(found, "r_squared", NAMES)


def test_a_mean_has_its_spread_and_interval() -> None:
    spread = Spread(3, 0.972, 0.004)
    text = describe_mean("Test accuracy", spread, "accuracy", (0.962, 0.982))
    assert text.startswith("Test accuracy: mean 97.20 %, standard deviation 0.40 percentage points (3 runs).")
    assert "probably from 96.20 to 98.20 % (95 % interval)" in text
    assert format_spread(spread, "accuracy") == "97.20 % ± 0.40"
    assert format_spread(Spread(1, 0.972, None), "accuracy") == "97.20 %"
    assert format_spread(None, "accuracy") == "–"


@pytest.mark.parametrize(("interval", "text"), [((0.9, 1.02), "90.00 to 100.00 %"), ((-0.1, 0.5), "0.00 to 50.00 %")])
def test_no_accuracy_is_beyond_0_and_100(interval: tuple[float, float], text: str) -> None:
    assert format_range(interval, "accuracy") == text
