"""What a comparison says: the verdicts, the results with their intervals, the settings that differ, and how often the runs agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from pydantic import JsonValue

from nn_core.config import RunConfig
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs.label import isolate_direction
from nn_core.settings import Section
from ui.app.charts import format_label, import_graph_objects, show_chart
from ui.app.glossary import describe_view, explain
from ui.app.text import escape_markdown
from ui.app.widgets import section_card
from ui.components.data_table import Column, show_data_table

if TYPE_CHECKING:
    from nn_core.evaluation.comparison import Comparison

__all__ = ["show_agreement", "show_remarks", "show_results", "show_settings", "show_verdicts"]

_ROW_HEIGHT = 42  # screen pixels of a run in the chart
_TITLE_LENGTH = 40  # characters of a run's title in the chart


def show_verdicts(comparison: Comparison) -> None:
    """Show for the first run and each other one which is better, and how often chance would produce that."""
    from nn_core.evaluation.verdicts import REPEAT, describe_pair

    with section_card(_("Which one is better?"), key="verdicts"):
        for pair in comparison.pairs:
            if pair.first:  # the other pairs are in the table
                continue
            verdict = describe_pair(comparison, pair)
            icon = ":material/check_circle:" if verdict.is_significant else ":material/balance:"
            st.markdown(f"{icon} **{verdict.difference}** {verdict.chance} {verdict.conclusion}")
        st.caption(_(REPEAT))
        if len(comparison.pairs) > 1:
            _show_pairs(comparison)


def _show_pairs(comparison: Comparison) -> None:
    """Show all pairs as a table."""
    from nn_core.evaluation.verdicts import format_difference, format_p_value

    letters = [each.letter for each in comparison.participants]
    pairs = comparison.pairs
    columns = [
        Column(_("Pair"), [f"{letters[pair.second]} − {letters[pair.first]}" for pair in pairs]),
        Column(
            _("Difference (95 % interval)"),
            [format_difference(comparison, pair) for pair in pairs],
            [pair.difference for pair in pairs],
        ),
        Column(
            _("Only the second better"),
            [f"{pair.only_second:,}" for pair in pairs],
            [pair.only_second for pair in pairs],
        ),
        Column(
            _("Only the first better"),
            [f"{pair.only_first:,}" for pair in pairs],
            [pair.only_first for pair in pairs],
            _("In the name of a pair, the second run comes first: in “B − A”, A is the first one."),
        ),
        Column(
            _("p, corrected"),
            [format_p_value(pair.corrected_p_value) for pair in pairs],
            [pair.corrected_p_value for pair in pairs],
            _(
                "The more pairs are compared, the more often one of them differs by chance. So the p-values are corrected for the number "
                "of pairs (Holm, 1979)."
            ),
        ),
    ]
    show_data_table(columns, caption=_("All pairs of runs"), key="pair_table")


def show_remarks(comparison: Comparison) -> None:
    """Show what can be compared and what cannot."""
    for kind, show in (("blocks", st.warning), ("caution", st.info), ("note", st.caption)):
        sentences = [escape_markdown(remark.sentence) for remark in comparison.remarks if remark.kind == kind]
        if sentences:
            show("\n\n".join(sentences) if kind != "note" else " ".join(sentences))


def show_results(comparison: Comparison) -> None:
    """Show the result of each run with its interval, as a chart and a table."""
    from nn_core.evaluation.comparison_report import format_result

    go = import_graph_objects()
    classifies, everyone = bool(comparison.answers), comparison.participants
    name = _("Test accuracy") if classifies else _("Mean error")
    title = _("Accuracy on the same examples") if classifies else _("Error on the same examples")
    with section_card(title, key="compared_results"):
        describe_view(
            _("The result of each run, with the interval in which its true value lies with 95 % confidence."),
            _("Look at the test above rather than at whether intervals overlap: all runs answer the same examples."),
            "confidence_interval",
            "mcnemar",
            "multiple_comparisons",
        )
        scale = 100 if classifies else 1
        values = [scale * result.value for result in comparison.results]
        figure = go.Figure()
        for place, each in enumerate(everyone):
            result = comparison.results[place]
            figure.add_scatter(
                x=[values[place]],
                y=[each.letter],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [scale * result.interval[1] - values[place]],
                    "arrayminus": [values[place] - scale * result.interval[0]],
                },
                mode="markers",
                marker={"size": 10},
                customdata=[f"{each.letter}: {format_label(isolate_direction(each.title), _TITLE_LENGTH)}"],
                hovertemplate="%{customdata}<br>%{x:.4g}<extra></extra>",
                showlegend=False,
            )
        figure.update_xaxes(title=_("Test accuracy (%)") if classifies else _error_title(comparison))
        figure.update_yaxes(title=_("Run"), autorange="reversed", type="category")
        alt = _("{quantity} of each run with its 95 % interval: {values}.").format(
            quantity=name,
            values="; ".join(
                f"{each.letter} {format_result(comparison, place)}" for place, each in enumerate(everyone)
            ),
        )
        show_chart(figure, height=90 + _ROW_HEIGHT * len(everyone), alt=alt, key="result_chart")
        columns = [
            Column(_("Run"), [f"{each.letter}: {each.title}" for each in everyone]),
            Column(
                _("{quantity} (95 % interval)").format(quantity=name),
                [format_result(comparison, place) for place in range(len(everyone))],
                values,
                explain("confidence_interval") if classifies else "",
            ),
        ]
        if classifies:
            right = comparison.is_right.sum(axis=1).tolist()
            columns.append(
                Column(_("Right"), [f"{each:,} / {comparison.count:,}" for each in right], [float(n) for n in right])
            )
        show_data_table(columns, caption=_("The result of each run"), key="result_table")


def _error_title(comparison: Comparison) -> str:
    return _("Mean squared error") if comparison.goal == "reconstruct" else _("Mean absolute error")


def show_settings(comparison: Comparison) -> None:
    """Show the settings that differ, with a column for each run. Values equal to those of the first run say so."""
    from nn_core.evaluation.comparison_report import format_setting

    everyone, rows = comparison.participants, comparison.settings
    with section_card(_("Settings that differ"), key="different_settings"):
        if not rows:
            st.info(
                _("All settings are equal, the seed too: only chance on the machine makes these runs differ."),
                icon=":material/drag_handle:",
            )
            return
        describe_view(
            _("Every setting that is not the same in all runs; – where a run has no such setting."),
            _("If only one differs, it or chance made the difference. If several differ, it could be any of them."),
            "hyperparameter",
            "seed",
        )
        configs = [each.config for each in everyone]
        columns = [Column(_("Setting"), [_get_setting_title(path, configs) for path in rows])]
        for place, each in enumerate(everyone):
            texts = [_describe_value(row, place, format_setting(row[place])) for row in rows.values()]
            columns.append(Column(each.letter, texts))
        columns.append(Column(_("On the command line"), list(rows)))
        show_data_table(columns, caption=_("The settings that differ"), key="setting_table")


def _describe_value(row: tuple[JsonValue, ...], place: int, text: str) -> str:
    """The value, and for more than two runs whether it is that of the first one."""
    if len(row) > 2 and place and row[place] == row[0] is not None:
        return _("{value} (as A)").format(value=text)
    return text


def _get_setting_title(path: str, configs: list[RunConfig]) -> str:
    """The title of a setting in the form."""
    for config in configs:
        section: object = config
        title = ""
        for name in path.split("."):
            field = type(section).model_fields.get(name) if isinstance(section, Section) else None
            if field is None:
                break
            title, section = field.title or title, getattr(section, name)
        else:
            return _(title)
    return path


def show_agreement(comparison: Comparison) -> None:
    """Show how often each two runs give the same answer."""
    everyone, agreement = comparison.participants, comparison.agreement
    with section_card(_("How often they agree"), key="agreement"):
        describe_view(
            _("The share of the test examples to which two runs give the same answer, right or wrong."),
            _("Look for equally good runs that rarely agree: they have learned different things."),
            "accuracy",
            key="agreement",
        )
        if len(everyone) == 2:
            both_right = int(comparison.is_right.all(axis=0).sum())
            same = round(agreement[0][1] * comparison.count)
            st.markdown(
                _(
                    "{first} and {second} give the same answer to {same:,} of {count:,} examples ({share}): {right:,} times the right one "
                    "and {wrong:,} times the same wrong one."
                ).format(
                    first=everyone[0].letter,
                    second=everyone[1].letter,
                    same=same,
                    count=comparison.count,
                    share=format_percent(agreement[0][1]),
                    right=both_right,
                    wrong=same - both_right,
                )
            )
            return
        columns = [Column(_("Run"), [each.letter for each in everyone])]
        for place, each in enumerate(everyone):
            shares = [row[place] for row in agreement]
            columns.append(Column(each.letter, [format_percent(share) for share in shares], shares))
        show_data_table(columns, caption=_("How often two runs give the same answer"), key="agreement_table")
