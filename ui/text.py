"""Text and figures as pages show them."""

import re
from datetime import datetime

from nn_core.errors import one_line
from nn_core.formatting import percent, percent_range
from nn_core.i18n import _

__all__ = ["CERTAIN", "date", "duration", "percent", "percent_range", "plain", "sureness"]

CERTAIN = 0.999  # no network deserves to be shown as 100 % sure
_LONGEST = 5000
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$:!])")


def plain(text: str) -> str:
    """The text with its Markdown switched off: names, paths and messages are shown as they are, never as markup."""
    return _MARKUP.sub(r"\\\1", one_line(text, _LONGEST))


def sureness(share: float) -> str:
    """How sure a network is: '97.2 %', or 'over 99.9 %'."""
    return percent(share) if share < CERTAIN else _("over {share}").format(share=percent(CERTAIN))


def duration(seconds: float) -> str:
    """'42 s', '3:05 min' or '1:20 h'."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return _("{minutes}:{seconds:02d} min").format(minutes=whole // 60, seconds=whole % 60)
    return _("{hours}:{minutes:02d} h").format(hours=whole // 3600, minutes=whole % 3600 // 60)


def date(timestamp: str) -> datetime:
    """The ISO timestamp in the machine's own zone."""
    return datetime.fromisoformat(timestamp).astimezone()
