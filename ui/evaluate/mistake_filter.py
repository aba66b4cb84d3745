"""Which pair of classes the list of mistakes shows. It is in the URL, so that the matrix can choose it and a link repeats it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from nn_core.i18n import _
from ui.app.url_values import UrlValue, read_value, write_url

__all__ = [
    "MistakeFilter",
    "make_filter_values",
    "read_filter",
    "take_written_filter",
    "write_filter",
    "write_filter_url",
]

_WRITTEN = "written_mistake_filter"


@dataclass(frozen=True)
class MistakeFilter:
    """The examples of a class that got a certain answer.

    Attributes:
        true: the true class; None for all.
        predicted: the answer; None for all. If both are the same class, the right answers are shown.
    """

    true: str | None = None
    predicted: str | None = None


def read_filter(classes: Sequence[str]) -> MistakeFilter:
    """Read the filter from the URL. A name that is no class is reported on the page and ignored."""
    return MistakeFilter(*(read_value(value) for value in make_filter_values(classes)))


def write_filter(chosen: MistakeFilter, classes: Sequence[str]) -> None:
    """Write the filter into the URL, and note it for the list, which shows it when it is drawn next."""
    st.session_state[_WRITTEN] = chosen
    write_filter_url(chosen, classes)


def write_filter_url(chosen: MistakeFilter, classes: Sequence[str]) -> None:
    """Write what the list shows into the URL."""
    write_url(make_filter_values(classes), {"true": chosen.true, "predicted": chosen.predicted})


def take_written_filter() -> MistakeFilter | None:
    """Return the filter that was written since this was last called; None if there is none."""
    written: MistakeFilter | None = st.session_state.pop(_WRITTEN, None)
    return written


def make_filter_values(classes: Sequence[str]) -> tuple[UrlValue[str | None], UrlValue[str | None]]:
    """Declare the parameters of the URL."""

    def parse(text: str) -> str | None:
        if text not in classes:
            raise ValueError(text)
        return text

    rule = _("the name of a class")
    return (
        UrlValue[str | None]("true", None, parse, _format_class, rule),
        UrlValue[str | None]("predicted", None, parse, _format_class, rule),
    )


def _format_class(name: object) -> str:
    return "" if name is None else str(name)
