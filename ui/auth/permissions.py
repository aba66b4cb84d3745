"""What who looks at the page may do. Each action asks here, on the server; that its button is hidden is for the eye."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import streamlit as st

from nn_core.errors import NotAllowed
from nn_core.i18n import _
from ui.auth.cookies import Admission
from ui.auth.providers import AccountProvider, choose_provider
from ui.auth.visitors import identify_visitor

__all__ = [
    "can_change",
    "check_allowed",
    "describe_restriction",
    "get_admission",
    "get_visitor",
    "is_admitted",
    "require_teacher",
]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def get_admission() -> Admission | None:
    """Who was let in, looked at anew: since the page was opened, it may have expired. None for nobody, and where all may."""
    way = choose_provider()
    if isinstance(way, AccountProvider):
        return way.admitted_as(st.user.to_dict())
    return way.admitted(st.context.cookies) if way else None


def is_admitted() -> bool:
    """Whether the page may be shown at all."""
    return choose_provider() is None or get_admission() is not None


def can_change() -> bool:
    """Whether who looks at the page may start, stop, delete, rename, import, teach and so on."""
    if choose_provider() is None:
        return True
    admitted = get_admission()
    return admitted is not None and admitted.role == "teacher"


def check_allowed() -> None:
    """Raises NotAllowed for who may not change anything."""
    if not can_change():
        raise NotAllowed(describe_restriction())


def describe_restriction() -> str:
    """What is said where something is not offered to a viewer."""
    return _("Only your teacher can do this here. You may look at everything and draw.")


def require_teacher(action: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """An action that raises NotAllowed, and does nothing, when a viewer asks for it."""

    @functools.wraps(action)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        check_allowed()
        return action(*args, **kwargs)

    return guarded


def get_visitor() -> str:
    """A name for who looks at the page, by which their doings are counted."""
    address = st.context.ip_address
    return identify_visitor(choose_provider(), get_admission(), address if isinstance(address, str) else None)
