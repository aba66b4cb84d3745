"""Texts of a data set: samples of each class and the distribution of their lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DataSettings, find_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app import cache
from ui.app.charts import apply_chart_style, import_graph_objects, show_chart_table
from ui.app.text import escape_markdown, show_section_heading
from ui.data.sample_grid import show_sample_grid

if TYPE_CHECKING:
    from nn_core.data import Dataset

__all__ = ["list_example_texts", "show_examples", "show_lengths"]


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs={DataSettings: DataSettings.model_dump_json})
def list_example_texts(settings: DataSettings) -> list[str]:
    """List the texts of the test split in its order, as written or else as the network reads them. Raises DatasetUnavailable."""
    spec = find_dataset(settings.name, get_data_folder())
    if spec.raw_texts:
        return spec.raw_texts(get_data_folder())[1]
    from nn_core.data.encode_text import decode

    return decode(cache.get_dataset(settings).test.inputs, spec.alphabet)


_MAX_CHARACTERS = 100  # of all texts shown for a class
_MAX_TEXTS = 8
_MAX_CLASSES = 50
_MAX_MEASURED = 50_000


def show_examples(data: Dataset) -> None:
    """Show some texts of each class as the network reads them."""
    from nn_core.data.encode_text import decode

    with show_sample_grid(data, _MAX_CLASSES, _MAX_TEXTS) as samples:
        shown = []
        for rows in samples:
            texts = decode(data.train.inputs[rows], data.spec.alphabet)
            while len(texts) > 1 and sum(map(len, texts)) > _MAX_CHARACTERS:
                texts.pop()
            shown.append(escape_markdown(" · ".join(texts)))
        classes = data.spec.classes[:_MAX_CLASSES]
        st.table({_("Class"): [escape_markdown(name) for name in classes], _("Texts"): shown}, hide_index=True)
        if len(classes) < len(data.spec.classes):
            st.caption(_("And {count} more classes.").format(count=len(data.spec.classes) - len(classes)))
        st.caption(
            _(
                "Shown as the network reads them: in lower case, at most {length} characters. It knows {count} characters "
                "({alphabet}); all others count as unknown."
            ).format(
                length=data.spec.shape[0],
                count=len(data.spec.alphabet),
                alphabet=escape_markdown(_format_alphabet(data.spec.alphabet)),
            )
        )


def show_lengths(data: Dataset) -> None:
    """Show the distribution of the lengths of the training texts."""
    go = import_graph_objects()

    with st.container(border=True):
        show_section_heading(_("Text lengths"))
        step = max(1, len(data.train) // _MAX_MEASURED)
        lengths = (data.train.inputs[::step] != 0).sum(dim=1)
        counts = (lengths.bincount(minlength=data.spec.shape[0] + 1) * step).tolist()
        figure = go.Figure(go.Bar(x=list(range(len(counts))), y=counts))
        figure.update_xaxes(title=_("Characters"))
        figure.update_yaxes(title=_("Training texts"))
        st.plotly_chart(
            apply_chart_style(figure, height=260),
            config={"displayModeBar": False},
            alt=_("The number of training texts of each length."),
        )
        show_chart_table(
            {_("Characters"): list(range(len(counts))), _("Training texts"): [f"{count:,}" for count in counts]},
            key="lengths_table",
        )
        st.caption(_("Longer texts are cut and shorter ones padded, so that all have the same length."))


def _format_alphabet(alphabet: str) -> str:
    shown = alphabet if len(alphabet) <= 80 else alphabet[:80] + "…"
    return shown.replace(" ", "␣")
