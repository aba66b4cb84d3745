"""`pins.json`: the drawings that were pinned when a run started. A resumed run and its curves keep using them, even if they were
unpinned since. Needs no torch."""

import json
from collections.abc import Sequence

from nn_core.atomic_io import replace_json
from nn_core.drawings.pins import MAX_PINS, Pin
from nn_core.errors import BadInput
from nn_core.runs.folder import RunFolder

__all__ = ["read_run_pins", "write_run_pins"]


def read_run_pins(run: RunFolder) -> list[Pin]:
    """Read the run's pins; empty for a missing or damaged file, because the run's other curves do not depend on it."""
    try:
        content = json.loads(run.pins_file.read_bytes())
        pins = [Pin.from_object(item) for item in content][:MAX_PINS]
    except (OSError, BadInput, ValueError, TypeError, RecursionError):
        return []
    return list({pin.id: pin for pin in pins}.values())


def write_run_pins(run: RunFolder, pins: Sequence[Pin]) -> None:
    """Write the run's pins. Raises OSError."""
    replace_json(run.pins_file, [pin.to_object() for pin in pins])
