"""The choice of a test sample by its number, which can be in the URL."""

import random

import streamlit as st

from nn_core.i18n import _
from ui.app.url_values import UrlValue

__all__ = ["make_sample_value", "pick_sample"]


def pick_sample(count: int, label: str, *, key: str, another_label: str | None = None) -> int:
    """Show a field for a number from 0 to `count` - 1 and a button that picks one at random.

    Args:
        another_label: of the button, if a page has two of them.
    """

    def pick_another() -> None:
        st.session_state[key] = random.randrange(count)

    if st.session_state.get(key, 0) >= count:
        st.session_state[key] = 0  # the run before had more samples
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(label, min_value=0, max_value=count - 1, step=1, key=key, width=160)
        st.button(another_label or _("Another"), key=f"{key}_another", icon=":material/shuffle:", on_click=pick_another)
    return int(number)


def make_sample_value(count: int, default: int = 0) -> UrlValue[int]:
    """Declare the parameter `example` of a URL: the number of one of `count` samples.

    Args:
        count: how many samples there are.
        default: the one that is shown at first.
    """

    def parse(text: str) -> int:
        index = int(text)
        if not 0 <= index < count:
            raise ValueError(text)
        return index

    return UrlValue("example", default, parse, str, _("a number from 0 to {last}").format(last=count - 1))
