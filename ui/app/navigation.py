"""The pages of the app, and what happens around every one of them."""

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
_inside = threading.local()  # a script runs in a thread of its own: whether this one came through run()


def run() -> None:
    """Show the page that the address names. Called by app.py on every run of the script.

    Style and scripts come with the page's HTML (`ui.http.index_page`).
    """
    st.set_page_config(page_title=APP, page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    admitted = is_admitted()
    page = st.navigation(
        [
            st.Page(PAGES[name], title=_(entry.title), icon=f":material/{entry.icon}:", default=name == "home")
            for name, entry in SITEMAP.items()
        ],
        position="sidebar" if admitted else "hidden",
    )
    if not admitted:
        show_log_in_again()
        return
    if page.url_path:  # Home, which has none, keeps the name of the app
        st.set_page_config(page_title=f"{page.title} · {APP}")
    show_session()
    open_announcer()
    shutdown.register_shutdown_notice()
    if notice := take_notice():
        st.error(escape_markdown(notice), icon=":material/block:")
        st.toast(escape_markdown(notice), icon=":material/block:")  # for who has scrolled down
    _inside.active = True
    try:
        with show_errors():
            page.run()
    finally:
        _inside.active = False
    preload.start_preload()


def open_app() -> None:
    """Every page begins with this. The first visit to a fresh server runs a page of `pages/` by itself, without app.py:
    then the app is shown from here, and the lone page ends."""
    if not getattr(_inside, "active", False):
        run()
        st.stop()
