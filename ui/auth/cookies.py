"""Who was let in, as a signed cookie tells it.

The key lies in the data folder, so that a restart of the server logs nobody out; the passwords are part of it, so that a new
one logs everybody out. It is no key made of the passwords alone: with that, whoever was let in as a viewer could try out in
peace which other password fits the signature.
"""

import hmac
import logging
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self, get_args

from nn_core.i18n import _
from ui.auth.passwords import Passwords, Role

__all__ = ["COOKIE", "KEPT_SECONDS", "Admission", "CookieSigner"]

COOKIE = "nn_lab_admission"
VALID_SECONDS = 12 * 3600
KEPT_SECONDS = 30 * 24 * 3600
"""How long a browser keeps the cookie. One that is no longer valid still tells that somebody knew the password there."""

_KEY_FILE = ".entrance-key"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Admission:
    """visitor: letters and digits that stand for a browser; since: seconds of the clock."""

    role: Role
    visitor: str
    since: int

    @classmethod
    def now(cls, role: Role) -> Self:
        return cls(role, secrets.token_hex(8), int(time.time()))

    @property
    def valid(self) -> bool:
        return time.time() - self.since < VALID_SECONDS


class CookieSigner:
    """Signs admissions, and knows its own signature."""

    def __init__(self, folder: Path, passwords: Passwords) -> None:
        """folder: where the key is kept; it is made if it is not there."""
        self._key = hmac.digest(_kept_key(folder), passwords.teacher + (passwords.viewer or b""), sha256)

    def sign(self, admission: Admission) -> str:
        """The value of the cookie."""
        content = f"{admission.role}.{admission.visitor}.{admission.since}"
        return f"{content}.{self._signature(content)}"

    def read(self, cookie: str) -> Admission | None:
        """What was signed, however long ago; None for anything else."""
        content, _dot, signature = cookie.rpartition(".")
        if not hmac.compare_digest(self._signature(content).encode(), signature.encode("utf-8", "replace")):
            return None
        role, visitor, since = content.split(".")
        assert role in get_args(Role), "only admissions are signed"
        return Admission(role, visitor, int(since))  # type: ignore[arg-type]

    def _signature(self, content: str) -> str:
        return hmac.new(self._key, content.encode("utf-8", "replace"), sha256).hexdigest()


def _kept_key(folder: Path) -> bytes:
    """The one in the folder; a new one where there is none, which is forgotten if it cannot be written."""
    file = folder / _KEY_FILE
    with suppress(OSError):
        key = file.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
        file.unlink()
    fresh = secrets.token_bytes(_KEY_BYTES)
    own = file.with_name(f"{_KEY_FILE}.{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(fresh)
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(own, file)  # whole or not at all, and never over another's
        own.unlink()
        return file.read_bytes()
    except OSError as error:
        with suppress(OSError):
            own.unlink()
        logging.getLogger("nn_lab").warning(
            _("The key of the entrance cannot be kept in '%s' (%s): a restart of the server logs everybody out."),
            folder,
            error.strerror,
        )
        return fresh
