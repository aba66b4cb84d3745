"""The button that creates a data set, its progress, and the way to the new data set."""

from collections.abc import Callable

import streamlit as st

from nn_core.data.custom.metadata import CustomDataset
from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app import cache

__all__ = ["CREATED", "FORM", "Create", "offer_creation"]

CREATED = "own_made"
"""In the session state: the data set created last."""
FORM = "own_form_number"
"""In the session state: the number of the form; a new number gives a new form, closed and empty."""

Create = Callable[[str, Callable[[int, int], None]], CustomDataset]
"""Creates the data set, given its title and a function called with (done, total)."""


def offer_creation(create: Create, title: str, number: int, *, disabled: bool = False) -> None:
    """Show the button; when it is pressed, create the data set and show it. On an error, the form stays as it is.

    Args:
        create: see `Create`.
        title: of the data set.
        number: of the form.
        disabled: whether something is missing.
    """
    if not st.button(
        _("Create the data set"), key="make_data", type="primary", icon=":material/construction:", disabled=disabled
    ):
        return
    bar = st.progress(0.0, text=_("Checking the file …"))

    def show_progress(done: int, total: int) -> None:
        if done % max(1, total // 100) == 0:
            bar.progress(done / total, text=_("Reading: {progress}").format(progress=format_percent(done / total, 0)))

    try:
        created = create(title, show_progress)
    finally:
        bar.empty()
    st.session_state[CREATED] = created
    st.session_state[FORM] = number + 1
    st.query_params["set"] = created.name
    cache.get_dataset.clear()  # a data set of the same name may have been deleted before
    st.rerun()
