"""Formats numbers the same way on pages, on the command line and in logs."""

__all__ = ["format_percent", "format_percent_range"]


def format_percent(fraction: float, digits: int = 1) -> str:
    """Format a fraction from 0 to 1 as a percentage, such as '99.4 %'.

    Args:
        fraction: the fraction.
        digits: decimals. Accuracies have two where people compare runs (Evaluate, the table of runs, commands and logs), and one
            in sentences and live views.
    """
    return f"{100 * fraction:.{digits}f} %"


def format_percent_range(low: float, high: float, digits: int = 1, between: str = "–") -> str:
    """Format two fractions as a range of percentages, such as '97.1–98.0 %'."""
    return f"{100 * low:.{digits}f}{between}{format_percent(high, digits)}"
