"""Texts of a data set: some of each class, and how long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.charts import chart_table, dress, graph_objects
from ui.headings import section_heading
from ui.some_of_each import some_of_each
from ui.text import plain

if TYPE_CHECKING:
    from nn_core.data import Dataset

__all__ = ["examples", "lengths"]

_CHARACTERS = 100  # shown of each class, in as many texts as that takes
_MOST_TEXTS = 8
_MOST_CLASSES = 50
_MEASURED = 50_000


def examples(data: Dataset) -> None:
    """Some texts of each class, as the network reads them."""
    from nn_core.data.text import decode

    with some_of_each(data, _MOST_CLASSES, _MOST_TEXTS) as chosen:
        shown = []
        for rows in chosen:
            texts = decode(data.train.inputs[rows], data.spec.alphabet)
            while len(texts) > 1 and sum(map(len, texts)) > _CHARACTERS:
                texts.pop()
            shown.append(plain(" · ".join(texts)))
        classes = data.spec.classes[:_MOST_CLASSES]
        st.table({_("Class"): [plain(name) for name in classes], _("Texts"): shown}, hide_index=True)
        if len(classes) < len(data.spec.classes):
            st.caption(_("And {count} more classes.").format(count=len(data.spec.classes) - len(classes)))
        st.caption(
            _(
                "As the network reads them: in small letters, at most {length} characters. It knows {count} characters "
                "({alphabet}); any other counts as unknown."
            ).format(
                length=data.spec.shape[0], count=len(data.spec.alphabet), alphabet=plain(_visible(data.spec.alphabet))
            )
        )


def lengths(data: Dataset) -> None:
    """How many training texts have how many characters."""
    go = graph_objects()

    with st.container(border=True):
        section_heading(_("Length of the texts"))
        step = max(1, len(data.train) // _MEASURED)
        measured = (data.train.inputs[::step] != 0).sum(dim=1)
        counts = (measured.bincount(minlength=data.spec.shape[0] + 1) * step).tolist()
        figure = go.Figure(go.Bar(x=list(range(len(counts))), y=counts))
        figure.update_xaxes(title=_("Characters"))
        figure.update_yaxes(title=_("Training texts"))
        st.plotly_chart(
            dress(figure, height=260),
            config={"displayModeBar": False},
            alt=_("The number of training texts of each length."),
        )
        chart_table(
            {_("Characters"): list(range(len(counts))), _("Training texts"): [f"{count:,}" for count in counts]},
            key="lengths_table",
        )
        st.caption(_("Longer texts are cut; shorter ones are filled up, so that all have the same length."))


def _visible(alphabet: str) -> str:
    shown = alphabet if len(alphabet) <= 80 else alphabet[:80] + "…"
    return shown.replace(" ", "␣")
