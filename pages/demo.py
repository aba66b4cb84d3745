"""Demo: the list of views that a presenter assembles and moves through with the arrow keys."""

import streamlit as st

from nn_core.i18n import N_, _
from nn_core.paths import get_data_folder
from nn_core.presentation import read_demo
from ui.app import navigation
from ui.app.errors import show_errors
from ui.app.sitemap import ADDRESSES
from ui.auth.permissions import can_change
from ui.present.bar import load_demo
from ui.present.editor import offer_files, show_times, show_views

navigation.open_app()

_KEYS = N_(
    "While presenting: arrow keys or Page Up and Page Down move through the views, N shows the note, R resets for the next visitor, F or "
    "Escape leaves, ? lists the keys."
)

st.title(_("Demo"), anchor=False)
st.markdown(_("A demo is a list of views of any pages. Present it to a class, or leave it running for visitors."))
with show_errors():
    read_demo(get_data_folder(), ADDRESSES)  # reports a damaged file
demo = load_demo()
if demo.views:
    st.button(_("Start"), key="start_demo", type="primary", icon=":material/slideshow:")
    st.caption(_(_KEYS))
    show_views(demo)
elif can_change():
    st.info(
        _(
            "The demo is empty. Open a page, choose what it shows, and press “Add this view to the demo” in the sidebar. For example: Draw, "
            "the Playground, and the page of a run."
        ),
        icon=":material/playlist_add:",
    )
else:
    st.info(_("The demo is empty. Your teacher can add views to it."), icon=":material/slideshow:")
if can_change():
    show_times(demo)
offer_files(demo)
