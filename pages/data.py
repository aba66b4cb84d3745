"""Data: what a network learns from, and what it sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import OWN_DRAWINGS, DataSettings, all_datasets
from nn_core.data.registry import is_own
from nn_core.i18n import _
from nn_core.places import data_folder
from ui import cached, navigation, picture_views, point_views, text_views
from ui.data_views import class_counts, how_it_is_read, split_figures
from ui.download import download_offer
from ui.next_steps import next_steps, train_on
from ui.own_data import own_actions, own_data
from ui.teach import stored_drawings
from ui.text import plain
from ui.url_values import choice, read_url, show_rejected

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec
    from nn_core.problem import Kind

navigation.open_app()


def pick() -> DatasetSpec:
    """The data set that the address names, or that the boxes are changed to."""
    everything = all_datasets(data_folder())
    first = next(iter(everything))
    rule = _("the name of a data set in the list below, where your own ones are too")
    chosen = everything[read_url([choice("set", list(everything), first, rule)])["set"]]
    show_rejected("set")
    kinds: dict[Kind, str] = {
        "pictures": _(":material/image: Pictures"),
        "text": _(":material/match_case: Names and texts"),
        "points": _(":material/scatter_plot: Points in the plane"),
    }
    st.session_state["dataset_kind"] = chosen.kind
    st.session_state["dataset"] = chosen.name

    def remember_kind() -> None:
        kind = st.session_state["dataset_kind"]
        st.query_params["set"] = next(name for name, spec in everything.items() if spec.kind == kind)

    def remember() -> None:
        st.query_params["set"] = st.session_state["dataset"]

    st.segmented_control(
        _("Kind of data"),
        list(kinds),
        required=True,
        format_func=kinds.__getitem__,
        key="dataset_kind",
        on_change=remember_kind,
    )
    st.selectbox(
        _("Data set"),
        [name for name, spec in everything.items() if spec.kind == chosen.kind],
        key="dataset",
        on_change=remember,
        format_func=lambda name: title(everything[name]),
    )
    return chosen


def title(spec: DatasetSpec) -> str:
    return _("{title} (your own)").format(title=spec.title) if is_own(spec.name) else _(spec.title)


def show(spec: DatasetSpec) -> None:
    """Figures and examples of a data set that is on this machine."""
    if spec.kind == "points":
        data = point_views.chosen_points(spec.name)
    else:
        data = cached.dataset(DataSettings(name=spec.name))
    counts = split_figures(data)
    how_it_is_read(data)
    if spec.kind == "points":
        point_views.scatter(data)
        class_counts(data, counts)
    elif spec.kind == "text":
        text_views.examples(data)
        class_counts(data, counts)
        text_views.lengths(data)
    else:
        class_counts(data, counts)
        picture_views.samples(data)
        picture_views.what_the_network_sees(data)


st.title(_("Data"), anchor=False)
spec = pick()
st.caption(plain(_(spec.about)))
if spec.name == OWN_DRAWINGS:
    stored_drawings()
elif is_own(spec.name):
    own_actions(spec)
own_data()
if spec.is_present(data_folder()) or is_own(spec.name):
    show(spec)
else:
    download_offer(spec)
next_steps(train_on(spec.name))
