"""Who looks at the page: told in the sidebar, with the way out; and what is shown once that was taken."""

from html import escape

import streamlit as st

from nn_core.i18n import _
from ui.auth.gate import get_log_out_path
from ui.auth.permissions import get_admission
from ui.auth.providers import AccountProvider, choose_provider

__all__ = ["show_log_in_again", "show_session"]


def show_session() -> None:
    """Nothing where nobody has to log in."""
    admitted, way = get_admission(), choose_provider()
    if admitted is None:
        return
    with st.sidebar, st.container(key="who_is_here"):
        if admitted.role == "viewer":
            st.markdown(_(":material/visibility: **Look and draw**"))
            st.caption(_("You may look at everything and draw for the networks. Your teacher starts and stops them."))
        else:
            st.markdown(_(":material/school: **Teacher**"))
        if isinstance(way, AccountProvider):
            st.text(admitted.visitor)
            st.button(_("Log out"), key="log_out", icon=":material/logout:", type="tertiary", on_click=st.logout)
        else:
            st.html(f'<a href="{escape(get_log_out_path())}">{escape(_("Log out"))}</a>')


def show_log_in_again() -> None:
    """In the place of every page, once an admission has expired or somebody has logged out in another window."""
    st.title(_("You are logged out"), anchor=False)
    st.markdown(_("Log in again to go on. Nothing was lost: networks that train go on training."))
    st.html(f'<a href="">{escape(_("Log in"))}</a>')
