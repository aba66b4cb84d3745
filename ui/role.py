"""What who looks at the page may do. Each action asks here, on the server; that its button is hidden is for the eye."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import streamlit as st

from nn_core.errors import NotAllowed
from nn_core.i18n import _
from ui.entrance.admission import Admission
from ui.entrance.visitors import visitor_of
from ui.entrance.ways import AccountEntrance, entrance

__all__ = ["admission", "for_teachers", "is_admitted", "may_change", "must_be_allowed", "only_for_teachers", "visitor"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def admission() -> Admission | None:
    """Who was let in, looked at anew: since the page was opened, it may have expired. None for nobody, and where all may."""
    way = entrance()
    if isinstance(way, AccountEntrance):
        return way.admitted_as(st.user.to_dict())
    return way.admitted(st.context.cookies) if way else None


def is_admitted() -> bool:
    """Whether the page may be shown at all."""
    return entrance() is None or admission() is not None


def may_change() -> bool:
    """Whether who looks at the page may start, stop, delete, rename, import, teach and so on."""
    if entrance() is None:
        return True
    admitted = admission()
    return admitted is not None and admitted.role == "teacher"


def must_be_allowed() -> None:
    """Raises NotAllowed for who may not change anything."""
    if not may_change():
        raise NotAllowed(for_teachers())


def for_teachers() -> str:
    """What is said where something is not offered to a viewer."""
    return _("Only your teacher can do this here. You may look at everything and draw.")


def only_for_teachers(action: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """An action that raises NotAllowed, and does nothing, when a viewer asks for it."""

    @functools.wraps(action)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        must_be_allowed()
        return action(*args, **kwargs)

    return guarded


def visitor() -> str:
    """A name for who looks at the page, by which their doings are counted."""
    address = st.context.ip_address
    return visitor_of(entrance(), admission(), address if isinstance(address, str) else None)
