"""The pages of the app, and what happens around every one of them."""

import threading
from pathlib import Path

import streamlit as st

from nn_core.i18n import _
from ui import farewell, warm
from ui.announcer import open_announcer
from ui.errors import errors_shown
from ui.notices import take_notice
from ui.role import is_admitted
from ui.sitemap import APP, SITEMAP
from ui.text import plain
from ui.who import log_in_again, who_is_here

__all__ = ["PAGES", "open_app", "run"]

PAGES = {name: f"pages/{name}.py" for name in SITEMAP}
_LOGO = Path(__file__).parent / "assets" / "logo.svg"
_ICON = Path(__file__).parent / "assets" / "icon.png"  # Streamlit would fetch a Material icon from another host
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
            st.Page(PAGES[name], title=_(entry.title), icon=entry.icon, default=name == "home")
            for name, entry in SITEMAP.items()
        ],
        position="sidebar" if admitted else "hidden",
    )
    if not admitted:
        log_in_again()
        return
    if page.url_path:  # Home, which has none, keeps the name of the app
        st.set_page_config(page_title=f"{page.title} · {APP}")
    who_is_here()
    open_announcer()
    farewell.prepare()
    if notice := take_notice():
        st.error(plain(notice), icon=":material/block:")
        st.toast(plain(notice), icon=":material/block:")  # for who has scrolled down
    _inside.active = True
    try:
        with errors_shown():
            page.run()
    finally:
        _inside.active = False
    warm.begin()


def open_app() -> None:
    """Every page begins with this. The first visit to a fresh server runs a page of `pages/` by itself, without app.py:
    then the app is shown from here, and the lone page ends."""
    if not getattr(_inside, "active", False):
        run()
        st.stop()
