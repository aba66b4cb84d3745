"""The values in a page's URL: each has a parser and a rule. A value that breaks its rule is reported on the page and removed
from the URL.

A URL is user text: a rejected value is shown shortened, as plain text and never as markup.
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
_MAX_VALUE_LENGTH = 60  # characters of a rejected value that the page repeats


@dataclass(frozen=True)
class UrlValue(Generic[T]):
    """One parameter of a page's URL.

    Attributes:
        name: of the parameter.
        default: the value if the URL does not contain the parameter.
        parse: text to value; raises ValueError for anything that the page cannot show.
        format: the inverse of `parse`.
        rule: completes the sentence "it must be …".
    """

    name: str
    default: T
    parse: Callable[[str], T]
    format: Callable[[T], str]
    rule: str


def make_choice_value(name: str, options: Sequence[str], default: str, rule: str = "") -> UrlValue[str]:
    """Declare a parameter whose value is one of a few names."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    default_rule = _("one of {options}").format(options=", ".join(options))
    return UrlValue(name, default, parse, str, rule or default_rule)


def make_number_value(name: str, options: Sequence[float], default: float, rule: str = "") -> UrlValue[float]:
    """Declare a parameter whose value is one of a few numbers, like that of a slider."""

    def parse(text: str) -> float:
        number = float(text)
        for option in options:
            if math.isclose(option, number, abs_tol=1e-12):
                return option
        raise ValueError(text)

    default_rule = _("one of {options}").format(options=", ".join(f"{option:g}" for option in options))
    return UrlValue(name, default, parse, lambda value: f"{value:g}", rule or default_rule)


def is_history_navigation() -> bool:
    """Whether the user has pressed Back or Forward: then the URL decides, not the widgets."""
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)


def has_any(values: Iterable[UrlValue[Any]]) -> bool:
    """Whether the URL contains one of these parameters."""
    return any(value.name in st.query_params for value in values)


def read_url(values: Iterable[UrlValue[Any]]) -> dict[str, Any]:
    """Read the values in the URL by name, with defaults for those it does not contain. A value that breaks its rule is rejected."""
    found: dict[str, Any] = {}
    before, cleaned, sentences = _get_url(), _get_url(), []
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
            reason = _("it must be {rule}").format(rule=value.rule)
            if used := value.format(value.default):
                reason = _("{reason}. Used instead: {used}; you can change it on this page").format(
                    reason=reason, used=used
                )
            sentences.append(_sentence(value.name, texts[-1], reason))
            del cleaned[value.name]
    if sentences:
        _set_url(cleaned)
        _remember(sentences, before)
    return found


def write_url(values: Iterable[UrlValue[Any]], shown: Mapping[str, Any]) -> None:
    """Write the shown values into the URL, without defaults. A URL with the same meaning is not changed, so that the browser's
    history gets no new entry."""
    wanted = _get_url()
    for value in values:
        if _has_value(wanted.get(value.name, []), value, shown[value.name]):
            continue
        wanted.pop(value.name, None)
        if shown[value.name] != value.default:
            wanted[value.name] = [value.format(shown[value.name])]
    _set_url(wanted)


def reject(name: str, text: str, reason: str, *, remaining: Sequence[str] = ()) -> None:
    """Report a value of the URL that is not used and remove it.

    Args:
        name: of the parameter.
        text: the value.
        reason: the rule that it breaks and what is done instead.
        remaining: the parameter's other values, which stay in the URL.
    """
    before, cleaned = _get_url(), _get_url()
    if remaining:
        cleaned[name] = list(remaining)
    else:
        cleaned.pop(name, None)
    _set_url(cleaned)
    _remember([_sentence(name, text, reason)], before)


def fill_in(name: str, text: str) -> None:
    """Write a value that the page has chosen into the URL and keep the sentences about rejected values."""
    before, wanted = _get_url(), _get_url() | {name: [text]}
    _set_url(wanted)
    state = st.session_state.get(_STATE)
    if state and state["url"] == before:
        st.session_state[_STATE] = {**state, "url": wanted}


def show_rejected(*names: str) -> None:
    """Show the sentences about the rejected values of these parameters, or of all, until the URL changes again."""
    state = st.session_state.get(_STATE)
    if not state:
        return
    if state["url"] != _get_url():
        del st.session_state[_STATE]
        return
    sentences = [sentence for name, sentence in state["sentences"] if name in names or not names]
    if sentences:
        with st.container(key="_".join(("rejected_url_values", *names))):
            st.warning("\n\n".join(map(escape_markdown, sentences)), icon=":material/link_off:")


def _sentence(name: str, text: str, reason: str) -> tuple[str, str]:
    """Return the parameter and the sentence about it."""
    sentence = _("The link contains “{name}={value}”, which is ignored: {reason}.")
    return name, sentence.format(name=name, value=to_one_line(text, _MAX_VALUE_LENGTH), reason=reason.rstrip("."))


def _remember(sentences: Sequence[tuple[str, str]], before: dict[str, list[str]]) -> None:
    """Store the sentences for `show_rejected`.

    Args:
        sentences: the new ones.
        before: the URL in which they were found. Earlier sentences stay if they belong to the same URL.
    """
    state = st.session_state.get(_STATE)
    earlier = state["sentences"] if state and state["url"] == before else []
    added = [sentence for sentence in sentences if sentence not in earlier]
    st.session_state[_STATE] = {"sentences": [*earlier, *added], "url": _get_url()}


def _has_value(texts: list[str], value: UrlValue[Any], shown: Any) -> bool:
    """Whether the URL contains the parameter once, with the shown value."""
    try:
        return len(texts) == 1 and bool(value.parse(texts[0]) == shown)
    except ValueError:
        return False


def _get_url() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def _set_url(wanted: dict[str, list[str]]) -> None:
    if wanted != _get_url():
        st.query_params.from_dict(wanted)
