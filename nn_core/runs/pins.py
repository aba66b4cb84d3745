"""`pins.json`: the pinned drawings that a run began with, so that it goes on with them, and their curves keep their names,
when they have long been unpinned. Needs no torch."""

import json
from collections.abc import Sequence

from nn_core.atomic_io import replace_json
from nn_core.drawings.pins import MOST_PINS, Pin
from nn_core.errors import BadInput
from nn_core.runs.folder import RunFolder

__all__ = ["read_run_pins", "write_run_pins"]


def read_run_pins(run: RunFolder) -> list[Pin]:
    """None where the run has none, or a file that cannot be read: its other curves do not depend on it."""
    try:
        content = json.loads(run.pins_file.read_bytes())
        pins = [Pin.from_object(item) for item in content][:MOST_PINS]
    except (OSError, BadInput, ValueError, TypeError, RecursionError):
        return []
    return list({pin.id: pin for pin in pins}.values())


def write_run_pins(run: RunFolder, pins: Sequence[Pin]) -> None:
    """Raises OSError."""
    replace_json(run.pins_file, [pin.as_object() for pin in pins])
