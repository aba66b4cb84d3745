"""The pages of the app, and what surrounds each of them: title, sidebar, notices and error handling."""

import threading
from pathlib import Path

import streamlit as st

from nn_core.i18n import _
from ui.app import preload, shutdown
from ui.app.errors import show_errors, take_notice
from ui.app.sitemap import APP, SITEMAP
from ui.app.text import escape_markdown
from ui.auth.permissions import is_admitted
from ui.auth.session_sidebar import show_log_in_again, show_session
from ui.components.announcer import open_announcer

__all__ = ["PAGES", "open_app", "run"]

PAGES = {name: f"pages/{name}.py" for name in SITEMAP}
_LOGO = Path(__file__).parent.parent / "assets" / "logo.svg"
_ICON = Path(__file__).parent.parent / "assets" / "icon.png"  # Streamlit would fetch a Material icon from another host
_thread = threading.local()  # each script runs in its own thread; `is_in_app` says whether it came through run()


def run() -> None:
    """Show the page in the URL. Called by app.py on every run of the script.

    Style and scripts come with the page's HTML (`ui.http.index_page`).
    """
    st.set_page_config(page_title=APP, page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    has_access = is_admitted()
    page = st.navigation(
        [
            st.Page(PAGES[name], title=_(entry.title), icon=f":material/{entry.icon}:", default=name == "home")
            for name, entry in SITEMAP.items()
        ],
        position="sidebar" if has_access else "hidden",
    )
    if not has_access:
        show_log_in_again()
        return
    if page.url_path:  # Home has no path; its title is the app's name
        st.set_page_config(page_title=f"{page.title} · {APP}")
    show_session()
    open_announcer()
    shutdown.register_shutdown_notice()
    if notice := take_notice():
        st.error(escape_markdown(notice), icon=":material/block:")
        st.toast(escape_markdown(notice), icon=":material/block:")  # visible when the page is scrolled down
    _thread.is_in_app = True
    try:
        with show_errors():
            page.run()
    finally:
        _thread.is_in_app = False
    preload.start_preload()


def open_app() -> None:
    """Start a page. Every page calls this first.

    The first visit to a new server runs a page of `pages/` directly, without app.py. Then this function shows the whole app and
    stops the script of the page.
    """
    if not getattr(_thread, "is_in_app", False):
        run()
        st.stop()
