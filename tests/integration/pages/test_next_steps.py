"""Every page ends with next steps that lead somewhere, and says why each is worth it."""

from pathlib import Path

import pytest
from apptest_pages import app
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run

from nn_core.evaluation import evaluate_run
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder


@pytest.fixture
def classifier(runs_root: Path) -> RunFolder:
    run = untrained_run(runs_root, "quick", name="first")
    evaluate_run(run, get_data_folder())
    return run


def links(test: AppTest) -> list[tuple[str, str]]:
    """(Label, address) of the links below the heading "Next steps", which is the last one of the page."""
    elements = [element for element in test.main if element.type in ("subheader", "header", "page_link")]
    headings = [place for place, element in enumerate(elements) if getattr(element, "value", "") == "Next steps"]
    assert headings, "the page has no next steps"
    protos = [element.proto for element in elements[headings[-1] + 1 :]]
    assert all(hasattr(proto, "query_string") for proto in protos), "another heading comes after the next steps"
    return [(proto.label.strip("*"), f"{proto.page}?{proto.query_string}".rstrip("?")) for proto in protos]


@pytest.mark.parametrize(
    "page", ["home", "playground", "train", "runs", "evaluate", "draw", "text", "inside", "backprop", "compare", "data"]
)
def test_every_page_suggests_one_or_two_next_steps_without_a_run(runs_root: Path, page: str) -> None:
    assert 1 <= len(links(app(page))) <= 3


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("train", ["Change one setting and train again"]),
        ("evaluate", ["Test it with a drawing", "Change one setting and train again", "Look at the data"]),
        ("draw", ["See its mistakes", "Change one setting and train again"]),
        ("runs", ["See its mistakes", "Change one setting and train again"]),
    ],
)
def test_a_finished_classifier(classifier: RunFolder, page: str, expected: list[str]) -> None:
    found = links(app(page, run=classifier.name))
    assert [label for label, _address in found] == expected
    addresses = dict(found)
    if again := addresses.get("Change one setting and train again"):
        assert again == "train?like=first"


def test_two_runs_on_one_data_set_are_compared(classifier: RunFolder, runs_root: Path) -> None:
    second = untrained_run(runs_root, "simple_net", name="second")
    second.write_status(second.status().model_copy(update={"epochs_done": 1}))
    untrained_run(runs_root, "text_cnn", name="other-data")
    found = dict(links(app("train", run=classifier.name)))
    assert found["Compare it with another run"] == "compare?run=second&run=first"
    assert "Compare it with another run" not in dict(links(app("train", run="other-data")))
