"""Whether someone looks at a run. A run of the Playground pauses when no one has for two minutes, so that it does not keep others waiting.

The page touches a file of the run with each refresh, and the run's process looks when that was. A run without the file needs no one.
"""

import time
from contextlib import suppress

from nn_core.runs.files import RunFiles

__all__ = ["forget_viewers", "is_abandoned", "note_viewer"]

_VIEWER_SECONDS = 120.0
"""A browser runs the timers of a hidden tab at least once a minute."""
_TOUCH_SECONDS = 5.0


def note_viewer(run: RunFiles, *, is_needed: bool = False) -> None:
    """Note that someone looks at the run now.

    Args:
        is_needed: from now on the run pauses when no one has looked at it for two minutes.
    """
    age = _get_age(run)
    if is_needed if age is None else age > _TOUCH_SECONDS:
        with suppress(OSError):
            run.viewed_file.touch()


def is_abandoned(run: RunFiles) -> bool:
    """Return whether the run needs someone who looks at it, and no one has for two minutes."""
    age = _get_age(run)
    return age is not None and age > _VIEWER_SECONDS


def forget_viewers(run: RunFiles) -> None:
    """Let the run train without anyone who looks at it, until the Playground shows it again."""
    with suppress(OSError):
        run.viewed_file.unlink()


def _get_age(run: RunFiles) -> float | None:
    """The seconds since someone looked at the run; None if it needs no one."""
    try:
        return time.time() - run.viewed_file.stat().st_mtime
    except OSError:
        return None
