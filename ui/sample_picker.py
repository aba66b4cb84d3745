"""Which sample of the test split a page looks at: by its number, or any other."""

import random

import streamlit as st

from nn_core.i18n import _

__all__ = ["sample_picker"]


def sample_picker(count: int, *, label: str, key: str, another_label: str | None = None) -> int:
    """A number from 0 to `count` - 1, and a button that picks another at random.

    another_label: of the button, where a page has two of them.
    """

    def another() -> None:
        st.session_state[key] = random.randrange(count)

    if st.session_state.get(key, 0) >= count:
        st.session_state[key] = 0  # another run, with fewer of them
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(label, min_value=0, max_value=count - 1, step=1, key=key, width=160)
        st.button(another_label or _("Another"), key=f"{key}_another", icon=":material/shuffle:", on_click=another)
    return int(number)
