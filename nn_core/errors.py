"""The errors that NN Lab raises on purpose. The text is one or two sentences with the value, the rule and the remedy."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from nn_core.i18n import N_, _

__all__ = [
    "DIVERGED_MESSAGE",
    "BadInput",
    "BadPicture",
    "ConfigError",
    "DamagedRun",
    "DatasetUnavailable",
    "Diverged",
    "LimitReached",
    "NNLabError",
    "NewerVersion",
    "NotAllowed",
    "OutOfMemory",
    "ReadOnlyRun",
    "RunBusy",
    "RunFailed",
    "RunNotFound",
    "StorageFailed",
    "UnknownSetting",
    "describe_unknown",
    "suggest_one_of",
    "to_one_line",
]

DIVERGED_MESSAGE = N_(
    "The loss became infinite or not a number at step {step}: the training diverged. Try a smaller learning rate, "
    "for example optimizer.lr = {smaller:.2g} instead of {rate:g}."
)
"""Of a `Diverged`. The diagnosis recognises a run that failed with it."""
_MAX_CHARACTERS = 2000
_CONTROL_CHARACTERS = re.compile(
    "[\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)


class NNLabError(Exception):
    """Base class. Pages and the command line catch it and show its text, which may quote untrusted input."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(to_one_line(sentence, _MAX_CHARACTERS))


class BadInput(NNLabError):
    """A request that cannot be met; the command line exits with 2."""


class ConfigError(BadInput):
    """A setting, preset or config file."""


class UnknownSetting(ConfigError):
    """A name that this version does not know."""


class NewerVersion(ConfigError):
    """A newer version of NN Lab wrote it."""


class RunNotFound(BadInput):
    """No such run."""


class DamagedRun(BadInput):
    """A run folder with a missing or damaged file."""


class RunBusy(BadInput):
    """Another process works on the run, or no process does where one is needed."""


class ReadOnlyRun(BadInput):
    """The run comes with NN Lab and is never changed."""


class DatasetUnavailable(BadInput):
    """Not on disk and not available for download."""


class BadPicture(BadInput):
    """An unreadable drawing or image."""


class NotAllowed(BadInput):
    """Viewers may look and draw, but not change anything."""


class LimitReached(BadInput):
    """A limit for visitors of this machine."""


class RunFailed(NNLabError):
    """A run that started and failed; the command line exits with 1."""


class Diverged(RunFailed):
    """The loss became NaN or infinite."""


class OutOfMemory(RunFailed):
    """The device has too little memory."""


class StorageFailed(RunFailed):
    """Full disk, read-only folder."""


def to_one_line(text: str, most: int) -> str:
    """Make untrusted text safe to show on one line.

    Replaces control characters, such as terminal escapes, and characters that change the reading direction. A text of more
    than `most` characters loses its middle.
    """
    if len(text) > most:
        text = f"{text[: most // 2 - 2]} … {text[-(most // 2 - 2) :]}"
    return " ".join(_CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text).split())


def describe_unknown(what: str, given: str, allowed: Iterable[str]) -> str:
    """Return the error text for an unknown name. `what` says in a word what it should name."""
    return _("Unknown {what} '{name}'.").format(what=what, name=given) + " " + suggest_one_of(given, allowed)


def suggest_one_of(given: str, allowed: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the most similar allowed name, if any, then all of them."""
    names = sorted(allowed)
    near = get_close_matches(given, names, n=1)
    hint = _("Did you mean '{name}'? ").format(name=near[0]) if near else ""
    return hint + _("Choose one of: {names}.").format(names=", ".join(names))
