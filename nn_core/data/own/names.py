"""What a data set of one's own is called: a title in any script, and a name of plain letters that follows from it."""

import hashlib
import re
import unicodedata
from pathlib import Path

from nn_core.data.registry import OWN
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["folder_of", "free_name", "own_root", "slug_of"]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_TITLE = 60


def own_root(folder: Path) -> Path:
    """Where the user's own data sets lie in the data folder."""
    return folder / "own"


def folder_of(name: str, folder: Path) -> Path | None:
    """The folder that belongs to the name of a data set, there or not; None where it is no name of an own one."""
    slug = name.removeprefix(OWN)
    return own_root(folder) / slug if slug != name and _SLUG.fullmatch(slug) else None


def slug_of(title: str) -> str:
    """Small plain letters and digits, joined by '-'. Where letters have no plain form, a check sum keeps titles apart."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", title) if not unicodedata.combining(sign))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if any(sign.isalnum() and not sign.isascii() for sign in plain):
        checksum = hashlib.sha256(unicodedata.normalize("NFC", title).encode()).hexdigest()[:8]
        slug = f"{slug}-{checksum}".strip("-")
    return slug


def free_name(title: str, folder: Path) -> tuple[str, str, Path]:
    """(tidied title, name, folder) of a data set to be made. Raises BadInput where the title is none or is taken."""
    tidy = unicodedata.normalize("NFC", " ".join(title.split()))
    slug = slug_of(tidy)
    if not slug or len(tidy) > _LONGEST_TITLE or not tidy.isprintable():
        raise BadInput(
            _("'{name}' cannot name a data set: use 1 to {most} letters, digits, spaces and signs.").format(
                name=tidy[: 2 * _LONGEST_TITLE], most=_LONGEST_TITLE
            )
        )
    place = own_root(folder) / slug
    if place.exists():
        raise BadInput(
            _("There is a data set '{name}' already. Choose another name, or delete that one first.").format(
                name=OWN + slug
            )
        )
    return tidy, OWN + slug, place
