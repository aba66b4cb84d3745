"""The identity by which a visitor is counted: an account, or else a client address."""

from ipaddress import ip_address

from ui.auth.cookies import Admission
from ui.auth.passwords import get_network
from ui.auth.providers import AccountProvider, PasswordProvider

__all__ = ["identify_visitor"]


def identify_visitor(
    entrance: PasswordProvider | AccountProvider | None, admission: Admission | None, address: str | None
) -> str:
    """A name for who asks. Behind a proxy on this machine that does not tell the address, each browser stands for itself."""
    if admission and isinstance(entrance, AccountProvider):
        return admission.visitor
    if address and not _is_here(address):
        return get_network(address)
    return admission.visitor if admission else "here"


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
