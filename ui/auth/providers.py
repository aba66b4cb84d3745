"""The two ways into NN Lab: a password, or an account of an OpenID Connect provider that Streamlit is told of."""

import functools
import json
import os
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.auth.cookies import COOKIE, Admission, CookieSigner
from ui.auth.passwords import PASSWORD, VIEWER_PASSWORD, Passwords, RateLimiter, Role

__all__ = ["TEACHERS", "TRUST_EMAILS", "VIEWERS", "AccountProvider", "PasswordProvider", "choose_provider"]

TEACHERS, VIEWERS, TRUST_EMAILS = "NN_LAB_TEACHERS", "NN_LAB_VIEWERS", "NN_LAB_TRUST_EMAILS"
_MOST_LEFT = 10_000


class _Left:
    """Admissions that somebody ended by logging out, in whatever window or copy of the cookie; of very many, the latest."""

    def __init__(self) -> None:
        self._admissions: OrderedDict[Admission, None] = OrderedDict()

    def add(self, admission: Admission) -> None:
        self._admissions[admission] = None
        if len(self._admissions) > _MOST_LEFT:
            self._admissions.popitem(last=False)

    def still_valid(self, admission: Admission | None) -> Admission | None:
        """None also for one that was given too long ago."""
        return admission if admission and admission.valid and admission not in self._admissions else None


class PasswordProvider:
    """Who knows the password is let in, and told by a cookie from then on."""

    def __init__(self, passwords: Passwords, folder: Path) -> None:
        self.passwords = passwords
        self.attempts = RateLimiter()
        self.seal = CookieSigner(folder, passwords)
        self._left = _Left()

    def admitted(self, cookies: Mapping[str, str]) -> Admission | None:
        """None for who was not let in, was so too long ago, or has left."""
        return self._left.still_valid(self.remembered(cookies))

    def remembered(self, cookies: Mapping[str, str]) -> Admission | None:
        """Who was let in, however long ago."""
        return self.seal.read(cookies.get(COOKIE, ""))

    def leave(self, admission: Admission) -> None:
        """It is valid no more."""
        self._left.add(admission)


class AccountProvider:
    """Who logs in with an account is let in; what they may do depends on the e-mail address of it."""

    def __init__(
        self,
        providers: list[str],
        teachers: frozenset[str],
        viewers: frozenset[str] | None,
        *,
        trusts_silence: bool = False,
    ) -> None:
        """viewers: None for everybody who can log in; trusts_silence: whether an e-mail address counts of which the provider
        does not say whether it belongs to that account."""
        self.providers = providers
        self._teachers, self._viewers, self._trusts_silence = teachers, viewers, trusts_silence
        self._left = _Left()

    def admitted(self, cookies: Mapping[str, str]) -> Admission | None:
        return self.admitted_as(self.user(cookies))

    def user(self, cookies: Mapping[str, str]) -> Mapping[str, Any]:
        """What the provider said of who logged in, from the cookie that Streamlit signed then; nothing without one."""
        # Not public; the tests of the entrance hold what is used of it.
        from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
        from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

        signed = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
        user = json.loads(signed) if signed else {}
        return user if isinstance(user, dict) else {}

    def admitted_as(self, user: Mapping[str, Any]) -> Admission | None:
        """By what the provider says of somebody; None also half a day after it said so."""
        role, since = self._role(user), user.get("iat")
        if role is None or not isinstance(since, int | float):
            return None
        return self._left.still_valid(Admission(role, self._email(user) or str(user.get("sub")), int(since)))

    def leave(self, admission: Admission) -> None:
        """It is valid no more."""
        self._left.add(admission)

    def refusal(self, user: Mapping[str, Any]) -> str:
        """Why somebody who has logged in may not come in; nothing for anybody else."""
        if not user.get("is_logged_in") or self._role(user):
            return ""
        if user.get("email") and user.get("email_verified") is None and not self._trusts_silence:
            return _(
                "Your provider does not say whether {email} is really yours, so it counts for nothing here. Choose another "
                "account, or ask the person who runs this server to set {variable}."
            ).format(email=user["email"], variable=TRUST_EMAILS)
        return _("Your account is not among those that may come in. Ask your teacher, or choose another one.")

    def _role(self, user: Mapping[str, Any]) -> Role | None:
        if not user.get("is_logged_in"):
            return None
        email = self._email(user)
        if _is_named(email, self._teachers):
            return "teacher"
        return "viewer" if self._viewers is None or _is_named(email, self._viewers) else None

    def _email(self, user: Mapping[str, Any]) -> str:
        """The address, if it counts: with some providers anybody may give any as theirs. Some send words for true and false."""
        verified = user.get("email_verified")
        counts = self._trusts_silence if verified is None else str(verified).casefold() == "true"
        return str(user.get("email") or "").casefold() if counts else ""


