"""The values in a page's URL: each has a parser and a rule. A value that breaks its rule is reported on the page and removed
from the URL.

A URL is user text: a rejected value is shown shortened, as plain text and never as markup.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nn_core.errors import to_one_line
from nn_core.i18n import _
from ui.app.text import escape_markdown

__all__ = [
    "MAX_TEXT_LENGTH",
    "UrlValue",
    "fill_in",
    "has_any",
    "is_history_navigation",
    "make_choice_value",
    "make_number_value",
    "make_text_value",
    "read_url",
    "read_value",
    "reject",
    "restore_widget",
    "show_rejected",
    "write_url",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_STATE = "rejected_url_values"
MAX_TEXT_LENGTH = 100
"""Characters of a typed text in the URL."""
_MAX_VALUE_LENGTH = 60  # characters of a rejected value that the page repeats


@dataclass(frozen=True)
class UrlValue(Generic[T_co]):
    """One parameter of a page's URL.

    Attributes:
        name: of the parameter.
        default: the value if the URL does not contain the parameter.
        parse: text to value; raises ValueError for anything that the page cannot show.
        format: the inverse of `parse`, for a value that `parse` can return.
        rule: completes the sentence "it must be …".
    """

    name: str
    default: T_co
    parse: Callable[[str], T_co]
    format: Callable[[object], str]
    rule: str


def make_choice_value(name: str, options: Sequence[str], default: str, rule: str = "") -> UrlValue[str]:
    """Declare a parameter whose value is one of a few names."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    default_rule = _("one of {options}").format(options=", ".join(filter(None, options)))
    return UrlValue(name, default, parse, str, rule or default_rule)


def make_number_value(name: str, options: Sequence[float], default: float, rule: str = "") -> UrlValue[float]:
    """Declare a parameter whose value is one of a few numbers, like that of a slider."""
    texts: dict[object, str] = {option: f"{option:g}" for option in options}

    def parse(text: str) -> float:
        number = type(options[0])(text)  # 6e2 is no whole number
        for option in options:
            if math.isclose(option, number, abs_tol=1e-12):
                return option
        raise ValueError(text)

    default_rule = _("one of {options}").format(options=", ".join(texts.values()))
    return UrlValue(name, default, parse, texts.__getitem__, rule or default_rule)


def make_text_value(name: str, default: str) -> UrlValue[str]:
    """Declare a parameter of a URL with a typed text."""

    def parse(text: str) -> str:
        if len(text) > MAX_TEXT_LENGTH:
            raise ValueError(text)
        return text

    return UrlValue(name, default, parse, str, _("at most {count} characters long").format(count=MAX_TEXT_LENGTH))


def is_history_navigation() -> bool:
    """Whether the user has pressed Back or Forward: then the URL decides, not the widgets."""
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)


def restore_widget(key: str, value: UrlValue[T]) -> None:
    """Set the widget with this key to the value in the URL, when the page is opened or Back or Forward was pressed."""
    if is_history_navigation() or key not in st.session_state:
        st.session_state[key] = read_value(value)


def has_any(values: Iterable[UrlValue[object]]) -> bool:
    """Whether the URL contains one of these parameters."""
    return any(value.name in st.query_params for value in values)


class _Rejection(NamedTuple):
    """A value of the URL that is not used. The parameter's `remaining` values stay in the URL."""

    name: str
    text: str
    reason: str
    remaining: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        return _("The link contains “{name}={value}”, which is ignored: {reason}.").format(
            name=self.name, value=to_one_line(self.text, _MAX_VALUE_LENGTH), reason=self.reason.rstrip(".")
        )


def read_url(values: Iterable[UrlValue[object]]) -> dict[str, object]:
    """Read the values in the URL by name, with defaults for those it does not contain. A value that breaks its rule is rejected."""
    rejections: list[_Rejection] = []
    found = {value.name: _parse(value, rejections) for value in values}
    _reject_all(rejections)
    return found


def read_value(value: UrlValue[T]) -> T:
    """Read one value as `read_url` does."""
    rejections: list[_Rejection] = []
    found = _parse(value, rejections)
    _reject_all(rejections)
    return found


def _parse(value: UrlValue[T], rejections: list[_Rejection]) -> T:
    """Parse the last value of the parameter in the URL; the default without a valid one. Appends the rejected values."""
    texts = st.query_params.get_all(value.name)
    if not texts:
        return value.default
    *others, text = texts
    if others:
        reason = _("only the last of several values is used")
        rejections.append(_Rejection(value.name, ", ".join(others), reason, [text]))
    try:
        return value.parse(text)
    except ValueError:
        reason = _("it must be {rule}").format(rule=value.rule)
        if used := value.format(value.default):
            reason = _("{reason}. Used instead: {used}; you can change it on this page").format(
                reason=reason, used=used
            )
        rejections.append(_Rejection(value.name, text, reason))
        return value.default


def write_url(values: Iterable[UrlValue[object]], shown: Mapping[str, object]) -> None:
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
    _reject_all([_Rejection(name, text, reason, remaining)])


def _reject_all(rejections: Sequence[_Rejection]) -> None:
    """Remove the values from the URL, and store the sentences about them for `show_rejected`."""
    if not rejections:
        return
    before, cleaned = _get_url(), _get_url()
    for each in rejections:
        if each.remaining:
            cleaned[each.name] = list(each.remaining)
        else:
            cleaned.pop(each.name, None)
    _set_url(cleaned)
    state = st.session_state.get(_STATE)
    earlier = state["sentences"] if state and state["url"] == before else []  # that belong to the same URL
    added = [pair for each in rejections if (pair := (each.name, each.sentence)) not in earlier]
    st.session_state[_STATE] = {"sentences": [*earlier, *added], "url": _get_url()}


def fill_in(name: str, *texts: str) -> None:
    """Write what the page has chosen for a parameter into the URL and keep the sentences about rejected values."""
    before, wanted = _get_url(), _get_url() | {name: list(texts)}
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


def _has_value(texts: list[str], value: UrlValue[object], shown: object) -> bool:
    """Whether the URL contains the parameter once, with the shown value."""
    try:
        return len(texts) == 1 and value.parse(texts[0]) == shown
    except ValueError:
        return False


def _get_url() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def _set_url(wanted: dict[str, list[str]]) -> None:
    if wanted != _get_url():
        st.query_params.from_dict(wanted)
