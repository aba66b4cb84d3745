"""Who the visitor of a page is and may do. Each action checks this on the server; hiding its button is only for convenience."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import streamlit as st

from nn_core.errors import NotAllowed
from nn_core.i18n import _
from ui.auth.cookies import Admission
from ui.auth.passwords import get_network, is_loopback
from ui.auth.providers import AccountProvider, LoginProvider, choose_provider

__all__ = [
    "can_change",
    "check_allowed",
    "describe_restriction",
    "get_admission",
    "get_visitor",
    "identify_visitor",
    "is_admitted",
    "require_teacher",
]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def get_admission() -> Admission | None:
    """Return the visitor's login, which may have expired since the page was opened. None without one, or if no login is set up."""
    provider = choose_provider()
    if isinstance(provider, AccountProvider):
        return provider.admit_user(st.user.to_dict())
    return provider.find_admission(st.context.cookies) if provider else None


def is_admitted() -> bool:
    """Whether the visitor may see the page at all."""
    return choose_provider() is None or get_admission() is not None


def can_change() -> bool:
    """Whether the visitor may start, stop, delete, rename, import, fine-tune and so on."""
    admission = get_admission()
    return choose_provider() is None or (admission is not None and admission.role == "teacher")


def check_allowed() -> None:
    """Raises NotAllowed if the visitor may not change anything."""
    if not can_change():
        raise NotAllowed(describe_restriction())


def describe_restriction() -> str:
    """The sentence that viewers see in place of an action."""
    return _("Only your teacher can do this. You can look at everything and draw.")


def require_teacher(action: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorator: the action raises NotAllowed and does nothing if a viewer calls it."""

    @functools.wraps(action)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        check_allowed()
        return action(*args, **kwargs)

    return guarded


def get_visitor() -> str:
    """Return the identity of the current page's visitor."""
    address = st.context.ip_address
    return identify_visitor(choose_provider(), get_admission(), address if isinstance(address, str) else None)


def identify_visitor(provider: LoginProvider | None, admission: Admission | None, address: str | None) -> str:
    """Return the identity by which a visitor's use is counted: an account, or else a client address.

    Behind a proxy on this machine that hides the address, each browser counts separately.
    """
    if admission and isinstance(provider, AccountProvider):
        return admission.visitor
    if address and not is_loopback(address):
        return get_network(address)
    return admission.visitor if admission else "here"
