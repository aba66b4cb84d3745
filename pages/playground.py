"""Playground: watch a small network learn to separate points in the plane."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from ui.app import navigation
from ui.app.next_steps import look_at_data, show_next_steps, train_on_digits
from ui.app.text import show_section_heading
from ui.app.url_values import show_rejected
from ui.playground.form import make_shown_config, restore_from_url, show_data_form, show_network_form, update_url
from ui.playground.run import get_current_run, has_other_settings, leave_run
from ui.playground.stage import show_stage

navigation.open_app()

st.title(_("Playground"), anchor=False)
rejected = st.container()
restore_from_url()
with st.container(key="playground"):
    # The live part comes first on a desktop, on a phone and in the tab order.
    plane, first, second = st.columns([10, 4, 5], gap="medium")
with first:
    show_section_heading(_("Data"))
    show_data_form()
with second:
    show_section_heading(_("Network"))
    show_network_form()
config = make_shown_config()
with suppress(NNLabError):  # a damaged run is shown as such; Reset removes it from the page
    run = get_current_run()
    if run and has_other_settings(run, config):
        leave_run()
update_url()
with rejected:
    show_rejected()
with plane:
    show_stage(config)
st.caption(
    _(
        "The link contains all settings: copy it to share them. Runs of the Playground are deleted after a day, "
        "unless you rename them on the Runs page."
    )
)
show_next_steps(train_on_digits(), look_at_data(config.data.name))
