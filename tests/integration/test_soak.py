"""A short soak: `make soak` kills hundreds of times."""

from pathlib import Path

import pytest

from nn_core.jobs.warm_worker import WarmWorkers
from scripts.soak import soak


def test_runs_killed_at_random_moments_end_like_undisturbed_ones(
    runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_AT_ONCE", "1")
    kills = {"worker": 5, "both": 1}
    tally = soak(tmp_path, kills, WarmWorkers(), seed=5, runs_at_once=1, epochs=6)
    assert tally.differences == []
    assert tally.kills == kills
    assert tally.resumed.total() == 6
    assert tally.files > 6 * 2
