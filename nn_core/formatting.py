"""Numbers as text, the same on pages, on the command line and in logs.

Translatable sentences format two kinds of numbers themselves: counts with `{count:,}` and learning rates with `{rate:g}`.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from math import isfinite

from nn_core.i18n import _

__all__ = [
    "CERTAIN",
    "format_bytes",
    "format_confidence",
    "format_decimal",
    "format_duration",
    "format_loss",
    "format_number",
    "format_percent",
    "format_percent_range",
    "protect_cell",
]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

CERTAIN = 0.999
"""The highest confidence that is shown as a number: no network should claim to be 100 % sure."""


def _round(value: float, digits: int) -> str:
    """Format with so many decimals and a half rounded up, as the charts in the browser do: 92.25 is 92.3, and not 92.2. Never '-0'."""
    if not isfinite(value):
        return f"{value:.{digits}f}"
    with localcontext(rounding=ROUND_HALF_UP):
        return f"{Decimal(float(value)):z.{digits}f}"


def format_percent(fraction: float, digits: int = 1) -> str:
    """Format a fraction from 0 to 1 as a percentage, such as '99.4 %'.

    Args:
        fraction: the fraction.
        digits: decimals. Accuracies have two where people compare runs (Evaluate, the table of runs, commands and logs), and one
            in sentences and in live views.
    """
    return f"{_round(100 * fraction, digits)} %"


def format_percent_range(low: float, high: float, digits: int = 1, between: str = "–") -> str:
    """Format two fractions as a range with one percent sign, such as '97.1–98.0 %'."""
    return f"{_round(100 * low, digits)}{between}{format_percent(high, digits)}"


def format_confidence(confidence: float) -> str:
    """Format a network's confidence: '97.2 %', or 'over 99.9 %' from `CERTAIN` on."""
    if confidence < CERTAIN:
        return format_percent(confidence)
    return _("over {confidence}").format(confidence=format_percent(CERTAIN))


def format_decimal(value: float, digits: int = 2) -> str:
    """Format a number that may be below 0, with a minus sign instead of a hyphen: '−0.83'."""
    return _round(value, digits).replace("-", "−")


def format_loss(loss: float) -> str:
    """Format a loss or a mean squared error with four decimals."""
    return _round(loss, 4)


def format_number(value: float, digits: int = 6, sign: str = "") -> str:
    """Format any number with so many significant digits and a real minus sign. sign: "+" also shows that of positive numbers."""
    return f"{value:{sign}.{digits}g}".replace("-", "−")


def format_duration(seconds: float) -> str:
    """Format a duration as '42 s', '3:05 min' or '1:20 h'."""
    total = round(seconds)
    if total < 60:
        return _("{seconds} s").format(seconds=total)
    if total < 3600:
        return _("{minutes}:{seconds:02d} min").format(minutes=total // 60, seconds=total % 60)
    return _("{hours}:{minutes:02d} h").format(hours=total // 3600, minutes=total % 3600 // 60)


def format_bytes(count: float) -> str:
    """Format a number of bytes with three significant digits and a decimal unit, such as '12.3 MB'."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def protect_cell(text: str) -> str:
    """Put an apostrophe before a text in a CSV file that a spreadsheet would compute as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
