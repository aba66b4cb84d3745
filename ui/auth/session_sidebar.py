"""Shows the visitor's role and a log-out button in the sidebar, and a notice after logging out."""

from html import escape

import streamlit as st

from nn_core.i18n import _
from ui.auth.gate import get_log_out_path
from ui.auth.permissions import get_admission
from ui.auth.providers import AccountProvider, choose_provider

__all__ = ["show_log_in_again", "show_session"]


def show_session() -> None:
    """Show the role and the log-out button; nothing if no login is set up."""
    admission = get_admission()
    if admission is None:
        return
    with st.sidebar, st.container(key="who_is_here"):
        if admission.role == "viewer":
            st.markdown(_(":material/visibility: **Look and draw**"))
            st.caption(
                _("You can look at everything and test networks with drawings. Your teacher starts and stops runs.")
            )
        else:
            st.markdown(_(":material/school: **Teacher**"))
        if isinstance(choose_provider(), AccountProvider):
            st.text(admission.visitor)
            st.button(_("Log out"), key="log_out", icon=":material/logout:", type="tertiary", on_click=st.logout)
        else:
            st.html(f'<a href="{escape(get_log_out_path())}">{escape(_("Log out"))}</a>')


def show_log_in_again() -> None:
    """Replaces every page once the login has expired or was ended in another window."""
    st.title(_("You are logged out"), anchor=False)
    st.markdown(_("Log in again to continue. Nothing was lost: running trainings continue."))
    st.html(f'<a href="">{escape(_("Log in"))}</a>')
