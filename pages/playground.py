"""Playground: watch every neuron of a small network while it learns from points in the plane."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from ui.app import navigation
from ui.app.next_steps import look_at_data, show_next_steps, train_on_digits
from ui.app.url_values import show_rejected
from ui.playground.form import show_data_form, show_link_form, show_training_form
from ui.playground.run import get_current_run, has_other_settings, leave_run
from ui.playground.shown import make_shown_config, restore_from_url, update_url
from ui.playground.stage import show_stage

navigation.open_app()

st.title(_("Playground"), anchor=False)
rejected = st.container()
restore_from_url()
with st.container(key="playground"):
    # The live part comes first in the tab order and on a phone. On a desktop the form is at its left.
    stage, form = st.columns([25, 7], gap="medium")
with form, st.container(key="playground_form"):
    show_data_form()
    show_training_form()
show_link_form()
config = make_shown_config()
with suppress(NNLabError):  # a damaged run is shown as such; Reset removes it from the page
    run = get_current_run()
    if run and has_other_settings(run, config):
        leave_run()
update_url()
with rejected:
    show_rejected()
with stage, st.container(key="playground_stage"):
    show_stage(config)
show_next_steps(train_on_digits(), look_at_data(config.data.name))
