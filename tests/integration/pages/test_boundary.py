"""The decision boundary on the pages is of one epoch."""

from apptest_pages import app

from nn_core.runs import RunFolder


def test_the_page_shows_that_epoch(run_ahead_of_its_status: RunFolder) -> None:
    test = app("playground", run=run_ahead_of_its_status.name)
    assert not test.exception
    assert not test.warning
    assert any(element.value == "Epoch 200 of 1000" for element in test.markdown)
