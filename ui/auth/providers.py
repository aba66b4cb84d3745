"""The two ways to log in: a password, or an account of an OpenID Connect provider that is set up in Streamlit's secrets.toml."""

import functools
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.auth.cookies import COOKIE, Admission, CookieSigner
from ui.auth.passwords import PASSWORD, VIEWER_PASSWORD, Passwords, RateLimiter, Role
from ui.compat import StreamlitAuthError, check_auth_provider, get_auth_section, is_authlib_installed, read_user_cookie

__all__ = [
    "TEACHERS",
    "TRUST_EMAILS",
    "VIEWERS",
    "AccountProvider",
    "LoginProvider",
    "PasswordProvider",
    "choose_provider",
]

TEACHERS, VIEWERS, TRUST_EMAILS = "NN_LAB_TEACHERS", "NN_LAB_VIEWERS", "NN_LAB_TRUST_EMAILS"
_MAX_LOGGED_OUT = 10_000


class _LoginProvider:
    """A way to log in. Remembers the latest 10,000 log-outs, after which no copy of a cookie is valid."""

    def __init__(self) -> None:
        self._logged_out: OrderedDict[Admission, None] = OrderedDict()

    def log_out(self, admission: Admission) -> None:
        self._logged_out[admission] = None
        if len(self._logged_out) > _MAX_LOGGED_OUT:
            self._logged_out.popitem(last=False)

    def _filter_valid(self, admission: Admission | None) -> Admission | None:
        """Return the admission, or None if it was ended or has expired."""
        return admission if admission and admission.is_valid and admission not in self._logged_out else None


class PasswordProvider(_LoginProvider):
    """Login with a password, remembered by a signed cookie."""

    def __init__(self, passwords: Passwords, folder: Path) -> None:
        super().__init__()
        self.passwords = passwords
        self.rate_limiter = RateLimiter()
        self.signer = CookieSigner(folder, passwords)

    def find_admission(self, cookies: Mapping[str, str]) -> Admission | None:
        """Return the valid login in the cookies; None without one, after it expired and after logging out."""
        return self._filter_valid(self.read_cookie(cookies))

    def read_cookie(self, cookies: Mapping[str, str]) -> Admission | None:
        """Return the login in the cookies even if it is no longer valid."""
        return self.signer.read(cookies.get(COOKIE, ""))


@dataclass(eq=False)
class AccountProvider(_LoginProvider):
    """Login with an account; its e-mail address decides the role.

    Attributes:
        providers: names of the OpenID Connect providers.
        teachers: e-mail addresses, or `@domain` for all of a domain.
        viewers: likewise; None for everyone who can log in.
        trusts_unverified: whether to accept an e-mail address if the provider does not say whether it is verified.
    """

    providers: list[str]
    teachers: frozenset[str]
    viewers: frozenset[str] | None
    trusts_unverified: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def find_admission(self, cookies: Mapping[str, str]) -> Admission | None:
        """Return the valid login in the cookies, as `admit_user` does."""
        return self.admit_user(read_user_cookie(cookies))

    def admit_user(self, user: Mapping[str, object]) -> Admission | None:
        """Return the login of a user with these OpenID Connect claims; None without access, after 12 hours and after logging out."""
        role, issued_at = self._find_role(user), user.get("iat")
        if role is None or not isinstance(issued_at, int | float):
            return None
        visitor = self._get_trusted_email(user) or str(user.get("sub"))
        return self._filter_valid(Admission(role, visitor, int(issued_at)))

    def explain_refusal(self, user: Mapping[str, object]) -> str:
        """Say why a logged-in user has no access; empty for everyone else."""
        if not user.get("is_logged_in") or self._find_role(user):
            return ""
        if user.get("email") and user.get("email_verified") is None and not self.trusts_unverified:
            return _(
                "Your provider does not say whether {email} is verified, so it is not accepted here. Choose another account, "
                "or ask the person who runs this server to set {variable}."
            ).format(email=user["email"], variable=TRUST_EMAILS)
        return _("Your account has no access. Ask your teacher, or choose another account.")

    def _find_role(self, user: Mapping[str, object]) -> Role | None:
        if not user.get("is_logged_in"):
            return None
        email = self._get_trusted_email(user)
        if _is_named(email, self.teachers):
            return "teacher"
        return "viewer" if self.viewers is None or _is_named(email, self.viewers) else None

    def _get_trusted_email(self, user: Mapping[str, object]) -> str:
        """The address in lower case, or empty if it is not trusted: some providers let users enter any address.

        Some providers send `email_verified` as text.
        """
        verified = user.get("email_verified")
        is_trusted = self.trusts_unverified if verified is None else str(verified).casefold() == "true"
        return str(user.get("email") or "").casefold() if is_trusted else ""


LoginProvider = PasswordProvider | AccountProvider


def choose_provider() -> LoginProvider | None:
    """Return the provider that the environment and secrets.toml set up; None if no login is required.

    Raises:
        BadInput: the settings are invalid.
    """
    names = (PASSWORD, VIEWER_PASSWORD, TEACHERS, VIEWERS, TRUST_EMAILS)
    return _make_provider(tuple((name, os.environ[name]) for name in names if name in os.environ), get_data_folder())


@functools.lru_cache(maxsize=4)
def _make_provider(variables: tuple[tuple[str, str], ...], folder: Path) -> LoginProvider | None:
    environment = dict(variables)
    passwords, providers = Passwords.from_environment(environment), _list_account_providers()
    if passwords and providers:
        raise BadInput(
            _("{variable} is set, and secrets.toml sets up accounts. Choose one of the two.").format(variable=PASSWORD)
        )
    if passwords:
        return PasswordProvider(passwords, folder)
    if not providers:
        return None
    teachers = _names(environment.get(TEACHERS, ""))
    if not teachers:
        raise BadInput(
            _(
                "secrets.toml sets up accounts, but {variable} is empty, so no one could start runs. Set it to e-mail addresses, "
                "separated by commas."
            ).format(variable=TEACHERS)
        )
    trust = environment.get(TRUST_EMAILS, "no")
    if trust not in ("yes", "no"):
        raise BadInput(
            _("{variable} = '{text}' is neither yes nor no. Set it to one of them, or unset it.").format(
                variable=TRUST_EMAILS, text=trust
            )
        )
    named = environment.get(VIEWERS)
    viewers = None if named is None else _names(named)
    return AccountProvider(providers, teachers, viewers, trusts_unverified=trust == "yes")


def _list_account_providers() -> list[str]:
    """Streamlit's names of the providers in `[auth]` of secrets.toml. Raises BadInput if one is not set up completely."""
    section = get_auth_section()
    if not section:
        return []
    named = [name for name, value in section.items() if isinstance(value, Mapping) and name != "client_kwargs"]
    providers = [*(["default"] if "client_id" in section else []), *named]
    try:
        for provider in providers or ["default"]:
            check_auth_provider(provider)
    except StreamlitAuthError as error:
        raise BadInput(" ".join(str(error).split())) from error
    if not is_authlib_installed():
        raise BadInput(
            _("secrets.toml sets up accounts, which needs Authlib. Run {command}.").format(
                command="pip install 'streamlit[auth]'"
            )
        )
    return providers


def _names(text: str) -> frozenset[str]:
    return frozenset(name for part in text.split(",") if (name := part.strip().casefold()))


def _is_named(email: str, names: frozenset[str]) -> bool:
    """Whether the address or its domain (`@school.example`) is among the names."""
    return bool(email) and (email in names or f"@{email.rpartition('@')[2]}" in names)
