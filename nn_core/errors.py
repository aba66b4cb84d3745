"""Every error that NN Lab raises on purpose. Its text is one sentence or two: the value, the rule, the remedy.

NNLabError
├── BadInput              what was asked for cannot be: the command line exits with 2
│   ├── ConfigError       a setting, preset or config file
│   ├── RunNotFound       no such run
│   ├── DamagedRun        a run folder with a missing or damaged file
│   ├── RunBusy           another process works on the run, or none does where one is needed
│   ├── DatasetUnavailable   not on disk and not to be had
│   └── BadPicture        a drawing or picture that cannot be read
└── RunFailed             a run that began and could not go on: the command line exits with 1
    ├── Diverged          the loss became NaN or infinite
    ├── OutOfMemory       the device has too little memory
    └── StorageFailed     full disk, read-only folder
"""

from collections.abc import Iterable
from difflib import get_close_matches

from nn_core.i18n import _

__all__ = [
    "BadInput",
    "BadPicture",
    "ConfigError",
    "DamagedRun",
    "DatasetUnavailable",
    "Diverged",
    "NNLabError",
    "OutOfMemory",
    "RunBusy",
    "RunFailed",
    "RunNotFound",
    "StorageFailed",
    "one_of",
]


class NNLabError(Exception):
    """Base of all; a page or the command line catches this one and shows its text."""


class BadInput(NNLabError):
    pass


class ConfigError(BadInput):
    pass


class RunNotFound(BadInput):
    pass


class DamagedRun(BadInput):
    pass


class RunBusy(BadInput):
    pass


class DatasetUnavailable(BadInput):
    pass


class BadPicture(BadInput):
    pass


class RunFailed(NNLabError):
    pass


class Diverged(RunFailed):
    pass


class OutOfMemory(RunFailed):
    pass


class StorageFailed(RunFailed):
    pass


def one_of(given: str, allowed: Iterable[str]) -> str:
    """The remedy for a name that is not among `allowed`: the near miss first, then all of them."""
    names = sorted(allowed)
    near = get_close_matches(given, names, n=1)
    hint = _("Did you mean '{name}'? ").format(name=near[0]) if near else ""
    return hint + _("Choose one of: {names}.").format(names=", ".join(names))
