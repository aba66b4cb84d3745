"""How much the visitors of the app may ask of this machine; each value can be set in the environment.

A visitor is whoever logged in by e-mail, or else a client address. What the owner does on the command line is not counted, but
it too leaves the disk some room.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["GB", "LIMITS_IN_THE_ENVIRONMENT", "MB", "Limits", "get_limits", "read_limits"]

MB, GB = 1_000_000, 1_000_000_000
_PREFIX = "NN_LAB_"
_LARGEST = 1e9


@dataclass(frozen=True)
class Limits:
    """Of each visitor, and of all together where a name begins with `server_`. 0 allows nothing.

    runs_per_minute: that are started, or resumed after their end; queued_runs: that wait for their turn;
    upload_mb_per_hour: megabytes that come in as files, of which none is larger than Streamlit's `server.maxUploadSize`;
    server_upload_mb: that uploads take of the memory at once; runs_gb: that the runs on disk take, of a visitor since the
    server started; free_gb: of the disk that a new run leaves alone.
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
"""The variable of each limit, by its name."""


def get_limits() -> Limits:
    """Those of this process, from its environment. Raises BadInput."""
    return read_limits(os.environ)


def read_limits(environment: Mapping[str, str]) -> Limits:
    """The defaults, but for what the environment says. Raises BadInput for a value that cannot be."""
    given = {
        name: environment[variable] for name, variable in LIMITS_IN_THE_ENVIRONMENT.items() if environment.get(variable)
    }
    return Limits(**{name: _number(LIMITS_IN_THE_ENVIRONMENT[name], text) for name, text in given.items()})


def _number(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not isfinite(value) or not 0 <= value <= _LARGEST:
        raise BadInput(
            _("{variable} = '{text}' is no limit. Set it to a number from 0 to {largest:,.0f}, or unset it.").format(
                variable=variable, text=text, largest=_LARGEST
            )
        )
    return value
