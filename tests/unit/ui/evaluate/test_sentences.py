"""What the cards of Evaluate say about nearest examples, refusals and the time that is left."""

import pytest

from nn_core.statistics.reliability import Coverage
from ui.evaluate.nearest_view import describe_nearest_answers
from ui.evaluate.refusal import describe_refusal
from ui.evaluate.robustness_job import extrapolate


@pytest.mark.parametrize(
    ("seconds", "done", "remaining", "expected"), [(4, 200, 600, 12), (2.9, 200, 600, None), (4, 0, 600, None)]
)
def test_the_rest_is_estimated_after_some_seconds(
    seconds: float, done: int, remaining: int, expected: float | None
) -> None:
    assert extrapolate(seconds, done, remaining) == expected


def test_neighbours_that_contradict_the_answer_are_explained() -> None:
    assert describe_nearest_answers(3, "1") == "3 are of the class 1, which it answers."
    assert describe_nearest_answers(0, "1").startswith(
        "None is of the class 1, which it answers: its last layer weighs"
    )


def test_a_refusal_on_a_substitute_speaks_of_these_examples() -> None:
    point = Coverage(0.8, 0, 0, 1000)
    assert describe_refusal(point, "pictures") == "If it refuses below 80 %, it answers none of the 1,000 pictures."
    assert describe_refusal(point, "pictures", is_substitute=True).startswith(
        "On these pictures, if it refuses below 80 %, it"
    )
