"""Home: what NN Lab is, and the button that trains a first network."""

from pathlib import Path

import streamlit as st

import ui
from nn_core.config import get_preset
from nn_core.errors import BadInput
from nn_core.i18n import _
from ui.app import cache, navigation, preload
from ui.app.next_steps import open_run, show_next_steps, try_playground
from ui.app.sitemap import SITEMAP
from ui.app.text import escape_markdown, show_section_heading
from ui.app.widgets import show_cards, show_link
from ui.auth.permissions import can_change
from ui.http.middleware import describe_exposure, is_open_to_all
from ui.runs.run_picker import list_all_runs
from ui.train.new_run import start_and_open

navigation.open_app()

_PICTURE = Path(ui.__file__).parent / "assets" / "digits.png"


def show_introduction() -> str:
    if not can_change():
        return _(
            "NN Lab trains real neural networks with PyTorch and shows them in your browser. Watch your "
            "teacher's networks learn, see their mistakes and draw digits for them to read. You need no programming, and "
            "you cannot break anything."
        )
    return _(
        "NN Lab trains real neural networks on this machine with PyTorch and shows them in your browser. Press one button and watch "
        "a network learn to read handwriting, then see its mistakes and draw digits for it to read. You need no programming, and "
        "nothing leaves your machine."
    )


def show_first_button() -> bool:
    """Show the page's main button; return whether the one that trains a network was pressed."""
    if can_change():
        pressed = st.button(
            _("Train your first network"), key="first_network", type="primary", icon=":material/play_arrow:"
        )
        show_link("draw", _("Try a trained network"))
        return pressed
    if st.button(_("Draw a digit for a trained network"), key="first_drawing", type="primary", icon=":material/draw:"):
        st.switch_page(navigation.PAGES["draw"])
    show_link("runs", _("See what is training"), "visibility")
    return False


def show_device() -> None:
    """Show the device once torch is imported."""
    if preload.is_warm():
        try:
            st.caption(_("Networks train on: {device}").format(device=escape_markdown(cache.get_device_name())))
        except BadInput as error:
            st.caption(escape_markdown(str(error)))
    else:
        st.caption(_("Networks train on: checking …"))


if is_open_to_all():
    st.warning(escape_markdown(describe_exposure()), icon=":material/lock_open:")
left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
with left, st.container(key="hero", gap="medium"):
    st.title(_(SITEMAP["home"].heading), anchor=False)
    st.markdown(show_introduction())
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = show_first_button()
    st.fragment(show_device, run_every=None if preload.is_warm() else 0.5)()
with right:
    st.image(_PICTURE, width="stretch", alt=_("Handwritten digits from MNIST"))

if pressed:
    start_and_open(get_preset("quick"), preset="quick")

st.space("small")
show_cards(
    {
        "data": (
            _("1 · Look at the data"),
            _("Handwritten digits, names and points are ready to use. You can add your own pictures and texts."),
        ),
        "train": (_("2 · Train"), _("Choose a network and its settings. Every setting is explained.")),
        "evaluate": (
            _("3 · See its mistakes"),
            _("Which classes does it mix up, and what do those examples look like?"),
        ),
        "draw": (_("4 · Draw"), _("Draw a digit with the mouse or a finger, and the network reads it.")),
    }
)
show_section_heading(_("More to try"))
show_cards(
    {
        "playground": (_("Playground"), _("Build a small network and watch it separate points in the plane.")),
        "text": (_("Text"), _("Type a name: which language is it from, and which letters matter?")),
        "inside": (
            _("Look inside"),
            _("See which parts of a picture matter, the patterns it looks for, and a map of all digits."),
        ),
    }
)

runs = [run for run in list_all_runs() if not run.is_shipped]
latest = _("Open your latest run") if can_change() else _("Open the latest run")
show_next_steps(open_run(runs[0], label=latest) if runs else try_playground())
