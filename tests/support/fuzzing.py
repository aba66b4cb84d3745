"""Shared by all tests of `make fuzz`: any input is valid or refused with a message, without other errors, endless waits or gigabytes
of memory (`little_memory_for_files` in conftest.py).

With NN_LAB_FUZZ=25, twenty-five times as many inputs are tried, different ones each time. By default they are always the same.
"""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hostile import must_be_a_sentence
from hypothesis import HealthCheck, event, settings

from nn_core.errors import NNLabError
from nn_core.runs import RunStatus
from nn_core.runs.folder import format_now

__all__ = ["DRAWING", "METRICS", "PIN", "RECORDS", "STATUS", "sound_or_sentence", "tries"]

DRAWING = {"size": 280, "pen_width": 18, "strokes": [[[140, 60], [141, 100], [140, 220]], [[20, 20]]]}

PIN = {"id": "5f0c21aa", "name": "my 7", "label": "7", **DRAWING}
STATUS = RunStatus(
    status="running",
    created_at=format_now(),
    updated_at=format_now(),
    best={"epoch": 1, "step": 5, "accuracy": 0.5, "loss": 1},
)
RECORDS = [
    {"kind": "train", "step": 50, "epoch": 0.9, "loss": 0.41, "accuracy": 0.87, "lr": 0.01},
    {"kind": "validation", "step": 54, "epoch": 1.0, "loss": 0.35, "accuracy": None, "lr": 0.01},
    {"kind": "turn", "step": 70, "epoch": 1.3, "lr": 0.003},
    {"kind": "edit", "step": 70, "epoch": 1.3, "parameter": "1.weight", "index": [0, 1], "value": 0.5},
    {"kind": "pinned", "step": 70, "epoch": 1.3, "shares": {"5f0c21aa": 0.93}},
]
METRICS = b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS)

_TIMES = int(os.environ.get("NN_LAB_FUZZ", "1"))


def tries(count: int) -> Any:
    """So many examples, none of which may take longer than ten seconds."""
    return settings(
        max_examples=count * _TIMES,
        deadline=timedelta(seconds=10),
        derandomize=_TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def sound_or_sentence(read: Callable[[], Any]) -> Any:
    """What is read, or None where a sentence says why not."""
    try:
        value = read()
    except NNLabError as error:
        must_be_a_sentence(error)
        event(type(error).__name__)
        return None
    event("sound")
    return value
