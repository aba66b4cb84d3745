"""Whose doings count together: an account's, or else those of a client address."""

from ipaddress import ip_address

from ui.entrance.admission import Admission
from ui.entrance.attempts import network_of
from ui.entrance.ways import AccountEntrance, PasswordEntrance

__all__ = ["visitor_of"]


def visitor_of(
    entrance: PasswordEntrance | AccountEntrance | None, admission: Admission | None, address: str | None
) -> str:
    """A name for who asks. Behind a proxy on this machine that does not tell the address, each browser stands for itself."""
    if admission and isinstance(entrance, AccountEntrance):
        return admission.visitor
    if address and not _is_here(address):
        return network_of(address)
    return admission.visitor if admission else "here"


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
