"""The decision boundary on the pages is of one epoch."""

import base64
from pathlib import Path

import pytest
from apptest_pages import app

from nn_core.config import apply_settings, get_preset
from nn_core.jobs.previews import Boundary, write_preview
from nn_core.runs import RunFolder, append_metrics, create_run


@pytest.fixture
def far_ahead(runs_root: Path) -> RunFolder:
    """A run whose status is of epoch 100, whose picture of the plane is of 200.5, and whose curves reach to 260."""
    usual = ["data.validation_share=0.25", "data.plane.points=600", "data.plane.noise=0.1", "training.epochs=1000"]
    run = create_run(runs_root, apply_settings(get_preset("plane"), usual), "playground-ahead")
    status = run.status().model_copy(
        update={"status": "stopped", "epochs_done": 100, "epochs": 1000, "step": 100, "steps": 1000}
    )
    run.write_status(status)
    cells = base64.b64encode(bytes(16)).decode()
    write_preview(run, Boundary(step=200, epoch=200.5, extent=(0, 1, 0, 1), size=4, classes=cells, confidence=cells))
    lines = [
        {"kind": kind, "step": epoch, "epoch": float(epoch), "loss": 1 / epoch, "accuracy": epoch / 1000, "lr": 0.1}
        for epoch in range(1, 261)
        for kind in ("train", "validation")
    ]
    append_metrics(run.metrics_file, lines)
    return run


def test_the_page_shows_that_epoch(far_ahead: RunFolder) -> None:
    test = app("playground", run=far_ahead.name)
    assert not test.exception
    assert not test.warning
    assert any(element.value == "Epoch 200 of 1000" for element in test.markdown)
