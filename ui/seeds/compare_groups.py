"""The difference between two groups of seeds, and how many further seeds would settle it."""

from collections.abc import Sequence

import streamlit as st

from nn_core.formatting import format_decimal
from nn_core.i18n import _
from nn_core.runs.groups import Figure, RunGroup
from nn_core.runs.repeat import MAX_MEMBERS
from nn_core.statistics.power import MAX_SEEDS, find_seeds_needed
from nn_core.statistics.spread import MeanDifference, compare_means
from ui.app.glossary import describe_view
from ui.app.text import escape_title
from ui.seeds.figures import format_amount, format_figure, get_test_title, get_unit

__all__ = ["describe_difference", "describe_seeds_needed", "make_distinct_names", "show_group_comparison"]


def show_group_comparison(first: RunGroup, second: RunGroup, names: tuple[str, str]) -> None:
    """Show the difference between the mean test results of two groups, in words and figures.

    Args:
        first: the group from which the difference is counted.
        second: the other group.
        names: of the two, as plain text, which tell them apart.
    """
    one, other = map(escape_title, names)
    describe_view(
        _("The mean test results of two groups, and whether chance is enough to explain their difference."),
        _("Look at the interval: while it contains 0, either group could be the better one."),
        "standard_deviation",
        "power",
        "confidence_interval",
        "seed",
        key="compare_groups",
    )
    if reason := _explain_not_comparable(first, second):
        st.info(reason, icon=":material/info:")
        return
    comparison = compare_means(first.test_results, second.test_results)
    if comparison is None:
        text = _(
            "Each group needs at least two finished runs with a test result: {one} has {first}, {other} has {second}."
        )
        st.info(
            text.format(one=one, first=len(first.test_results), other=other, second=len(second.test_results)),
            icon=":material/info:",
        )
        return
    figure = first.figure
    st.markdown(describe_difference(comparison, figure, (one, other)))
    spreads = (comparison.first, comparison.second)
    st.table(
        {
            _("Group"): [one, other],
            _("Runs"): [str(spread.count) for spread in spreads],
            _("{title}, mean").format(title=get_test_title(figure)): [
                format_figure(spread.mean, figure) for spread in spreads
            ],
            _("Standard deviation"): [format_amount(spread.standard_deviation or 0, figure) for spread in spreads],
        },
        hide_index=True,
    )
    smallest = st.number_input(
        _("Smallest difference that matters ({unit})").format(unit=get_unit(figure))
        if get_unit(figure)
        else _("Smallest difference that matters"),
        min_value=0.0,
        value=0.0,
        step=0.1 if figure == "accuracy" else 0.001,
        format="%.2f" if figure == "accuracy" else "%.4f",
        key="smallest_difference",
        help=_(
            "The number of seeds is computed for this difference. 0 takes the difference between the groups so far."
        ),
    )
    st.markdown(
        describe_seeds_needed(comparison, smallest / 100 if figure == "accuracy" else smallest, figure, (one, other))
    )


def describe_difference(comparison: MeanDifference, figure: Figure, names: tuple[str, str]) -> str:
    """Say how much the second group differs from the first one, and how sure that is. names: as Markdown."""
    amount = format_amount(abs(comparison.difference), figure)
    title = get_test_title(figure)
    if comparison.difference == 0:
        lead = _("Both groups have the same mean {title}.")
    elif comparison.difference > 0:
        lead = _("The mean {title} of {other} is {amount} higher than that of {one}.")
    else:
        lead = _("The mean {title} of {other} is {amount} lower than that of {one}.")
    lead = lead.format(title=title[:1].lower() + title[1:], one=names[0], other=names[1], amount=f"**{amount}**")
    if comparison.interval is None or comparison.p_value is None:
        return lead + " " + _("The runs of each group gave the same result, so there is no spread to judge this by.")
    low, high = (format_amount(each, figure, has_unit=False) for each in comparison.interval)
    interval = _("95 % interval of the difference: {low} to {high}").format(low=low, high=high)
    unit = f" {get_unit(figure)}" if get_unit(figure) else ""
    verdict = (
        _("It leaves out 0, so chance is a poor explanation.")
        if comparison.is_settled
        else _("It contains 0, so chance alone may be the reason.")
    )
    times = format_decimal(100 * comparison.p_value, 1)
    chance = _(
        "If nothing but the seeds made a difference, {times} of 100 such comparisons would still show at least this difference (Welch's t test, p = {p})."
    ).format(times=times, p=f"{comparison.p_value:.3g}")
    return f"{lead} {interval}{unit}. {verdict} {chance}"


