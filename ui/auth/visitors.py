"""The identity by which a visitor's use is counted: an account, or else a client address."""

from ipaddress import ip_address

from ui.auth.cookies import Admission
from ui.auth.passwords import get_network
from ui.auth.providers import AccountProvider, PasswordProvider

__all__ = ["identify_visitor", "is_loopback"]


def identify_visitor(
    provider: PasswordProvider | AccountProvider | None, admission: Admission | None, address: str | None
) -> str:
    """Return the visitor's identity. Behind a proxy on this machine that hides the address, each browser counts separately."""
    if admission and isinstance(provider, AccountProvider):
        return admission.visitor
    if address and not is_loopback(address):
        return get_network(address)
    return admission.visitor if admission else "here"


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
