"""Where a network errs: the confusion matrix, and the pictures or texts behind the most frequent confusions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from nn_core.i18n import _
from nn_core.problem import plural_of
from ui.charts import as_label, dress, is_dark
from ui.pictures import as_shown, enlarged
from ui.text import percent, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from nn_core.data import Split
    from nn_core.problem import Kind

__all__ = ["confusion_matrix", "confusion_pictures", "confusion_texts", "names_of"]

_MOST_LABELLED = 12  # classes: with more of them, figures in the cells would overlap
_MOST_TICKS = 40  # classes: with more of them, only some are named at the sides
_PAIRS = 6
_ABREAST = 3
_PICTURES = 8
_SIDE = 56  # screen pixels


def names_of(kind: Kind) -> str:
    """What the samples of such data are called, when there are many."""
    return plural_of(kind)


def confusion_matrix(evaluation: dict[str, Any], kind: Kind = "pictures") -> None:
    """A row for each true class, a column for each answer; as counts or as shares of the true class."""
    import plotly.graph_objects as go

    classes, counts = evaluation["classes"], evaluation["confusion_matrix"]
    totals = [max(1, sum(row)) for row in counts]
    full = [as_label(name, 60) for name in classes]
    shares = [[100 * count / total for count in row] for row, total in zip(counts, totals, strict=True)]
    with st.container(border=True, key="confusion_matrix"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(_("Confusion matrix"), anchor=False)
            st.space("stretch")
            names = {"counts": _("Counts"), "shares": _("Shares")}
            unit = st.segmented_control(
                _("Cells show"),
                list(names),
                default="counts",
                required=True,
                format_func=names.__getitem__,
                key="matrix_unit",
                label_visibility="collapsed",
            )
        as_shares = unit == "shares"
        figure = go.Figure(
            go.Heatmap(
                # Colour follows the share, and its root: a few mistakes among a thousand hits must be seen too.
                z=[[(share / 100) ** 0.5 for share in row] for row in shares],
                text=[
                    [_cell(count, share, as_shares) for count, share in zip(*rows, strict=True)]
                    for rows in zip(counts, shares, strict=True)
                ],
                texttemplate="%{text}" if len(classes) <= _MOST_LABELLED else None,
                customdata=[
                    [(count, share, row_name, name) for count, share, name in zip(*rows, full, strict=True)]
                    for row_name, *rows in zip(full, counts, shares, strict=True)
                ],
                hovertemplate=_(
                    "True: %{customdata[2]}<br>Read as: %{customdata[3]}<br>%{customdata[0]} {samples}, %{customdata[1]:.1f} %<extra></extra>"
                ).replace("{samples}", names_of(kind)),
                colorscale=[[0, "#1c1e2b"], [1, "#7c78f5"]] if is_dark() else [[0, "#f5f6fb"], [1, "#4f46e5"]],
                zmin=0,
                zmax=1,
                showscale=False,
                xgap=2 if len(classes) <= _MOST_TICKS else 0,
                ygap=2 if len(classes) <= _MOST_TICKS else 0,
            )
        )
        figure.update_xaxes(title=_("Read as"), constrain="domain", **_side(classes))
        figure.update_yaxes(title=_("True class"), autorange="reversed", **_side(classes))
        st.plotly_chart(
            dress(figure, height=480 if len(classes) <= _MOST_LABELLED else 640),
            key="matrix_chart",
            config={"displayModeBar": False},
            alt=_("Confusion matrix: how often each true class was read as each class."),
        )


def _side(classes: list[str]) -> dict[str, Any]:
    """The names along a side: all of them, or so many that they do not overlap."""
    every = -(-len(classes) // _MOST_TICKS)
    places = range(0, len(classes), every)
    size = {"size": 10} if len(classes) > _MOST_LABELLED else None
    names = [as_label(classes[place]) for place in places]
    return {"tickvals": list(places), "ticktext": names, "tickfont": size, "showgrid": False, "zeroline": False}


def _cell(count: int, share: float, as_share: bool) -> str:
    if not count:
        return ""
    return f"{share:.1f}" if as_share else str(count)


def confusion_pictures(evaluation: dict[str, Any], test: Split) -> None:
    """The pairs of classes that are mixed up most, with the pictures of which the network was surest."""

    def show(pair: dict[str, Any]) -> None:
        with st.container(horizontal=True, gap="small"):
            for example in pair["examples"][:_PICTURES]:
                st.image(
                    enlarged(as_shown(test.inputs[example["index"]].numpy()), 2 * _SIDE),
                    caption=percent(example["probability"], 0),
                    width=_SIDE,
                    alt=_("A {true} that was read as {predicted}").format(**pair),
                )

    _pairs(evaluation, show, _("Below each picture: how sure the network was of its mistake."))


def confusion_texts(evaluation: dict[str, Any], texts: list[str]) -> None:
    """The same with texts."""

    def show(pair: dict[str, Any]) -> None:
        lines = [
            f"{percent(example['probability'], 0):>5}  {texts[example['index']]}"
            for example in pair["examples"][:_PICTURES]
        ]
        st.code("\n".join(lines), language=None)

    _pairs(evaluation, show, _("Before each text: how sure the network was of its mistake."))


def _pairs(evaluation: dict[str, Any], show: Callable[[dict[str, Any]], None], caption: str) -> None:
    with st.container(border=True):
        st.subheader(_("Most frequent confusions"), anchor=False)
        if not evaluation["confusions"]:
            st.success(_("None: every one of the test was read rightly."), icon=":material/check_circle:")
            return
        pairs = evaluation["confusions"][:_PAIRS]
        for start in range(0, len(pairs), _ABREAST):
            for column, pair in zip(st.columns(_ABREAST, gap="large"), pairs[start:], strict=False):
                with column:
                    times = _("once") if pair["count"] == 1 else _("{count} times").format(count=pair["count"])
                    st.markdown(
                        _("**{true}** read as **{predicted}** · {times}").format(
                            true=plain(pair["true"]), predicted=plain(pair["predicted"]), times=times
                        )
                    )
                    show(pair)
        st.caption(caption)
