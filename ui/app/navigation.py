"""The pages of the app, and what surrounds each of them: title, sidebar, notices, error handling and the end of the server."""

import atexit
import sys
import threading
from contextlib import suppress
from html import escape
from pathlib import Path

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import list_runs, make_titles
from nn_core.runs.label import isolate_direction
from ui.app import preload
from ui.app.errors import show_errors, take_notice
from ui.app.sitemap import APP, SITEMAP
from ui.app.text import escape_markdown
from ui.auth.gate import get_log_out_path
from ui.auth.permissions import get_admission, is_admitted
from ui.auth.providers import AccountProvider, choose_provider
from ui.components.announcer import open_announcer
from ui.present.bar import open_presentation

__all__ = ["PAGES", "open_app", "run", "show_run_in_tab"]

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
        expanded=True,
    )
    if not has_access:
        _show_log_in_again()
        return
    _thread.page_title = page.title
    if page.url_path:  # Home has no path; its title is the app's name
        st.set_page_config(page_title=f"{page.title} · {APP}")
    _show_session()
    open_announcer()
    open_presentation(page.url_path or "home")
    _register_shutdown_notice()
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


def show_run_in_tab(title: str) -> None:
    """Show the title of the page's run in the browser's tab, before the page's own."""
    st.set_page_config(page_title=f"{isolate_direction(title)} · {getattr(_thread, 'page_title', '')} · {APP}")


def _show_session() -> None:
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


def _show_log_in_again() -> None:
    """Replaces every page once the login has expired or was ended in another window."""
    st.title(_("You are logged out"), anchor=False)
    st.markdown(_("Log in again to continue. Nothing was lost: running trainings continue."))
    st.html(f'<a href="">{escape(_("Log in"))}</a>')


@st.cache_resource(show_spinner=False)
def _register_shutdown_notice() -> None:
    """Make the terminal say, when the app ends while runs are training, which ones continue. Once per server."""
    atexit.register(_print_active_runs)


def _print_active_runs() -> None:
    runs = list_runs(get_runs_folder())
    titles = make_titles(runs)
    for run in runs:
        with suppress(NNLabError):
            if run.status().is_active:
                print(
                    _("\nRun '{run}' continues without the app. To stop it: {python} -m nn_core stop '{path}'").format(
                        run=isolate_direction(titles[run.name]),
                        python=_shorten(Path(sys.executable)),
                        path=_shorten(run.path),
                    ),
                    file=sys.stderr,
                    flush=True,
                )


def _shorten(path: Path) -> str:
    """The path relative to the working directory if it is inside it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