def describe_seeds_needed(
    comparison: MeanDifference, smallest_difference: float, figure: Figure, names: tuple[str, str]
) -> str:
    """Say how many further runs would settle the difference, and how uncertain that is. names: as Markdown."""
    if not smallest_difference and comparison.is_settled:
        return _("**No further seeds are needed** to tell these two groups apart.")
    if comparison.interval is None:
        return _("How many seeds are needed can be said once the runs of a group differ.")
    needed = find_seeds_needed(comparison, smallest_difference)
    amount = format_amount(needed.difference, figure)
    if needed.per_group is None or needed.further is None:
        text = _("**No number of seeds up to {most} in each group would settle a difference of {amount}.**").format(
            most=MAX_SEEDS, amount=amount
        )
    elif needed.further == (0, 0):
        text = _(
            "**No further seeds are needed** for a difference of {amount}: runs like these, {count} in each group, find it in 4 of 5 "
            "cases."
        ).format(amount=amount, count=needed.per_group)
    else:
        one, other = needed.further
        if one == other:
            seeds = _("About one more seed each") if one == 1 else _("About {count} more seeds each").format(count=one)
        else:
            lead = _("About one more seed") if one == 1 else _("About {count} more seeds").format(count=one)
            seeds = _("{lead} for {first} and {other} for {second}").format(
                lead=lead, other=other, first=names[0], second=names[1]
            )
        text = _(
            "**{seeds}** ({count} in each group) would settle a difference of {amount}, if it is a true one, in 4 of 5 cases (power 80 %, "
            "significance level 5 %)."
        ).format(seeds=seeds, count=needed.per_group, amount=amount)
        if needed.per_group > MAX_MEMBERS:
            text += " " + _("A group holds at most {most} runs.").format(most=MAX_MEMBERS)
    caution = (
        _(
            "This is a rough number: it takes the spread of these few runs for the true one. Decide on the number of runs before you look "
            "at more results."
        )
        if smallest_difference
        else _(
            "This is a rough number, because it takes the spread and the difference of these few runs for the true ones: a third of it or "
            "several times as many may be needed. It is steadier for a smallest difference that you choose. Decide on the number of runs "
            "before you look at more results."
        )
    )
    return f"{text} {caution}"


def _explain_not_comparable(first: RunGroup, second: RunGroup) -> str:
    """Say why two groups cannot be compared; empty if they can."""
    if not (first.config and second.config):
        return _("The settings of a group cannot be read, so the groups cannot be compared.")
    if (first.config.data.name, first.config.data.plane) != (second.config.data.name, second.config.data.plane):
        return _(
            "The groups have different data, so their test results cannot be compared. Choose a group on the same data."
        )
    if first.figure != second.figure:
        return _("The groups have different tasks, so their test results cannot be compared. Choose another group.")
    return ""


def make_distinct_names(groups: Sequence[RunGroup]) -> dict[str, str]:
    """Return the name of each group by its identity; where two have the same, the folder of the first run is added."""
    names = [group.name for group in groups]
    return {
        group.identity: group.name if names.count(group.name) == 1 else f"{group.name} ({group.members[0].run.name})"
        for group in groups
    }
