"""Playground: a small network divides the plane, and one sees it happen."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from ui import navigation
from ui.headings import section_heading
from ui.next_steps import look_at_data, next_steps, train_on_digits
from ui.playground import current_run, differs, leave
from ui.playground_form import data_form, keep_url, network_form, restore_from_url, shown_config
from ui.playground_stage import stage
from ui.url_values import show_rejected

navigation.open_app()

st.title(_("Playground"), anchor=False)
rejected = st.container()
restore_from_url()
with st.container(key="playground"):
    # What moves comes first on a desktop, on a phone, and in the order of the Tab key.
    plane, first, second = st.columns([10, 4, 5], gap="medium")
with first:
    section_heading(_("Data"))
    data_form()
with second:
    section_heading(_("Network"))
    network_form()
config = shown_config()
with suppress(NNLabError):  # a damaged run is shown as such, and Reset leaves it
    present = current_run()
    if present and differs(present, config):
        leave()
keep_url()
with rejected:
    show_rejected()
with plane:
    stage(config)
st.caption(
    _(
        "The address of this page holds the whole set-up: copy it to share it. Runs of the playground are deleted after a day; "
        "one that you rename on the Runs page is kept."
    )
)
next_steps(train_on_digits(), look_at_data(config.data.name))
