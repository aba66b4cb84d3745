"""The passwords that open NN Lab, from the environment."""

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, Self

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["PASSWORD", "VIEWER_PASSWORD", "Passwords", "Role"]

Role = Literal["teacher", "viewer"]
"""A teacher may do everything, a viewer may look and draw."""

PASSWORD, VIEWER_PASSWORD = "NN_LAB_PASSWORD", "NN_LAB_VIEWER_PASSWORD"
_SHORTEST = 8


@dataclass(frozen=True)
class Passwords:
    """What is left of them in memory: their digests."""

    teacher: bytes = field(repr=False)
    viewer: bytes | None = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """None where no password is set. Raises BadInput for one that would protect nothing."""
        teacher, viewer = environment.get(PASSWORD), environment.get(VIEWER_PASSWORD)
        if teacher is None and viewer is None:
            return None
        if teacher is None:
            raise BadInput(
                _("{viewer} is set without {teacher}, so nobody could start anything. Set {teacher} as well.").format(
                    viewer=VIEWER_PASSWORD, teacher=PASSWORD
                )
            )
        for variable, text in ((PASSWORD, teacher), (VIEWER_PASSWORD, viewer)):
            if text is not None and len(text) < _SHORTEST:
                raise BadInput(
                    _(
                        "{variable} has {count} characters and would be guessed: choose one of at least {shortest}, or unset it."
                    ).format(variable=variable, count=len(text), shortest=_SHORTEST)
                )
        if viewer is not None and _digest(viewer) == _digest(teacher):
            raise BadInput(
                _("{viewer} is the same as {teacher}, so viewers could do everything. Choose another one.").format(
                    viewer=VIEWER_PASSWORD, teacher=PASSWORD
                )
            )
        return cls(_digest(teacher), None if viewer is None else _digest(viewer))

    def role_of(self, given: str) -> Role | None:
        """Whose password it is, found in a time that tells nothing of how nearly it was one."""
        digest = _digest(given)
        is_teacher = hmac.compare_digest(digest, self.teacher)
        is_viewer = hmac.compare_digest(digest, self.viewer or bytes(len(digest))) and self.viewer is not None
        if is_teacher:
            return "teacher"
        return "viewer" if is_viewer else None


def _digest(text: str) -> bytes:
    """The same for the same letters, however a keyboard composes an accent."""
    return sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).digest()
