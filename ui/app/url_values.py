"""The values in a page's URL: each has a parser and a rule. A value that breaks its rule is named on the page and removed
from the URL.

A link is user text: a rejected value is shown as plain text, shortened, and never as markup.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nn_core.errors import to_one_line
from nn_core.i18n import _
from ui.app.text import escape_markdown

__all__ = [
    "UrlValue",
    "fill_in",
    "has_any",
    "is_history_navigation",
    "make_choice_value",
    "make_number_value",
    "read_url",
    "reject",
    "show_rejected",
    "write_url",
]

T = TypeVar("T")
_STATE = "rejected_url_values"
_LONGEST_VALUE = 60  # characters of a rejected value that the page repeats


@dataclass(frozen=True)
class UrlValue(Generic[T]):
    """One parameter of a page's URL.

    name: the parameter; default: its value where the URL does not name it; parse: text to value, raises ValueError for
    anything that the page cannot show; text: the inverse of `parse`; rule: completes the sentence "it must be …".
    """

    name: str
    default: T
    parse: Callable[[str], T]
    text: Callable[[T], str]
    rule: str


def make_choice_value(name: str, options: Sequence[str], default: str, rule: str = "") -> UrlValue[str]:
    """A parameter that holds one of a few names."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    listed = _("one of {options}").format(options=", ".join(options))
    return UrlValue(name, default, parse, str, rule or listed)


def make_number_value(name: str, options: Sequence[float], default: float, rule: str = "") -> UrlValue[float]:
    """A parameter that holds one of a few numbers, as a slider does."""

    def parse(text: str) -> float:
        given = float(text)
        for option in options:
            if math.isclose(option, given, abs_tol=1e-12):
                return option
        raise ValueError(text)

    listed = _("one of {options}").format(options=", ".join(f"{option:g}" for option in options))
    return UrlValue(name, default, parse, lambda value: f"{value:g}", rule or listed)


def is_history_navigation() -> bool:
    """Whether this run of the script shows what Back or Forward led to: then the URL decides, not the widgets."""
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)


def has_any(values: Iterable[UrlValue[Any]]) -> bool:
    """Whether the URL names one of these parameters."""
    return any(value.name in st.query_params for value in values)


def read_url(values: Iterable[UrlValue[Any]]) -> dict[str, Any]:
    """The values in the URL, by name; the default where it has none. A value that breaks its rule is rejected."""
    found: dict[str, Any] = {}
    before, cleaned, sentences = _url(), _url(), []
    for value in values:
        found[value.name] = value.default
        texts = cleaned.get(value.name, [])
        if len(texts) > 1:
            sentences.append(_sentence(value.name, ", ".join(texts[:-1]), _("only the last of several values is used")))
            cleaned[value.name] = texts[-1:]
        if not texts:
            continue
        try:
            found[value.name] = value.parse(texts[-1])
        except ValueError:
            because = _("it must be {rule}").format(rule=value.rule)
            if used := value.text(value.default):
                because = _("{because}. Used instead: {used}; you can change it on this page").format(
                    because=because, used=used
                )
            sentences.append(_sentence(value.name, texts[-1], because))
            del cleaned[value.name]
    if sentences:
        _set_url(cleaned)
        _remember(sentences, before)
    return found


def write_url(values: Iterable[UrlValue[Any]], shown: Mapping[str, Any]) -> None:
    """Write what is shown into the URL. Defaults are left out, and a URL that already says the same stays as it is, so that
    no entry is added to the browser's history."""
    wanted = _url()
    for value in values:
        if _says(wanted.get(value.name, []), value, shown[value.name]):
            continue
        wanted.pop(value.name, None)
        if shown[value.name] != value.default:
            wanted[value.name] = [value.text(shown[value.name])]
    _set_url(wanted)


def reject(name: str, text: str, because: str, *, left: Sequence[str] = ()) -> None:
    """Report a value of the URL that is not used, with the rule that it breaks and what is done instead, and remove it.

    left: the parameter's other values, which stay.
    """
    before, cleaned = _url(), _url()
    if left:
        cleaned[name] = list(left)
    else:
        cleaned.pop(name, None)
    _set_url(cleaned)
    _remember([_sentence(name, text, because)], before)


def fill_in(name: str, text: str) -> None:
    """Write a value that the page has chosen itself into the URL; the sentences about rejected values stay."""
    before, wanted = _url(), _url() | {name: [text]}
    _set_url(wanted)
    state = st.session_state.get(_STATE)
    if state and state["url"] == before:
        st.session_state[_STATE] = {**state, "url": wanted}


def show_rejected(*names: str) -> None:
    """The sentences about the rejected values of these parameters, or of all, until the URL changes again."""
    state = st.session_state.get(_STATE)
    if not state:
        return
    if state["url"] != _url():
        del st.session_state[_STATE]
        return
    sentences = [sentence for name, sentence in state["sentences"] if name in names or not names]
    if sentences:
        with st.container(key="_".join(("rejected_url_values", *names))):
            st.warning("\n\n".join(map(escape_markdown, sentences)), icon=":material/link_off:")


def _sentence(name: str, text: str, because: str) -> tuple[str, str]:
    """(The parameter, the sentence about it.)"""
    ignored = _("The address asks for “{name}={value}”, which is ignored: {because}.")
    return name, ignored.format(name=name, value=to_one_line(text, _LONGEST_VALUE), because=because.rstrip("."))


def _remember(sentences: Sequence[tuple[str, str]], before: dict[str, list[str]]) -> None:
    """before: the URL in which they were found; if it is the one that earlier sentences left behind, those stay too."""
    state = st.session_state.get(_STATE)
    earlier = state["sentences"] if state and state["url"] == before else []
    added = [sentence for sentence in sentences if sentence not in earlier]
    st.session_state[_STATE] = {"sentences": [*earlier, *added], "url": _url()}


def _says(texts: list[str], value: UrlValue[Any], shown: Any) -> bool:
    """Whether the parameter is written once and means what is shown."""
    try:
        return len(texts) == 1 and bool(value.parse(texts[0]) == shown)
    except ValueError:
        return False


def _url() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def _set_url(wanted: dict[str, list[str]]) -> None:
    if wanted != _url():
        st.query_params.from_dict(wanted)
