"""Explanations of terms on pages, all from the glossary: tooltips, the "?" with half a page of background, and the texts of a view."""

import streamlit as st

from nn_core.glossary import Term, get_term
from nn_core.i18n import _

__all__ = ["describe_view", "explain", "show_background", "show_help"]

_MAX_RELATED = 4


def explain(term: str) -> str:
    """Return the sentence that explains a term, for a tooltip."""
    return _(get_term(term).short)


def describe_view(what: str, look_for: str, *terms: str, key: str | None = None) -> None:
    """Show what every view begins with: a sentence that says what it shows, one that says what to look for, and the "?".

    Args:
        what: the first sentence.
        look_for: the second one.
        terms: what the "?" explains, see `show_help`; none shows no "?".
        key: of the "?", if the page has another one for the same term.
    """
    with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="top"):
        st.caption(f"{what} {look_for}", width="stretch")
        if terms:
            show_help(*terms, key=key)


def show_help(term: str, *more: str, key: str | None = None) -> None:
    """Show the "?": a button that opens half a page of background.

    Args:
        term: the name of the term that is explained.
        more: the names of other terms of the view, named with one sentence each below it; the related ones by default.
        key: of the button, if the page has another one for the same term.
    """
    entry = get_term(term)
    name = _("What is this? {title}").format(title=_(entry.title))
    # The label is the button's name for screen readers; style.css shows only the icon.
    with st.popover(name, icon=":material/help:", type="tertiary", key=f"help_{key or term}"):
        st.markdown(f"**{_(entry.title)}**")
        st.caption(_(entry.short))
        show_background(entry)
        links = map(_make_link, more or entry.related[:_MAX_RELATED])
        st.markdown("\n".join([_("See also:"), *links]))


def show_background(term: Term) -> None:
    """Show the background of a term and its sources."""
    st.markdown(_(term.background))
    if term.sources:  # not as captions, whose faded links would lack contrast
        sources = (f"- [{source.citation}]({source.address})" for source in term.sources)
        st.markdown("\n".join([_("Published in:"), *sources]))


def _make_link(name: str) -> str:
    """A line of a list: a link to the term in the glossary, which opens in a new tab so that the page stays, and its sentence."""
    term = get_term(name)
    return f"- [{_(term.title)}](glossary?term={name}): {_(term.short)}"
