"""What the cards of Evaluate say about nearest examples and refusals."""

from nn_core.statistics.reliability import Coverage
from ui.evaluate.nearest_view import describe_nearest_answers
from ui.evaluate.refusal import describe_refusal


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
