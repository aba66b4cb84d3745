"""The results of a group as text: means, standard deviations and intervals, each with its unit."""

from nn_core.formatting import format_decimal, format_loss, format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs.groups import Figure
from nn_core.statistics.spread import Spread
from ui.app.run_labels import UNKNOWN, format_r_squared

__all__ = [
    "describe_mean",
    "format_amount",
    "format_figure",
    "format_range",
    "format_spread",
    "get_test_title",
    "get_unit",
    "get_validation_title",
]


def get_test_title(figure: Figure) -> str:
    return {
        "accuracy": _("Test accuracy"),
        "r_squared": _("Test R²"),
        "error": _("Test mean squared error"),
    }[figure]


def get_validation_title(figure: Figure) -> str:
    return {
        "accuracy": _("Validation accuracy"),
        "r_squared": _("Validation R²"),
        "error": _("Validation loss"),
    }[figure]


def get_unit(figure: Figure) -> str:
    """The unit of a difference between two results; empty if they have none."""
    return _("percentage points") if figure == "accuracy" else ""


def format_figure(value: float | None, figure: Figure) -> str:
    if value is None:
        return UNKNOWN
    if figure == "accuracy":
        return format_percent(value, 2)
    return format_r_squared(value) if figure == "r_squared" else format_loss(value)


def format_amount(amount: float, figure: Figure, *, has_unit: bool = True) -> str:
    """Format a standard deviation or a difference: '0.42 percentage points', '0.012'."""
    if figure != "accuracy":
        return format_decimal(amount, 4)
    number = format_decimal(100 * amount, 2)
    return f"{number} {get_unit(figure)}" if has_unit else number


def format_range(interval: tuple[float, float], figure: Figure) -> str:
    """Format the interval of a mean, which for accuracies ends at 0 and 100 % at the latest."""
    if figure == "accuracy":
        return format_percent_range(max(0.0, interval[0]), min(1.0, interval[1]), 2, between=_(" to "))
    return _("{low} to {high}").format(low=format_figure(interval[0], figure), high=format_figure(interval[1], figure))


def format_spread(spread: Spread | None, figure: Figure) -> str:
    """Format mean and standard deviation for a cell: '97.21 % ± 0.42'."""
    if spread is None:
        return UNKNOWN
    mean = format_figure(spread.mean, figure)
    if spread.standard_deviation is None:
        return mean
    return f"{mean} ± {format_amount(spread.standard_deviation, figure, has_unit=False)}"


def describe_mean(title: str, spread: Spread, figure: Figure, interval: tuple[float, float] | None) -> str:
    """Describe the results of the finished runs in a sentence or two."""
    mean = format_figure(spread.mean, figure)
    if spread.standard_deviation is None or interval is None:
        return _("{title}: {mean}, of one finished run. A second one shows the spread.").format(title=title, mean=mean)
    return _(
        "{title}: mean {mean}, standard deviation {deviation} ({count} runs). The mean of very many such runs is probably "
        "from {range} (95 % interval)."
    ).format(
        title=title,
        mean=mean,
        deviation=format_amount(spread.standard_deviation, figure),
        count=spread.count,
        range=format_range(interval, figure),
    )
