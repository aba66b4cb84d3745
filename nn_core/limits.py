"""Limits for visitors of the app; each can be set in the environment.

A visitor is an account that logged in by e-mail, or else a client address. The owner's commands do not count, but they also
leave some disk space free.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["GB", "LIMITS_IN_THE_ENVIRONMENT", "MB", "Limits", "get_limits"]

MB, GB = 1_000_000, 1_000_000_000
_PREFIX = "NN_LAB_"
_LARGEST = 1e9


@dataclass(frozen=True)
class Limits:
    """Limits for each visitor; names that begin with `server_` are for all visitors together. 0 allows nothing.

    Attributes:
        runs_per_minute: runs that are started, or resumed after their end.
        queued_runs: runs that wait in the queue.
        upload_mb_per_hour: megabytes of uploaded files. No file can be larger than Streamlit's `server.maxUploadSize`.
        server_upload_mb: megabytes of memory that uploads take at once.
        runs_gb: disk space of the runs; of a visitor, those since the server started.
        free_gb: disk space that a new run leaves free.
    """

    runs_per_minute: float = 30
    server_runs_per_minute: float = 120
    queued_runs: float = 10
    server_queued_runs: float = 100
    upload_mb_per_hour: float = 2_000
    server_upload_mb_per_hour: float = 10_000
    server_upload_mb: float = 2_000
    runs_gb: float = 200
    server_runs_gb: float = 1_000
    free_gb: float = 0.5


LIMITS_IN_THE_ENVIRONMENT = {field.name: _PREFIX + field.name.upper() for field in fields(Limits)}
"""The environment variable of each limit, by the limit's name."""


def get_limits(environment: Mapping[str, str] = os.environ) -> Limits:
    """Return the defaults, overridden by the environment. Raises BadInput for an invalid value."""
    return Limits(
        **{
            name: _parse_limit(variable, environment[variable])
            for name, variable in LIMITS_IN_THE_ENVIRONMENT.items()
            if environment.get(variable)
        }
    )


def _parse_limit(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not isfinite(value) or not 0 <= value <= _LARGEST:
        raise BadInput(
            _(
                "{variable} = '{text}' is not a valid limit. Set it to a number from 0 to {largest:,.0f}, or unset it."
            ).format(variable=variable, text=text, largest=_LARGEST)
        )
    return value
