"""Signed cookies that show who has logged in.

The key is stored in the data folder, so a restart of the server logs no one out. The passwords are mixed into it, so a new
password logs everyone out. The key is not derived from the passwords alone: a viewer could then guess the teacher's password
offline by comparing signatures.
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
"""How long a browser keeps the cookie. An expired one still shows that someone knew the password in that browser."""

_KEY_FILE = ".entrance-key"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Admission:
    """One login.

    Attributes:
        visitor: a random ID of the browser, letters and digits; with accounts the e-mail address.
        issued_at: Unix time in seconds.
    """

    role: Role
    visitor: str
    issued_at: int

    @classmethod
    def now(cls, role: Role) -> Self:
        return cls(role, secrets.token_hex(8), int(time.time()))

    @property
    def is_valid(self) -> bool:
        return time.time() - self.issued_at < VALID_SECONDS


class CookieSigner:
    """Signs admissions and verifies the signatures.

    Args:
        folder: where the key is stored; it is created if it is missing.
        passwords: a change of them invalidates all cookies.
    """

    def __init__(self, folder: Path, passwords: Passwords) -> None:
        self._key = hmac.digest(_load_key(folder), passwords.teacher + (passwords.viewer or b""), sha256)

    def sign(self, admission: Admission) -> str:
        """Return the value of the cookie."""
        content = f"{admission.role}.{admission.visitor}.{admission.issued_at}"
        return f"{content}.{self._signature(content)}"

    def read(self, cookie: str) -> Admission | None:
        """Return the admission that was signed, even if it has expired; None for any other text."""
        content, _dot, signature = cookie.rpartition(".")
        if not hmac.compare_digest(self._signature(content).encode(), signature.encode("utf-8", "replace")):
            return None
        role, visitor, issued_at = content.split(".")
        assert role in get_args(Role), "only admissions are signed"
        return Admission(role, visitor, int(issued_at))  # type: ignore[arg-type]

    def _signature(self, content: str) -> str:
        return hmac.new(self._key, content.encode("utf-8", "replace"), sha256).hexdigest()


def _load_key(folder: Path) -> bytes:
    """The key in the folder, or a new one, which is lost at the next restart if it cannot be written."""
    file = folder / _KEY_FILE
    with suppress(OSError):
        key = file.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
        file.unlink()
    new_key = secrets.token_bytes(_KEY_BYTES)
    temp_file = file.with_name(f"{_KEY_FILE}.{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temp_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(new_key)
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(temp_file, file)  # atomic, and never replaces the key of another process
        temp_file.unlink()
        return file.read_bytes()
    except OSError as error:
        with suppress(OSError):
            temp_file.unlink()
        logging.getLogger("nn_lab").warning(
            _("The key for cookies cannot be saved in '%s' (%s): a restart of the server logs everyone out."),
            folder,
            error.strerror,
        )
        return new_key
