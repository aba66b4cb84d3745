"""Data: the data sets, and how a network sees them."""

import streamlit as st

from nn_core.data import OWN_DRAWINGS, DatasetSpec, DataSettings, list_datasets
from nn_core.data.dataset import is_custom
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app import cache, navigation
from ui.app.next_steps import show_next_steps, train_on, try_playground
from ui.app.text import escape_markdown
from ui.app.url_values import make_choice_value, read_value, show_rejected
from ui.data.custom import show_custom_actions, show_custom_data
from ui.data.samples import show_network_input, show_samples, show_text_samples
from ui.data.views import (
    choose_points,
    offer_download,
    show_class_counts,
    show_lengths,
    show_scatter,
    show_split_figures,
    show_storage,
    show_value_counts,
)
from ui.draw.finetune import show_stored_drawings
from ui.train.preset_choice import get_kind_titles

navigation.open_app()


def pick_dataset() -> DatasetSpec:
    """Show the choice of a data set, which the URL contains."""
    datasets = list_datasets(get_data_folder())
    first = next(iter(datasets))
    rule = _("the name of a data set in the list below")
    chosen = datasets[read_value(make_choice_value("set", list(datasets), first, rule))]
    show_rejected("set")
    kinds = get_kind_titles()
    st.session_state["dataset_kind"] = chosen.kind
    st.session_state["dataset"] = chosen.name

    def write_kind() -> None:
        kind = st.session_state["dataset_kind"]
        st.query_params["set"] = next(name for name, spec in datasets.items() if spec.kind == kind)

    def write_dataset() -> None:
        st.query_params["set"] = st.session_state["dataset"]

    st.segmented_control(
        _("Kind of data"),
        list(kinds),
        required=True,
        format_func=kinds.__getitem__,
        key="dataset_kind",
        on_change=write_kind,
    )
    st.selectbox(
        _("Data set"),
        [name for name, spec in datasets.items() if spec.kind == chosen.kind],
        key="dataset",
        on_change=write_dataset,
        format_func=lambda name: format_title(datasets[name]),
    )
    return chosen


def format_title(spec: DatasetSpec) -> str:
    return _("{title} (your own)").format(title=spec.title) if is_custom(spec.name) else _(spec.title)


def show_dataset(spec: DatasetSpec) -> None:
    """Show figures and examples of a data set that is on this machine."""
    data = choose_points(spec) if spec.kind == "points" else cache.get_dataset(DataSettings(name=spec.name))
    if data is None:
        return
    counts = show_split_figures(data)
    show_storage(data)
    if spec.kind == "points":
        show_scatter(data)
        if data.spec.is_regression:
            show_value_counts(data)
        else:
            show_class_counts(data, counts)
    elif spec.kind == "text":
        show_text_samples(data)
        show_class_counts(data, counts)
        show_lengths(data)
    else:
        show_class_counts(data, counts)
        show_samples(data)
        show_network_input(data)


st.title(_("Data"), anchor=False)
spec = pick_dataset()
st.caption(escape_markdown(_(spec.about)))
if spec.name == OWN_DRAWINGS:
    show_stored_drawings()
elif is_custom(spec.name):
    show_custom_actions(spec)
show_custom_data()
if spec.is_present(get_data_folder()) or is_custom(spec.name):
    show_dataset(spec)
else:
    offer_download(spec)
show_next_steps(train_on(spec.name) if spec.name != "drawn" else try_playground())
