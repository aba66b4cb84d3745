"""Text that a user reads goes through gettext from here; English is the source."""

import gettext
from pathlib import Path

_LOCALES = Path(__file__).parent / "locale"


def _(text: str) -> str:
    """The text in the user's language, or unchanged where no catalogue has it."""
    return _catalogue.gettext(text)


def N_(text: str) -> str:
    """Marks a text for translation that is declared at import and shown (through `_`) later."""
    return text


_catalogue = gettext.translation("nn_lab", _LOCALES, fallback=True)