def choose_provider() -> PasswordProvider | AccountProvider | None:
    """What everybody has to pass; None where everybody may come in. Raises BadInput for what is set wrongly."""
    names = (PASSWORD, VIEWER_PASSWORD, TEACHERS, VIEWERS, TRUST_EMAILS)
    return _entrance(tuple((name, os.environ[name]) for name in names if name in os.environ), get_data_folder())


@functools.lru_cache(maxsize=4)
def _entrance(variables: tuple[tuple[str, str], ...], folder: Path) -> PasswordProvider | AccountProvider | None:
    environment = dict(variables)
    passwords, providers = Passwords.from_environment(environment), _providers()
    if passwords and providers:
        raise BadInput(
            _("{variable} is set, and secrets.toml has accounts to log in with: choose one of the two.").format(
                variable=PASSWORD
            )
        )
    if passwords:
        return PasswordProvider(passwords, folder)
    if not providers:
        return None
    teachers = _names(environment.get(TEACHERS, ""))
    if not teachers:
        raise BadInput(
            _(
                "secrets.toml has accounts to log in with, and {variable} names nobody who may start runs. Set it to e-mail "
                "addresses, with commas between them."
            ).format(variable=TEACHERS)
        )
    trust = environment.get(TRUST_EMAILS, "no")
    if trust not in ("yes", "no"):
        raise BadInput(
            _("{variable} = '{text}' is neither yes nor no. Set it to one of these, or unset it.").format(
                variable=TRUST_EMAILS, text=trust
            )
        )
    named = environment.get(VIEWERS)
    viewers = None if named is None else _names(named)
    return AccountProvider(providers, teachers, viewers, trusts_silence=trust == "yes")


def _providers() -> list[str]:
    """The names that Streamlit gives to the providers of `[auth]` in secrets.toml. Raises BadInput where they cannot work."""
    from streamlit.auth_util import get_secrets_auth_section, is_authlib_installed, validate_auth_credentials
    from streamlit.errors import StreamlitAuthError

    section = get_secrets_auth_section()
    if not section:
        return []
    named = [name for name, value in section.items() if isinstance(value, Mapping) and name != "client_kwargs"]
    providers = [*(["default"] if "client_id" in section else []), *named]
    try:
        for provider in providers or ["default"]:
            validate_auth_credentials(provider)
    except StreamlitAuthError as error:
        raise BadInput(" ".join(str(error).split())) from error
    if not is_authlib_installed():
        raise BadInput(
            _("secrets.toml has accounts to log in with, which needs Authlib: run {command}.").format(
                command="pip install 'streamlit[auth]'"
            )
        )
    return providers


def _names(text: str) -> frozenset[str]:
    return frozenset(name for part in text.split(",") if (name := part.strip().casefold()))


def _is_named(email: str, names: frozenset[str]) -> bool:
    """Whether the address, or everybody of its domain (`@school.example`), is among the names."""
    return bool(email) and (email in names or f"@{email.rpartition('@')[2]}" in names)
