"""Glossary: the terms of the app; one at a time with half a page of background."""

from itertools import groupby

import streamlit as st

from nn_core.glossary import Term, find_terms, get_term, load_glossary
from nn_core.i18n import _
from ui.app import navigation
from ui.app.glossary import show_background
from ui.app.text import escape_markdown, show_section_heading
from ui.app.url_values import (
    MAX_TEXT_LENGTH,
    UrlValue,
    make_text_value,
    read_value,
    restore_widget,
    show_rejected,
    write_url,
)
from ui.app.widgets import show_link

navigation.open_app()

_SEARCH_KEY, _SEARCH = "glossary_search", make_text_value("search", "")
_COLUMNS = 2
_DELAY = "150ms"  # between the last key and the search


def parse_term(text: str) -> str:
    if text and text not in load_glossary():
        raise ValueError(text)
    return text


def forget_term() -> None:
    """A search replaces the term in the address."""
    st.query_params.pop("term", None)


def show_term(term: Term) -> None:
    with st.container(border=True, key="term"):
        show_section_heading(_(term.title))
        st.markdown(f"**{_(term.short)}**")
        show_background(term)
        with st.container(horizontal=True, gap="small"):
            for related in map(get_term, term.related):
                show_link("glossary", _(related.title), term=related.name)


def show_list(terms: list[Term]) -> None:
    """Link to the terms, each with its sentence. They are filled in row by row, so that phones and screen readers keep their order."""
    for start in range(0, len(terms), _COLUMNS):
        for column, term in zip(st.columns(_COLUMNS, gap="large"), terms[start : start + _COLUMNS], strict=False):
            with column:
                show_link("glossary", f"**{_(term.title)}**", term=term.name)
                st.caption(_(term.short))


st.title(_("Glossary"), anchor=False)
chosen = read_value(UrlValue("term", "", parse_term, str, _("the name of a term of the glossary")))
show_rejected("term")
restore_widget(_SEARCH_KEY, _SEARCH)
show_rejected(_SEARCH.name)
query = st.text_input(
    _("Search"),
    key=_SEARCH_KEY,
    max_chars=MAX_TEXT_LENGTH,
    placeholder=_("For example: gradient"),
    icon=":material/search:",
    live=_DELAY,
    on_change=forget_term,
)
write_url((_SEARCH,), {_SEARCH.name: query or ""})
if chosen:
    show_term(get_term(chosen))
found = find_terms(query or "")
if not found:
    text = _(
        "The glossary does not have “{query}”. Search for a part of the word, or empty the field to see all terms."
    )
    st.info(text.format(query=escape_markdown(query or "")), icon=":material/search_off:")
elif query:
    show_list(found)
else:
    for group, members in groupby(found, key=lambda term: term.group):
        show_section_heading(_(group))
        show_list(list(members))
